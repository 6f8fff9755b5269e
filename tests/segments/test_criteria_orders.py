"""Orders counted and summed: windows, returns, unknown money, guests."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from analytics.models import CustomerStatistics
from analytics.refresh import refresh_now
from segments.compiler import shop_time
from segments.rows import row_of
from tests import factories
from tests.conftest import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _shop() -> None:
    factories.make_shop()


def found(criterion: str, operator: str, **values: object) -> set[int]:
    refresh_now(now=NOW, full=True)
    q = row_of(criterion, operator, values).q(now=shop_time(NOW))
    return set(CustomerStatistics.objects.filter(q).values_list("pk", flat=True))


def test_a_return_lowers_the_revenue_of_its_own_day() -> None:
    person = factories.make_customer()
    factories.make_order(person, NOW - timedelta(days=100), total=80)
    factories.make_order(person, NOW - timedelta(days=10), total=-30, status="refunded")
    assert found("revenue", "equals", value=50) == {person.pk}
    assert found("revenue", "equals", value=-30, last=30) == {person.pk}
    assert found("revenue", "equals", value=80, until="2026-10-01") == {person.pk}
    assert found("order_count", "equals", value=0, last=30) == {person.pk}


def test_an_order_without_exchange_rate_counts_but_adds_no_money() -> None:
    person = factories.make_customer()
    factories.make_order(person, NOW - timedelta(days=10), total=300, currency="SEK")
    assert found("order_count", "equals", value=1, last=30) == {person.pk}
    assert found("revenue", "equals", value=0, last=30) == {person.pk}
    assert found("revenue", "more_than", value=0, last=30) == set()


def test_customers_without_orders_count_as_nothing_in_every_window() -> None:
    person = factories.make_customer()
    for values in ({}, {"last": 30}):
        assert found("revenue", "less_than", value=10, **values) == {person.pk}
        assert found("order_count", "between", low=0, high=3, **values) == {person.pk}
        assert found("order_count", "at_least", value=1, **values) == set()


def test_an_average_is_unknown_without_orders() -> None:
    person = factories.make_customer()
    row = row_of("average_order_value", "at_most", {"value": 100})
    assert found("average_order_value", "at_most", value=100) == set()
    unknown = CustomerStatistics.objects.filter(row.unknown(now=shop_time(NOW)))
    assert [one.pk for one in unknown] == [person.pk]


def test_exactly_two_days_ago_is_that_local_day_whatever_came_after() -> None:
    begin = factories.at(date(2026, 11, 22), 0)
    moments = {
        "before": begin - timedelta(microseconds=1),
        "first": begin,
        "last": begin + timedelta(days=1, microseconds=-1),
        "after": begin + timedelta(days=1),
    }
    people = {name: factories.make_customer() for name in moments}
    for name, moment in moments.items():
        factories.make_order(people[name], moment)
    factories.make_order(people["first"], NOW - timedelta(hours=1))
    expected = {people["first"].pk, people["last"].pk}
    assert found("order_date", "exactly_ago", amount=2) == expected
    assert found("last_order", "exactly_ago", amount=2) == {people["last"].pk}


def test_statuses_are_asked_for_by_name_and_returns_apart() -> None:
    cancelled, returned = factories.make_customer(), factories.make_customer()
    factories.make_order(cancelled, NOW - timedelta(days=5), total=50, status="cancelled")
    factories.make_order(returned, NOW - timedelta(days=5), total=-50, status="refunded")
    assert found("order_status", "is_any_of", values=["Cancelled"]) == {cancelled.pk}
    assert found("order_status", "is_any_of", values=["refunded"]) == set()
    assert found("order_status", "is_any_of", values=["returned"]) == {returned.pk}
    assert found("order_status", "is_any_of", values=["cancelled"], last=4) == set()


def test_money_is_compared_to_the_cent() -> None:
    person = factories.make_customer()
    for _ in range(3):
        factories.make_order(person, NOW - timedelta(days=5), total="0.10")
    assert found("revenue", "equals", value="0.30") == {person.pk}
    assert found("revenue", "equals", value="0.30", last=30) == {person.pk}
    assert found("revenue", "more_than", value="0.3", last=30) == set()
