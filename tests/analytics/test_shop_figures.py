"""The shop's key figures, its months and what its data allows, against hand-made shops."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.core.cache import cache

from analytics.clock import latest_refresh
from analytics.data_check import data_check
from analytics.growth import months
from analytics.models import ChurnRisk, CustomerForecast, Importance, Refresh
from analytics.refresh import refresh_now
from analytics.shop_figures import relative_change, shop_figures
from cdp.models import Order, Shop
from tests import factories
from tests.conftest import NOW
from tests.factories import at
from tests.predictions import make_forecast
from tests.segments.shops import make_random_shop

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 24)


def refreshed() -> Refresh:
    refresh_now(now=NOW, full=True)
    refresh = latest_refresh()
    assert refresh is not None
    return refresh


@pytest.fixture
def anna():
    factories.make_shop()
    return factories.make_customer()


def test_thirty_full_days_stand_against_the_thirty_before(anna) -> None:
    for days, total in ((0, 1), (1, 10), (30, 20), (31, 40), (60, 80), (61, 160)):
        factories.make_order(anna, at(TODAY - timedelta(days)), total=total)
    found = shop_figures(refreshed(), now=NOW)
    assert (found.first_day, found.last_day) == (date(2026, 10, 25), date(2026, 11, 23))
    assert (found.current.order_count, found.current.revenue) == (2, 30)
    assert (found.previous.order_count, found.previous.revenue) == (2, 120)
    assert found.current.average_order_value == 15


def test_a_day_is_the_shops_day(anna) -> None:
    first = TODAY - timedelta(30)
    factories.make_order(anna, at(first, 0), total=5)
    factories.make_order(anna, at(first, 0) - timedelta(seconds=1), total=7)
    found = shop_figures(refreshed(), now=NOW)
    assert (found.current.revenue, found.previous.revenue) == (5, 7)


def test_revenue_is_net_and_counts_only_what_is_paid(anna) -> None:
    day = at(TODAY - timedelta(5))
    factories.make_order(anna, day, total=100)
    factories.make_order(anna, day, total=-30, status="refunded")
    factories.make_order(anna, day, total=50, status="cancelled")
    factories.make_order(anna, day, total=50, status="pending")
    factories.make_order(anna, day, total=300, currency="SEK")
    factories.make_order(None, day, total=8)
    found = shop_figures(refreshed(), now=NOW)
    assert found.current.revenue == 78
    assert found.current.order_count == 3
    assert found.current.new_customer_count == 1


def test_groups_add_up_to_those_who_ordered(anna) -> None:
    make_random_shop(5)
    found = shop_figures(refreshed(), now=NOW)
    assert 0 < found.active_count <= found.buyer_count < found.customer_count
    buyers = Order.objects.paid().filter(customer__isnull=False, customer__erased_at=None)
    assert found.buyer_count == buyers.values("customer").distinct().count()


def test_figures_are_counted_once_per_refresh(anna, django_assert_max_num_queries) -> None:
    factories.make_order(anna, at(TODAY - timedelta(3)), total=10)
    refresh = refreshed()
    assert shop_figures(refresh, now=NOW).current.revenue == 10
    factories.make_order(anna, at(TODAY - timedelta(3)), total=10)
    with django_assert_max_num_queries(2):
        assert shop_figures(refresh, now=NOW).current.revenue == 10
    assert shop_figures(refreshed(), now=NOW).current.revenue == 20


def test_figures_speak_of_the_moment_a_refresh_was_pinned_to(anna) -> None:
    factories.make_order(anna, at(TODAY - timedelta(100)), total=10)
    refresh_now(now=at(TODAY - timedelta(90)), full=True, pinned=True)
    refresh = latest_refresh()
    assert refresh is not None
    assert shop_figures(refresh, now=NOW).current.revenue == 10


@pytest.mark.parametrize(
    ("value", "before", "change"), [(110, 100, 0.1), (0, 50, -1.0), (5, 0, None), (0, 0, None)]
)
def test_a_change_is_relative_and_unknown_from_nothing(value, before, change) -> None:
    assert relative_change(value, before) == change


def test_an_empty_shop_has_figures_of_nothing() -> None:
    found = shop_figures(refreshed(), now=NOW)
    assert (found.buyer_count, found.one_time_share, found.vip_revenue_share) == (0, None, None)
    assert found.current.average_order_value is None


def test_months_tell_new_from_returning_buyers(anna) -> None:
    ben = factories.make_customer()
    for customer, day, total in (
        (anna, date(2026, 9, 30), 10),
        (anna, date(2026, 10, 1), 20),
        (anna, date(2026, 10, 2), 20),
        (ben, date(2026, 10, 31), 5),
        (anna, date(2026, 11, 23), 7),
        (None, date(2026, 11, 23), 3),
    ):
        factories.make_order(customer, at(day), total=total)
    found = months(refreshed(), count=4, now=NOW)
    assert [month.first_day.month for month in found] == [8, 9, 10, 11]
    assert [month.order_count for month in found] == [0, 1, 3, 2]
    assert [month.revenue for month in found] == [Decimal(sum_) for sum_ in (0, 10, 45, 10)]
    assert [month.new_customer_count for month in found] == [0, 1, 1, 0]
    assert [month.returning_count for month in found] == [0, 0, 1, 1]
    assert [month.is_complete for month in found] == [True, True, True, False]
    assert found[2].last_order_at == at(date(2026, 10, 31))


def test_months_begin_at_the_shops_midnight(anna) -> None:
    factories.make_order(anna, at(date(2026, 11, 1), 0) - timedelta(seconds=1), total=1)
    found = months(None, count=2, now=NOW)
    assert [month.order_count for month in found] == [1, 0]


def test_without_a_refresh_months_follow_the_import(anna) -> None:
    factories.make_order(anna, at(TODAY), total=1)
    assert months(None, count=1, now=NOW)[0].order_count == 1
    factories.make_order(anna, at(TODAY), total=1)
    assert months(None, count=1, now=NOW)[0].order_count == 2


def test_the_check_counts_what_lacks(anna) -> None:
    factories.make_order(anna, at(TODAY - timedelta(400)), total=1)
    factories.make_order(anna, at(TODAY - timedelta(3)), total=300, currency="SEK")
    factories.make_order(None, at(TODAY - timedelta(3)), total=1)
    factories.make_consent(anna, "email", "email", "granted")
    found = data_check(refreshed())
    assert (found.unpriced_order_count, found.guest_order_count) == (1, 1)
    assert (found.has_lines, found.has_carts, found.has_events) == (False, False, False)
    assert found.history_months == 13
    assert not found.learns_return
    assert Shop.objects.current().currency == "EUR"


def test_thirty_returns_within_a_year_are_enough_to_learn_from(anna) -> None:
    for _number in range(30):
        customer = factories.make_customer()
        for days in (400, 300):
            factories.make_order(customer, at(TODAY - timedelta(days)), total=10)
    factories.make_order(anna, at(TODAY - timedelta(10)), total=10)
    assert data_check(refreshed()).learns_return


def test_forecasts_are_counted_by_importance_and_risk_and_added_up(anna) -> None:
    factories.make_order(anna, at(TODAY - timedelta(5)), total=100)
    bert = factories.make_customer()
    for days in (3, 9):
        factories.make_order(bert, at(TODAY - timedelta(days)), total=50)
    refresh = refreshed()
    CustomerForecast.objects.all().delete()
    make_forecast(anna, churn_risk=ChurnRisk.HIGH, revenue_30=Decimal(7))
    make_forecast(bert, churn_risk=ChurnRisk.LOW, revenue_30=Decimal("30.50"))
    cache.clear()
    found = shop_figures(refresh, now=NOW)
    assert found.predicted_revenue == Decimal("37.50")
    assert sum(found.risk_cells.values()) == 2
    assert found.risk_cells[Importance.ONE_TIME, ChurnRisk.HIGH] == 1


def test_a_shop_without_forecasts_expects_nothing_in_particular(anna) -> None:
    factories.make_order(anna, at(TODAY - timedelta(5)), total=100)
    refresh = refreshed()
    CustomerForecast.objects.all().delete()
    cache.clear()
    found = shop_figures(refresh, now=NOW)
    assert (found.predicted_revenue, found.risk_cells) == (None, {})
