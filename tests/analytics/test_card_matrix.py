"""The cards of value against risk: numbers lead to the customers, fields to a segment."""

from __future__ import annotations

import re

import pytest
from django.core.cache import cache

from analytics.models import ChurnRisk, CustomerForecast
from tests.people import client_of
from tests.predictions import make_forecast
from tests.segments.marketing import make_buyers

pytestmark = pytest.mark.django_db


def make_foreseen() -> None:
    people = make_buyers()
    CustomerForecast.objects.all().delete()
    for number, person in enumerate(people[1:]):
        make_forecast(person, churn_risk=ChurnRisk.HIGH if number < 2 else ChurnRisk.LOW)
    cache.clear()


def test_each_number_opens_as_many_customers() -> None:
    make_foreseen()
    client = client_of("Marketer")
    page = client.get("/").content.decode()
    cells = re.findall(
        r'href="(/customers/\?importance=\w+&amp;churn_risk=\w+)"[^>]*>(\d+)</a>', page
    )
    assert sum(int(number) for _link, number in cells) == 5
    for link, number in cells:
        answer = client.get(link.replace("&amp;", "&"))
        assert answer.context["asked"].count == int(number)


def test_the_fields_below_begin_a_segment_of_importance_and_risk() -> None:
    make_foreseen()
    client = client_of("Marketer")
    assert 'value="churn_risk"' in client.get("/").content.decode()
    rows = {}
    for number, (criterion, value) in enumerate(
        (("importance", "one_time"), ("churn_risk", "high")), 1
    ):
        rows |= {
            f"c-{number}-criterion": criterion,
            f"c-{number}-was": criterion,
            f"c-{number}-operator": "is_any_of",
            f"c-{number}-how": "is_any_of",
            f"c-{number}-v-values": value,
        }
    builder = client.post("/segments/new/", rows)
    assert builder.status_code == 200
    assert 'value="churn_risk" selected' in builder.content.decode()


def test_without_forecasts_neither_risk_nor_expected_revenue_is_shown() -> None:
    make_buyers()
    CustomerForecast.objects.all().delete()
    cache.clear()
    page = client_of("Analyst").get("/").content.decode()
    assert "Who may stay away" not in page
    assert "Expected revenue" not in page


def test_expected_revenue_stands_among_the_key_figures() -> None:
    make_foreseen()
    page = client_of("Analyst").get("/").content.decode()
    assert "Expected revenue" in page
    assert "55.00" in page
    assert "Make a segment of these" not in page
