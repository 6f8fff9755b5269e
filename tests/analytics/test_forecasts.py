"""Forecasts as a refresh stores them: for whom, how they hold together, and from what they come."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import timedelta
from unittest import mock

import pytest
from django.db import transaction
from django.db.models import F

from analytics import predicting
from analytics import refresh as engine
from analytics.asof import classified_as_of
from analytics.models import (
    BackTest,
    ChurnRisk,
    CustomerClassification,
    CustomerForecast,
    CustomerStatistics,
    FittedModel,
    Prediction,
    Refresh,
    RefreshPart,
)
from analytics.refresh import Position, refresh_now
from cdp.models import CountsAs, Customer, CustomerChange, Order
from tests.analytics.lessons import forecasts_only
from tests.analytics.orders import make_forecast_shop, regulars, store_orders
from tests.analytics.shops import make_shop, mark_changed
from tests.conftest import NOW

pytestmark = pytest.mark.django_db

ORDERS = (Prediction.ORDERS_30, Prediction.ORDERS_90, Prediction.ORDERS_365)


def forecasts() -> list[tuple]:
    return list(CustomerForecast.objects.order_by("pk").values_list())


def back_tests() -> dict[str, BackTest]:
    return {test.prediction: test for test in BackTest.objects.filter(prediction__in=ORDERS)}


def forecast_of(number: int) -> CustomerForecast:
    return CustomerForecast.objects.get(customer__external_id=f"c{number}")


def refreshed(**options: object) -> None:
    refresh_now(now=NOW, full=True, part=RefreshPart.ALL, **options)  # type: ignore[arg-type]


@pytest.fixture(autouse=True)
def _nothing_else_is_learned() -> Iterator[None]:
    with mock.patch.multiple(predicting, **forecasts_only()):
        yield


@pytest.fixture
def shop() -> None:
    make_forecast_shop()


def test_every_buyer_gets_a_forecast_that_holds_together(shop):
    Customer.objects.create(external_id="never", bucket=1)
    refreshed()
    buyers = set(CustomerClassification.objects.values_list("pk", flat=True))
    found = {one.pk: one for one in CustomerForecast.objects.all()}
    assert set(found) == buyers
    assert len(buyers) == 400
    today = NOW.date()
    for one in found.values():
        chances = [one.chance_30, one.chance_90, one.chance_365]
        orders = [one.orders_30, one.orders_90, one.orders_365]
        assert all(map(math.isfinite, [*chances, *orders, one.churn_probability]))
        assert 0 <= chances[0] <= chances[1] <= chances[2] <= 1
        assert orders == sorted(orders)
        for horizon in (30, 90, 365):
            low, high = getattr(one, f"low_{horizon}"), getattr(one, f"high_{horizon}")
            assert 0 <= low <= high
            expected = getattr(one, f"orders_{horizon}") * float(one.order_value)
            revenue = float(getattr(one, f"revenue_{horizon}"))
            assert revenue == pytest.approx(expected, rel=1e-3, abs=0.1)
        assert one.lifetime_low <= one.lifetime_high
        limits = {
            ChurnRisk.LOW: (0, 0.33),
            ChurnRisk.MEDIUM: (0.33, 0.66),
            ChurnRisk.HIGH: (0.66, 1),
        }
        low, high = limits[ChurnRisk(one.churn_risk)]
        assert low <= one.churn_probability <= high
        assert (one.next_order_on is None) == (one.chance_365 < 0.5)
        if one.next_order_on is not None:
            assert today < one.next_order_on <= today + timedelta(days=365)
            assert (one.next_order_on <= today + timedelta(days=30)) == (one.chance_30 >= 0.5)


def test_the_lifetime_value_begins_with_what_was_paid_after_returns(shop):
    returned = Order.objects.filter(customer__external_id="c3").first()
    assert returned is not None
    refreshed()
    before = forecast_of(3)
    Order.objects.create(
        customer=returned.customer,
        external_id="back",
        placed_at=NOW - timedelta(hours=5),
        currency="EUR",
        total=-10,
        amount=-10,
    )
    assert Order.objects.get(external_id="back").counts_as == CountsAs.RETURN
    refreshed()
    assert forecast_of(3).lifetime_value == before.lifetime_value - 10
    assert forecast_of(3).chance_90 == before.chance_90
    paid = CustomerStatistics.objects.filter(customer__forecast__lifetime_value__lt=F("revenue"))
    assert not paid.exists()


def test_what_usually_comes_back_is_taken_off_coming_revenue():
    make_shop()
    placed = regulars(customers=300, days=300)
    store_orders(placed)
    refreshed()
    before = {one.pk: one for one in CustomerForecast.objects.all()}
    bias = back_tests()[Prediction.ORDERS_30].revenue_bias
    # A tenth of each order comes back the day after; the last few have not yet.
    store_orders([(who, age - 1, -amount / 10) for who, age, amount in placed if age > 1])
    refreshed()
    for one in CustomerForecast.objects.all():
        assert one.chance_90 == before[one.pk].chance_90
        expected = float(before[one.pk].revenue_90)
        assert float(one.revenue_90) == pytest.approx(0.9 * expected, rel=0.01, abs=0.05)
        assert float(one.high_90) == pytest.approx(0.9 * float(before[one.pk].high_90), rel=0.01)
    # The window is judged by what stayed, too.
    assert back_tests()[Prediction.ORDERS_30].revenue_bias == pytest.approx(bias, abs=0.03)


def test_each_horizon_is_tested_on_the_last_window(shop):
    refreshed()
    found = back_tests()
    for prediction, horizon in zip(ORDERS[:2], (30, 90), strict=True):
        test = found[prediction]
        assert not test.shortage
        assert test.window_end == NOW.date()
        assert test.window_start == NOW.date() - timedelta(days=horizon)
        assert test.case_count > test.hit_count > 0
        assert test.named_count == round(test.case_count / 10)
        assert test.named_hits / test.named_count > test.hit_count / test.case_count
        assert test.auc > 0.6
        assert {rule.rule for rule in test.rules.all()} == {
            "recency",
            "frequency",
            "overdue",
            "bg_nbd",
        }
        tenths = list(test.tenths.all())
        assert sum(tenth.case_count for tenth in tenths) == test.case_count
        assert [tenth.predicted for tenth in tenths] == sorted(t.predicted for t in tenths)
    window = Order.objects.filter(placed_at__gte=NOW - timedelta(days=30, hours=13))
    seen = window.filter(placed_at__lt=NOW - timedelta(hours=13)).values("customer").distinct()
    earlier = Order.objects.filter(placed_at__lt=NOW - timedelta(days=30, hours=13))
    came = seen.filter(customer__in=earlier.values("customer")).count()
    assert found[Prediction.ORDERS_30].hit_count == came


def test_a_young_shop_forecasts_by_habit_and_says_what_is_missing():
    make_shop()
    store_orders(regulars(customers=300, days=100))
    refreshed()
    assert CustomerForecast.objects.count() == 300
    found = back_tests()
    assert not found[Prediction.ORDERS_30].shortage
    year = found[Prediction.ORDERS_365]
    assert (year.shortage, year.shortage_needs) == ("history", 395)
    assert 95 <= year.shortage_has <= 101
    assert year.auc is None
    assert not year.rules.exists()


def test_a_shop_that_lacks_repeaters_has_no_forecasts_any_more(shop):
    refreshed()
    assert CustomerForecast.objects.exists()
    Order.objects.exclude(customer__external_id="c1").delete()
    refreshed()
    assert not CustomerForecast.objects.exists()
    for test in back_tests().values():
        assert (test.shortage, test.shortage_needs) == ("repeaters", 30)
        assert test.shortage_has <= 1


def test_the_same_data_give_the_same_forecasts(shop):
    refreshed()
    first = forecasts()
    refreshed()
    assert forecasts() == first


def test_what_was_ordered_later_changes_nothing(shop):
    then = NOW - timedelta(days=60)
    refresh_now(now=then, full=True, pinned=True)
    first = forecasts()
    assert first
    store_orders([(number, chance, 5_000) for number in range(300) for chance in (1, 59)])
    refresh_now(now=then, full=True, pinned=True)
    assert forecasts() == first


def test_a_past_moment_is_predicted_in_private_if_asked_for(shop):
    refreshed()
    stored = forecasts()
    then = NOW - timedelta(days=60)
    with classified_as_of(then):
        assert not CustomerForecast.objects.exists()
    with classified_as_of(then, predicts=True):
        private = forecasts()
        assert private
        assert private != stored
    assert forecasts() == stored
    refresh_now(now=then, full=True, pinned=True)
    assert forecasts() == private


def test_a_refresh_of_the_changes_forecasts_like_a_full_one(shop):
    refresh_now(now=NOW, full=True)
    models = FittedModel.objects.count()
    before = forecast_of(5)
    store_orders([(5, 0.1, 70), (900, 0.1, 70)])
    for number in (5, 900):
        mark_changed(Customer.objects.get(external_id=f"c{number}"), NOW)
    CustomerChange.objects.exclude(customer__external_id__in=["c5", "c900"]).delete()
    refresh = refresh_now(now=NOW + timedelta(hours=1))
    assert (refresh.is_full, refresh.customer_count) == (False, 2)
    assert FittedModel.objects.count() == models
    assert forecast_of(5).lifetime_value != before.lifetime_value
    partial = forecasts()
    assert len(partial) == 401
    refresh_now(now=NOW + timedelta(hours=1), full=True)
    assert forecasts() == partial


def test_one_part_leaves_the_other_alone(shop):
    refreshed()
    CustomerForecast.objects.update(chance_30=0.5, chance_90=0.5, chance_365=0.5)
    refresh_now(now=NOW, part=RefreshPart.INTERESTS)
    assert CustomerForecast.objects.filter(chance_30=0.5).count() == 400
    refresh = refresh_now(now=NOW, part=RefreshPart.FORECASTS)
    assert refresh.part == RefreshPart.FORECASTS
    assert CustomerForecast.objects.filter(chance_30=0.5).count() == 0
    assert set(back_tests()) == set(ORDERS)


def test_learning_tells_its_steps_and_each_may_be_repeated(shop):
    refreshed()
    stored = forecasts()
    with transaction.atomic():
        Refresh.objects.request(now=NOW, as_of=None, is_full=True, part=RefreshPart.FORECASTS)
        position, total = engine.plan(now=NOW)
    assert total == 400
    told = []
    while position.phase != engine.DONE:
        told.append(engine.stage(position))
        restored = Position.from_text(position.to_text())
        with transaction.atomic():
            engine.write(position, engine.read(position), now=NOW)
        # As if the worker had been killed before its checkpoint was stored.
        position, _done = engine.write(restored, engine.read(restored), now=NOW)
    assert told[:4] == [f"Learning from the past: step {number} of 4." for number in range(1, 5)]
    assert "Computing customers." in told
    assert forecasts() == stored
    assert FittedModel.objects.filter(key__startswith="forecast").count() == 4
    assert set(back_tests()) == set(ORDERS)
