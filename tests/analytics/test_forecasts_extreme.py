"""Shops that are empty, tiny or strange get figures that can be read, or the reason why not."""

from __future__ import annotations

import math
from datetime import timedelta

import pytest

from analytics.models import BackTest, CustomerForecast, Prediction
from analytics.refresh import refresh_now
from tests.analytics.orders import Placed, make_forecast_shop, regulars, store_orders
from tests.analytics.shops import make_shop
from tests.conftest import NOW

pytestmark = pytest.mark.django_db

ORDERS = (Prediction.ORDERS_30, Prediction.ORDERS_90, Prediction.ORDERS_365)


def assert_readable() -> None:
    for row in CustomerForecast.objects.values():
        for name, value in row.items():
            if isinstance(value, float):
                assert math.isfinite(value), name
                assert value >= 0, name
            elif name.startswith(("revenue", "low", "high", "order_value", "lifetime")):
                assert value.is_finite(), name
                assert value >= 0, name
        if row["next_order_on"] is not None:
            assert NOW.date() < row["next_order_on"] <= NOW.date() + timedelta(days=365)


def forecast_of(number: int) -> CustomerForecast:
    return CustomerForecast.objects.get(customer__external_id=f"c{number}")


@pytest.mark.parametrize(
    "placed",
    [
        [],
        [(0, 10, 50)],
        [(0, age + 0.5, 50) for age in range(1, 500)],
        [(number, 10, 50) for number in range(60)],
        [(number, 10.0 + number, 50) for number in range(60)],
        [(number, -3, 50) for number in range(60)],
    ],
    ids=["empty", "one order", "one customer", "one day", "everybody once", "only future"],
)
def test_too_small_a_shop_says_what_it_lacks(placed: list[Placed]):
    make_shop()
    store_orders(placed)
    refresh_now(now=NOW, full=True)
    assert not CustomerForecast.objects.exists()
    found = BackTest.objects.filter(prediction__in=ORDERS)
    assert sorted(test.prediction for test in found) == sorted(ORDERS)
    for test in found:
        assert (test.shortage, test.shortage_needs) == ("repeaters", 30)
        assert test.shortage_has < 30
        assert test.auc is None


def test_a_customer_with_five_thousand_orders_and_one_of_long_ago():
    make_forecast_shop(customers=200)
    store_orders([(500, 0.02 + age / 4, 20) for age in range(4, 5_004)])
    store_orders([(501, 9_000, 20), (501, 2, 20), (502, 9_000, 20)])
    refresh_now(now=NOW, full=True)
    assert_readable()
    daily, gone = forecast_of(500), forecast_of(502)
    assert daily.orders_30 > 15
    assert daily.churn_risk == "low"
    assert gone.chance_365 < 0.2
    assert (gone.churn_risk, gone.next_order_on) == ("high", None)


def test_orders_of_tomorrow_do_not_count_yet():
    make_forecast_shop(customers=200)
    refresh_now(now=NOW, full=True)
    before = list(CustomerForecast.objects.order_by("pk").values())
    store_orders([(number, -2, 5_000) for number in range(100)])
    refresh_now(now=NOW, full=True)
    assert list(CustomerForecast.objects.order_by("pk").values()) == before


def test_orders_in_a_currency_without_a_rate_are_still_orders():
    make_shop()
    store_orders(regulars(customers=200, days=420), currency="SEK", rate=False)
    refresh_now(now=NOW, full=True)
    assert_readable()
    assert CustomerForecast.objects.filter(chance_365__gt=0).count() == 200
    assert not CustomerForecast.objects.filter(revenue_365__gt=0).exists()
    assert BackTest.objects.get(prediction=Prediction.ORDERS_30).revenue_bias is None


def test_two_currencies_and_orders_for_nothing():
    make_shop()
    placed = regulars(customers=200, days=420)
    store_orders([row for row in placed if row[0] % 2])
    store_orders([row for row in placed if not row[0] % 2], currency="SEK", rate=False)
    store_orders([(number, 5, 0) for number in range(0, 200, 5)])
    refresh_now(now=NOW, full=True)
    assert_readable()
    worth = CustomerForecast.objects.filter(order_value__gt=0, revenue_365__gt=0)
    assert worth.count() == 200
    paid = CustomerForecast.objects.filter(customer__statistics__revenue=0)
    assert paid.count() == 100


def test_one_giant_order_bends_nobody_else():
    make_forecast_shop(customers=300)
    refresh_now(now=NOW, full=True)
    before = float(sum(CustomerForecast.objects.values_list("revenue_365", flat=True)))
    store_orders([(900, 40, 900_000)])
    refresh_now(now=NOW, full=True)
    assert_readable()
    others = CustomerForecast.objects.exclude(customer__external_id="c900")
    after = float(sum(others.values_list("revenue_365", flat=True)))
    assert after == pytest.approx(before, rel=0.02)
    assert forecast_of(900).lifetime_value > 900_000
