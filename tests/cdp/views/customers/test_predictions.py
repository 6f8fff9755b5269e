"""What the page of a customer says of the future: forecast, interests, recommended products."""

from __future__ import annotations

import re
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.html import escape

from analytics.models import (
    BackTest,
    ChurnRisk,
    CustomerForecast,
    Interest,
    Recommendation,
    RecommendationList,
    Shortage,
    Strength,
)
from analytics.outlook import HIGH_ABOVE, LOW_BELOW
from analytics.predictive import intervals
from analytics.refresh import refresh_now
from cdp.models import Customer, Product
from tests import factories, predictions
from tests.conftest import NOW
from tests.people import client_of

pytestmark = pytest.mark.django_db

PIXEL = (
    "data:image/png;base64,"
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


@pytest.fixture(autouse=True)
def _no_figures_of_other_tests() -> None:
    cache.clear()


def make_buyer(orders: int = 3, **values: object) -> tuple[Customer, Product]:
    """A customer with orders whose predictions are made by hand."""
    factories.make_shop()
    buyer = factories.make_customer(**values)
    tent = factories.make_product("Igloo Tent", price="129", category="Outdoor > Tents")
    for number in range(orders):
        factories.make_order(buyer, NOW - timedelta(days=40 * number + 2), [(tent, 1)])
    refresh_now(now=NOW, full=True)
    for model in (CustomerForecast, Interest, Recommendation, BackTest):
        model.objects.all().delete()
    return buyer, tent


def text_of(customer: Customer, role: str = "Marketer") -> str:
    html = page_of(customer, role)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


def page_of(customer: Customer, role: str = "Marketer") -> str:
    answer = client_of(role).get(f"/customers/{customer.pk}/")
    assert answer.status_code == 200
    html = answer.content.decode()
    return html[html.find('id="cdp-main"') :]


@pytest.mark.parametrize("role", ["Analyst", "Marketer"])
def test_the_forecast_stands_with_its_range_and_the_number_behind_the_risk(role: str) -> None:
    buyer, _tent = make_buyer(email="ida@secret.example")
    predictions.make_forecast(
        buyer,
        chance_30=0.37,
        revenue_365=Decimal("2104.40"),
        low_365=Decimal(1088),
        high_365=Decimal(3745),
        lifetime_value=Decimal(5000),
        churn_probability=0.71,
        churn_risk=ChurnRisk.HIGH,
        next_order_on=date(2027, 3, 1),
    )
    text = text_of(buyer, role)
    for told in (
        "37 %",
        "2,104.40 EUR",
        "1,088 to 3,745",
        "Churn risk : high",
        "71 % to stay away",
        "by March 1, 2027",
        "5,000.00 EUR",
    ):
        assert told.replace(" :", ":") in text.replace(" :", ":"), told
    assert ("ida@secret.example" in text) == (role == "Marketer")


def test_a_forecast_of_nothing_is_drawn_without_dividing_by_it() -> None:
    buyer, _tent = make_buyer()
    nothing = {
        f"{name}_{days}": Decimal(0)
        for name in ("revenue", "low", "high")
        for days in (30, 90, 365)
    }
    nothing |= {"lifetime_value": Decimal(0), "lifetime_low": Decimal(0)}
    predictions.make_forecast(buyer, **nothing, lifetime_high=Decimal(0), next_order_on=None)
    page = page_of(buyer)
    assert "not within a year" in page
    assert "nan" not in page.casefold().replace("finance", "")


def test_interests_are_grouped_and_say_why_and_what_was_never_bought() -> None:
    buyer, tent = make_buyer()
    stove = factories.make_product("Stove")
    predictions.make_interest(
        buyer, predictions.make_target("Nike"), reason=tent, second_reason=stove, score=0.31
    )
    predictions.make_interest(
        buyer, predictions.make_target(tent), Strength.MEDIUM, has_bought=True, reason=tent
    )
    text = text_of(buyer)
    assert "Because they bought Igloo Tent and Stove." in text
    assert "Because they bought Igloo Tent." in text
    assert "31 % within 30 days." in text
    assert text.count("never bought") == 1
    assert text.index("Brands") < text.index("Products Igloo Tent")


@pytest.mark.parametrize(
    ("score", "tested", "buyers", "told"),
    [
        (0.03, 1000, 10, "3.0 % within 30 days, 3.0 times the average."),
        (0.03, 1000, 9, "3.0 % within 30 days."),
        (0.03, 1000, 25, "3.0 % within 30 days."),
        (0.03, None, None, "3.0 % within 30 days."),
        (0.3, 1000, 10, "30 % within 30 days."),
    ],
)
def test_a_small_probability_is_compared_with_the_average_of_enough_buyers(
    score: float, tested: int | None, buyers: int | None, told: str
) -> None:
    buyer, _tent = make_buyer()
    target = predictions.make_target("Nike", tested_count=tested, tested_buyers=buyers)
    predictions.make_interest(buyer, target, score=score)
    assert told in text_of(buyer)


def test_only_the_strongest_interests_of_a_kind_are_named() -> None:
    buyer, _tent = make_buyer()
    for number in range(8):
        target = predictions.make_target(f"Brand {number}")
        predictions.make_interest(buyer, target, score=0.1 + number / 100)
    text = text_of(buyer)
    assert "Brand 7" in text
    assert "Brand 3" in text
    assert "Brand 2" not in text
    assert "and 3 weaker interests" in text


def test_recommended_products_stand_in_two_lists_with_price_and_reason() -> None:
    buyer, tent = make_buyer()
    stove = factories.make_product("Gas Stove", price="45", page_url="https://shop.example/stove")
    mug = factories.make_product("Mug", price=None, page_url="javascript:alert(1)")
    predictions.make_recommendation(buyer, stove, reason=tent)
    predictions.make_recommendation(buyer, mug, of=RecommendationList.BUY_AGAIN)
    page, text = page_of(buyer), text_of(buyer)
    assert "45.00 EUR" in text
    assert "goes with Igloo Tent" in text
    assert text.index("Recommended to buy again") < text.index("Recommended, new for them")
    assert 'href="https://shop.example/stove"' in page
    assert "javascript:" not in page.split("</script>")[0]
    assert 'href="javascript' not in page


def test_only_pictures_that_come_with_the_page_are_shown() -> None:
    buyer, _tent = make_buyer()
    for position, (name, image) in enumerate(
        (("Gas Stove", "https://shop.example/stove.jpg"), ("Mug", PIXEL)), 1
    ):
        product = factories.make_product(name, image_url=image)
        predictions.make_recommendation(buyer, product, position=position)
    page = page_of(buyer)
    assert "stove.jpg" not in page
    assert ">GS</span>" in page
    assert f'src="{escape(PIXEL)}"' in page


def test_a_shop_with_too_little_history_says_so_instead_of_numbers() -> None:
    buyer, _tent = make_buyer(1)
    predictions.make_back_test(
        shortage=Shortage.HISTORY, shortage_needs=210, shortage_has=63, window_start=None
    )
    text = text_of(buyer)
    assert "Not enough data: needs 210 days of orders, has 63." in text
    assert "Churn risk" not in text


def test_a_prospect_gets_recommendations_only() -> None:
    prospect, tent = make_buyer(0)
    predictions.make_recommendation(prospect, tent)
    text = text_of(prospect)
    assert "No paid order yet" in text
    assert "Recommended: what others buy" in text
    assert "Igloo Tent" in text


def test_an_erased_customer_has_no_future() -> None:
    buyer, _tent = make_buyer()
    predictions.make_forecast(buyer)
    Customer.objects.filter(pk=buyer.pk).update(erased_at=NOW)
    assert "What comes next" not in text_of(buyer)


def test_names_that_look_like_code_are_only_shown() -> None:
    buyer, _tent = make_buyer()
    name = "<script>alert(1)</script>{{ 7*7 }}"
    product = factories.make_product(name)
    predictions.make_interest(buyer, predictions.make_target(product), reason=product)
    predictions.make_recommendation(buyer, product, reason=product)
    page = page_of(buyer)
    assert escape(name) in page
    assert "<script>alert" not in page


def test_a_product_that_the_shop_removed_breaks_nothing() -> None:
    buyer, tent = make_buyer()
    gone = factories.make_product("Gone")
    predictions.make_interest(buyer, predictions.make_target("Nike"), reason=gone)
    predictions.make_recommendation(buyer, tent, reason=gone)
    gone.delete()
    text = text_of(buyer)
    assert "Gone" not in text
    assert "Nike" in text


def test_the_page_takes_the_same_queries_for_two_predictions_and_for_twenty() -> None:
    buyer, tent = make_buyer()
    client, counts, known = client_of("Marketer"), [], 0
    for size in (2, 20):
        for number in range(known, size):
            target = predictions.make_target(f"Brand {number}")
            predictions.make_interest(buyer, target, reason=tent, second_reason=tent)
            product = factories.make_product(f"Thing {number}")
            predictions.make_recommendation(buyer, product, position=number + 1, reason=tent)
        known = size
        client.get(f"/customers/{buyer.pk}/")
        with CaptureQueriesContext(connection) as queries:
            client.get(f"/customers/{buyer.pk}/")
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_the_limits_of_the_scale_are_those_of_the_prediction() -> None:
    assert (LOW_BELOW, HIGH_ABOVE) == (intervals.LOW_BELOW, intervals.HIGH_ABOVE)
