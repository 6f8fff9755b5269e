"""What is proposed to a shop follows from its own figures."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from fractions import Fraction

import pytest

from analytics.models import CustomerClassification, CustomerForecast, InterestTarget
from analytics.refresh import refresh_now
from cdp.models import Category, Customer, Product
from segments.pairs import bought_together
from segments.predicted_ideas import likely_percent
from segments.refreshing import refresh_segments
from segments.storing import compare, store
from segments.suggestions import Suggestion, suggestions
from tests import factories
from tests.conftest import NOW
from tests.predictions import make_forecast, make_interest, make_target

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


def proposed(now: datetime = NOW) -> dict[str, Suggestion]:
    return {one.definition.name: one for one in suggestions(now=now)}


def rows_of(suggestion: Suggestion) -> dict[str, dict[str, object]]:
    return {row.criterion: dict(row.values) for row in suggestion.definition.rows}


def buyers(count: int, *products: Product, back: int = 100) -> list[Customer]:
    people = [factories.make_customer(bucket=number) for number in range(count)]
    for customer in people:
        factories.make_order(customer, NOW - back * DAY, [(product, 1) for product in products])
    return people


def test_an_empty_shop_is_proposed_the_lost_vips_alone() -> None:
    factories.make_shop()
    found = proposed()
    assert list(found) == ["VIPs that are lost"]
    assert found["VIPs that are lost"].member_count == 0


def test_what_is_proposed_has_members_and_says_how_many_may_be_mailed() -> None:
    factories.make_shop()
    factories.make_customer(email="a@example.com", email_consent=1)
    buyers(3)
    buyers(2, back=5)
    refresh_now(now=NOW, full=True)
    found = proposed()
    assert found["One-time buyers"].member_count == 5
    assert found["New customers (first order in the last 30 days)"].member_count == 2
    never = found["Never ordered, may be mailed"]
    assert (never.member_count, never.mailable_count) == (1, 1)
    assert "VIPs slipping away" not in found
    assert all(one.definition.note for one in found.values())


@pytest.mark.parametrize(
    ("now", "year"),
    [
        (datetime(2026, 11, 24, tzinfo=UTC), 2025),
        (datetime(2026, 12, 24, 12, tzinfo=UTC), 2025),
        (datetime(2026, 12, 24, 23, 30, tzinfo=UTC), 2026),
        (datetime(2027, 1, 2, tzinfo=UTC), 2026),
    ],
)
def test_the_season_is_the_last_christmas_that_is_over(now: datetime, year: int) -> None:
    factories.make_shop()
    faithful = factories.make_customer()
    for month in range(1, 13):
        factories.make_order(faithful, datetime(year, month, 10, tzinfo=UTC))
    refresh_now(now=now, full=True)
    CustomerClassification.objects.update(importance="vip")
    found = proposed(now)[f"Loyal or VIP, ordered before Christmas {year}"]
    assert found.member_count == 1
    assert rows_of(found)["order_date"] == {"start": f"{year}-12-01", "end": f"{year}-12-24"}


def test_the_limit_of_the_big_spenders_is_the_shops_top_quarter() -> None:
    factories.make_shop()
    for number in range(1, 9):
        factories.make_order(factories.make_customer(), NOW - DAY, total=number * 10)
    refresh_now(now=NOW, full=True)
    CustomerClassification.objects.update(life_cycle="slipping_away")
    found = proposed()["Slipping away and spent above the shop's top quarter"]
    assert rows_of(found)["revenue"] == {"value": 70}
    assert found.member_count == 2


@pytest.mark.parametrize(("expensive", "is_proposed"), [(0, False), (2, True), (3, False)])
def test_buying_expensive_is_proposed_only_where_it_is_special(
    expensive: int, is_proposed: bool
) -> None:
    factories.make_shop()
    people = buyers(4)
    refresh_now(now=NOW, full=True)
    for customer in people[:expensive]:
        CustomerClassification.objects.filter(customer=customer).update(
            price_sensitivity="expensive"
        )
    assert ("Buys expensive products" in proposed()) is is_proposed


def test_the_value_of_an_abandoned_cart_is_above_the_median() -> None:
    factories.make_shop()
    customer = factories.make_customer()
    for amount in (10, 20, 30, 400):
        factories.make_cart(customer, NOW - 2 * DAY, amount=amount)
    refresh_now(now=NOW, full=True)
    cart = proposed()["Abandoned a valuable cart in the last 14 days"]
    assert rows_of(cart)["abandoned_cart"]["value_from"] == 30
    assert cart.member_count == 1


def make_pair(*, in_categories: bool) -> tuple[list[Product], list[Customer]]:
    """Tents with sprays for 15 of 25 buyers, mugs for 60 others."""
    factories.make_shop()
    places = ("Outdoor > Tents", "Outdoor > Sprays", "Home") if in_categories else ("", "", "")
    tent, spray, mug = (
        factories.make_product(name, category=place)
        for name, place in zip(("Tent", "Spray", "Mug"), places, strict=True)
    )
    buyers(15, tent, spray)
    without = buyers(10, tent)
    buyers(60, mug)
    refresh_now(now=NOW, full=True)
    return [tent, spray, mug], without


def test_categories_that_are_bought_together_are_found_with_share_and_lift() -> None:
    make_pair(in_categories=True)
    (pair,) = bought_together()
    assert pair.kind == "categories"
    assert (pair.first.value, pair.second.value) == ("Outdoor > Tents", "Outdoor > Sprays")
    assert pair.share == Fraction(15, 25)
    assert pair.lift == Fraction(15, 25) / Fraction(15, 85)


@pytest.mark.parametrize("in_categories", [True, False])
def test_a_cross_sell_is_for_those_who_bought_one_and_not_the_other(in_categories: bool) -> None:
    _products, without = make_pair(in_categories=in_categories)
    (name,) = [name for name in proposed() if name.startswith("Bought ")]
    found = proposed()[name]
    assert found.member_count == len(without)
    assert "60 of 100" in str(found.definition.note)


def test_a_shop_without_a_pattern_gets_no_cross_sell() -> None:
    factories.make_shop()
    tent, mug = factories.make_product("Tent"), factories.make_product("Mug")
    buyers(20, tent)
    buyers(20, mug)
    buyers(20, tent, mug)
    refresh_now(now=NOW, full=True)
    assert bought_together() == []


def test_predictions_are_proposed_where_there_are_any() -> None:
    [tent, _spray, _mug], others = make_pair(in_categories=True)
    assert not [name for name in proposed() if "risk" in name or "Interested" in name]
    CustomerForecast.objects.all().delete()
    InterestTarget.objects.all().delete()
    CustomerClassification.objects.filter(customer=others[0]).update(importance="vip")
    for number, customer in enumerate(others):
        make_forecast(customer, churn_risk="high", chance_30=0.41 if number else 0.47)
    category = Category.objects.get(path="Outdoor > Sprays")
    target = make_target(category, high_count=2)
    make_target("Nobody wants it", high_count=0)
    make_target("Worse than chance", high_count=9, tested_hits=1)
    new = make_target(tent, is_new=True, high_count=1)
    make_interest(others[0], target)
    make_interest(others[1], target, has_bought=True)
    make_interest(others[2], new)
    found = proposed()
    assert found["VIPs at high churn risk"].member_count == 1
    likely = found["Likely to order within 30 days"]
    assert (rows_of(likely)["order_chance"]["value"], likely.member_count) == (45, 1)
    wanted = found[f"Interested in {category}, never bought"]
    assert (wanted.member_count, rows_of(wanted)["interested_in"]["categories"]) == (
        1,
        ["Outdoor > Sprays"],
    )
    assert found[f"Interested in the new {tent}"].member_count == 1


def test_nobody_is_likely_where_even_the_best_are_not() -> None:
    factories.make_shop()
    customer = factories.make_customer()
    make_forecast(customer, chance_30=0.09)
    assert likely_percent() is None
    CustomerForecast.objects.update(chance_30=0.99)
    assert likely_percent() == 50


def test_creating_the_proposals_twice_creates_nothing_the_second_time() -> None:
    make_pair(in_categories=True)
    store(compare([one.definition for one in proposed().values()]), now=NOW)
    refresh_segments(now=NOW)
    again = proposed()
    assert all(one.is_stored for one in again.values())
    assert {change.kind for change in compare([one.definition for one in again.values()])} == {
        "unchanged"
    }
