"""The list of customers by what they are expected to do: filters, columns and orders."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cdp.models import Customer
from tests import factories
from tests.cdp.views.customers.test_listing import counted, listed
from tests.conftest import NOW
from tests.people import client_of
from tests.predictions import make_forecast

pytestmark = pytest.mark.django_db

TODAY = NOW.date()


@pytest.fixture(autouse=True)
def _shop() -> object:
    factories.make_shop()
    with time_machine.travel(NOW, tick=False):
        yield


def foreseen(risk: str, days: int | None, revenue: int) -> Customer:
    """A customer with a forecast: the days until the next order, the revenue of twelve months."""
    customer = counted(orders=2, revenue=100)
    make_forecast(
        customer,
        churn_risk=risk,
        churn_probability={"low": 0.1, "medium": 0.5, "high": 0.9}[risk],
        next_order_on=None if days is None else TODAY + timedelta(days=days),
        revenue_365=Decimal(revenue),
        lifetime_value=Decimal(1000 - revenue),
    )
    return customer


def make_five() -> list[Customer]:
    """Four customers with a forecast and one without."""
    return [
        foreseen("low", 5, 300),
        foreseen("medium", 45, 500),
        foreseen("high", None, 100),
        foreseen("high", 120, 200),
        counted(orders=1),
    ]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("churn_risk=high", {2, 3}),
        ("churn_risk=high&churn_risk=low", {0, 2, 3}),
        ("expected=30", {0}),
        ("expected=90", {0, 1}),
        ("expected=later", {2, 3}),
        ("churn_risk=high&expected=90", set()),
        ("churn_risk=unheard", {0, 1, 2, 3, 4}),
    ],
)
def test_filters_ask_for_the_forecast(query: str, found: set[int]) -> None:
    people = make_five()
    assert set(listed(query)) == {people[number].pk for number in found}


@pytest.mark.parametrize(
    ("sort", "order"),
    [
        ("-predicted_revenue", [1, 0, 3, 2, 4]),
        ("predicted_revenue", [2, 3, 0, 1, 4]),
        ("-lifetime_value", [2, 3, 0, 1, 4]),
        ("churn_risk", [0, 1, 2, 3, 4]),
        ("-churn_risk", [3, 2, 1, 0, 4]),
    ],
)
def test_who_has_no_forecast_comes_last_in_either_order(sort: str, order: list[int]) -> None:
    people = make_five()
    assert listed(f"sort={sort}") == [people[number].pk for number in order]


def test_pages_of_a_sorted_list_hold_everybody_once() -> None:
    people = [foreseen("low", 5, number) for number in range(70)]
    people += [counted(orders=1) for _number in range(50)]
    found = [key for page in (1, 2, 3) for key in listed(f"sort=predicted_revenue&page={page}")]
    assert found[:70] == [customer.pk for customer in people[:70]]
    assert sorted(found) == sorted(customer.pk for customer in people)


def test_columns_appear_with_the_first_forecast() -> None:
    counted(orders=1)
    client = client_of("Analyst")
    assert "Lifetime value" not in client.get("/customers/").content.decode()
    foreseen("high", None, 123)
    page = client.get("/customers/").content.decode()
    assert "Revenue in 12 months" in page
    assert '<td class="cdp-number">123</td>' in page
    assert '<td class="cdp-number">877</td>' in page


def test_every_column_has_its_heading_and_a_view_is_ready() -> None:
    foreseen("high", None, 123)
    page = client_of("Marketer").get("/customers/?churn_risk=high&importance=vip").content.decode()
    assert 'aria-current="page">VIPs at high churn risk</a>' in page
    page = client_of("Marketer").get("/customers/").content.decode()
    head, _middle, body = page.partition("<tbody>")
    row = body.partition("</tr>")[0]
    assert head.count('scope="col"') == row.count("<td") + row.count("<th")
    headings = ("Life cycle", "Churn risk", "Orders", "Last order", "Lifetime value", "Average")
    assert [*headings] == sorted(headings, key=head.rindex)


def test_filters_in_use_are_named() -> None:
    make_five()
    page = client_of("Marketer").get("/customers/?churn_risk=high&expected=30")
    chips = [(chip.label, chip.value) for chip in page.context["chips"]]
    assert chips == [("Churn risk", "high"), ("Next order expected", "within 30 days")]


def test_the_cost_does_not_grow_with_the_forecasts() -> None:
    client, counts = client_of("Marketer"), []
    foreseen("low", 5, 1)
    for total in (2, 20):
        while Customer.objects.count() < total:
            foreseen("high", 5, 10)
        with CaptureQueriesContext(connection) as queries:
            listed("sort=-predicted_revenue&churn_risk=high&churn_risk=low", client)
        counts.append(len(queries))
    assert counts[0] == counts[1]
