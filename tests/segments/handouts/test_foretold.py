"""What is predicted, in the files and links that leave the house."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from analytics.models import CustomerForecast, Interest, Recommendation, RecommendationList
from cdp.models import Customer
from segments.compiler import everybody
from segments.figures.member_table import MemberTable
from segments.handouts.export import as_csv, as_json, columns_named
from segments.models import Membership
from tests import factories, predictions
from tests.segments.marketing import BUYERS, make_buyers, make_segment

pytestmark = pytest.mark.django_db

KEYS = (
    "customer",
    "churn_risk",
    "chance_30",
    "predicted_revenue",
    "next_order_on",
    "interests",
    "buy_again",
    "new_for_you",
    "new_for_you_ids",
)
ZONE = ZoneInfo("Europe/Copenhagen")


def make_foreseen(count: int = 3) -> list[Customer]:
    people = make_buyers(count)
    for model in (CustomerForecast, Interest, Recommendation):
        model.objects.all().delete()
    return people


def rows(*keys: str) -> list[dict[str, object]]:
    return json.loads("".join(as_json(everybody(), columns_named(keys), zone=ZONE)))


def test_a_row_holds_the_forecast_and_what_the_customer_wants() -> None:
    *_others, buyer = make_foreseen()
    predictions.make_forecast(
        buyer, chance_30=0.25, revenue_365=Decimal("120.50"), next_order_on=date(2027, 3, 1)
    )
    predictions.make_interest(buyer, predictions.make_target("Nike"), score=0.2)
    predictions.make_interest(buyer, predictions.make_target("Puma"), score=0.3)
    tent, mug = factories.make_product("Tent", external_id="T-1"), factories.make_product("Mug")
    predictions.make_recommendation(buyer, tent)
    predictions.make_recommendation(buyer, mug, of=RecommendationList.BUY_AGAIN)
    found = {row["customer"]: row for row in rows(*KEYS)}[buyer.pk]
    assert found == {
        "customer": buyer.pk,
        "churn_risk": "medium",
        "chance_30": 0.25,
        "predicted_revenue": "120.50",
        "next_order_on": "2027-03-01",
        "interests": "Puma; Nike",
        "buy_again": "Mug",
        "new_for_you": "Tent",
        "new_for_you_ids": "T-1",
    }


def test_who_has_no_forecast_has_empty_cells() -> None:
    make_foreseen(1)
    (found,) = rows(*KEYS)
    assert {key: value for key, value in found.items() if value not in (None, "")} == {
        "customer": found["customer"]
    }
    lines = "".join(as_csv(everybody(), columns_named(KEYS[1:4]), zone=ZONE)).splitlines()
    assert lines[1].replace('"', "") == ",,"


def test_the_five_strongest_interests_are_named() -> None:
    *_others, buyer = make_foreseen()
    for number in range(8):
        target = predictions.make_target(f"B{number}")
        predictions.make_interest(buyer, target, strength=1 + (number < 2), score=number / 100)
    found = {row["customer"]: row["interests"] for row in rows("customer", "interests")}
    assert found[buyer.pk] == "B1; B0; B7; B6; B5"


def test_names_that_a_spreadsheet_would_run_are_disarmed() -> None:
    *_others, buyer = make_foreseen()
    predictions.make_interest(buyer, predictions.make_target("=1+1"))
    text = "".join(as_csv(everybody(), columns_named(["interests"]), zone=ZONE))
    assert '"\'=1+1"' in text


def test_a_file_takes_the_same_queries_for_two_customers_and_for_twenty() -> None:
    counts = []
    for size in (3, 21):
        Customer.objects.all().delete()
        for number, buyer in enumerate(make_foreseen(size)):
            predictions.make_forecast(buyer)
            predictions.make_interest(buyer, predictions.make_target(f"B{size} {number}"))
            predictions.make_recommendation(buyer, factories.make_product("Tent"))
        with CaptureQueriesContext(connection) as queries:
            rows(*KEYS)
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_the_table_of_members_shows_and_sorts_by_the_forecast() -> None:
    _prospect, first, second = make_foreseen()
    predictions.make_forecast(first, lifetime_value=Decimal(10))
    predictions.make_forecast(second, lifetime_value=Decimal(900), chance_30=0.5)
    segment = make_segment("Buyers", BUYERS)
    table = MemberTable(
        segment,
        columns=["lifetime_value", "chance_30", "churn_risk", "interests"],
        sort="-lifetime_value",
        may_see_contact=False,
    )
    assert [column.key for column in table.columns] == ["lifetime_value", "chance_30", "churn_risk"]
    assert Membership.objects.filter(segment=segment).count() == 2
    shown = table.shown(table.rows())
    assert [member.customer for member in shown] == [second, first]
    assert [cell.value for cell in shown[0].cells] == [Decimal(900), 0.5, "medium"]
