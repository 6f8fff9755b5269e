"""What a segment is expected to bring: the figures add up, and stand only where there are any."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.core.cache import cache

from analytics.group_figures import GroupFigures, breakdown
from analytics.models import ChurnRisk, CustomerForecast, CustomerStatistics
from segments.figures.metrics import Unit, metrics_of
from tests.people import client_of
from tests.predictions import make_forecast
from tests.segments.marketing import BUYERS, DANES, EVERYBODY, make_buyers, make_segment

pytestmark = pytest.mark.django_db

RISKS = (ChurnRisk.LOW, ChurnRisk.MEDIUM, ChurnRisk.HIGH)


def make_foreseen(count: int = 6) -> None:
    """Buyers whose forecasts are made by hand: the n-th brings n x 10 in a year, n x 100 ever."""
    people = make_buyers(count)
    CustomerForecast.objects.all().delete()
    for number, person in enumerate(people[1:], 1):
        make_forecast(
            person,
            revenue_365=Decimal(10 * number),
            orders_365=number / 10,
            lifetime_value=Decimal(100 * number),
            churn_risk=RISKS[number % 3],
        )
    cache.clear()


def test_figures_are_those_of_the_members() -> None:
    make_foreseen()  # Danes with orders are the second and the fourth.
    metrics = metrics_of(make_segment("Danes", DANES))
    total = metrics.segment.total
    assert total.predicted_revenue == Decimal(60)
    assert total.lifetime_value_per_customer == Decimal(300)
    assert total.predicted_orders_per_customer == pytest.approx(0.3)
    assert total.high_risk_share == 0.5
    measured = {one.label: one for one in metrics.measures()}
    assert measured["Predicted revenue per customer"].value == Decimal(30)
    assert measured["Predicted revenue per customer"].shop == Decimal(30)
    assert measured["Lifetime value per customer"].difference == pytest.approx(0)
    assert measured["High churn risk"].unit == Unit.SHARE


def test_the_segment_of_everybody_differs_in_nothing() -> None:
    make_foreseen()
    for segment in (make_segment("Buyers", BUYERS), make_segment("All", EVERYBODY)):
        measures = metrics_of(segment).measures()
        compared = [one for one in measures if one.unit != Unit.SHARE]
        assert "Lifetime value per customer" in {one.label for one in compared}
        assert all(one.difference == pytest.approx(0) for one in compared)


@pytest.mark.parametrize("label", ["importance", "life_cycle", "churn_risk", "country"])
def test_groups_add_up_to_the_shop(label: str) -> None:
    make_foreseen(12)
    found = breakdown(CustomerStatistics.objects.all())
    groups = found.by(label).values()
    total = sum(groups, GroupFigures())
    assert total.predicted_revenue == found.total.predicted_revenue == Decimal(660)
    assert total.lifetime_value == Decimal(6600)
    assert total.customer_count == total.foreseen_count == 11
    assert total.predicted_orders == pytest.approx(6.6)
    parts = [group.recoverable for group in groups]
    assert None not in parts
    assert sum(float(part or 0) for part in parts) == pytest.approx(float(total.recoverable or 0))


def test_recoverable_is_the_potential_beyond_what_is_predicted() -> None:
    make_foreseen()
    total = breakdown(CustomerStatistics.objects.all()).total
    assert total.recoverable == total.potential - total.predicted_revenue


def test_recoverable_compares_those_with_a_forecast_only() -> None:
    make_foreseen()
    before = breakdown(CustomerStatistics.objects.filter(country="DK")).total.recoverable
    CustomerForecast.objects.filter(customer__country="DE").delete()
    total = breakdown(CustomerStatistics.objects.all()).total
    assert total.customer_count == 5
    assert total.foreseen_count == 2
    assert total.recoverable == before


def test_members_by_churn_risk_make_up_the_whole() -> None:
    make_foreseen()
    metrics = metrics_of(make_segment("Buyers", BUYERS))
    counts = {part.value: part.customer_count for part in metrics.churn_risks()}
    assert counts == {"low": 1, "medium": 2, "high": 2}
    CustomerForecast.objects.filter(churn_risk=ChurnRisk.LOW).delete()
    cache.clear()
    counts = {part.value: part.customer_count for part in metrics_of_buyers()}
    assert counts == {"low": 0, "medium": 2, "high": 2, "": 1}


def metrics_of_buyers() -> list:
    return metrics_of(make_segment("Again", BUYERS)).churn_risks()


def test_a_shop_without_forecasts_shows_none_of_it() -> None:
    make_buyers()
    CustomerForecast.objects.all().delete()
    cache.clear()
    segment = make_segment("Buyers", BUYERS)
    metrics = metrics_of(segment)
    assert metrics.churn_risks() == []
    assert "Lifetime value per customer" not in {one.label for one in metrics.measures()}
    assert metrics.segment.total.recoverable is None
    page = client_of("Marketer").get(f"/segments/{segment.pk}/").content.decode()
    assert "Predicted revenue" not in page
    assert "By churn risk" not in page


def test_the_page_shows_what_is_predicted_and_what_could_be_kept() -> None:
    make_foreseen()
    segment = make_segment("Buyers", BUYERS)
    page = client_of("Analyst").get(f"/segments/{segment.pk}/").content.decode()
    for told in ("Predicted revenue of a year", "150.00 EUR", "Recoverable", "By churn risk"):
        assert told in page
