"""Figures of a segment beside the shop's: they add up, and what cannot be compared is not."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.utils import translation

from segments.figures.metrics import Metrics, Unit, is_quick, metrics_of
from segments.models import Segment
from tests.segments.marketing import BUYERS, DANES, EVERYBODY, make_buyers, make_segment

pytestmark = pytest.mark.django_db


def of(segment: Segment) -> Metrics:
    return metrics_of(segment)


def test_the_segment_of_everybody_differs_in_nothing() -> None:
    make_buyers()
    for segment in (make_segment("Buyers", BUYERS), make_segment("All", EVERYBODY)):
        metrics = of(segment)
        compared = [one for one in metrics.measures() if one.unit != Unit.SHARE]
        assert compared
        assert all(one.difference == pytest.approx(0) for one in compared)
        assert all(one.value == pytest.approx(one.shop) for one in metrics.measures())
        assert metrics.customer_share == metrics.revenue_share == 1


def test_revenue_is_orders_by_average_order_value() -> None:
    make_buyers()
    for breakdown in (of(make_segment("Danes", DANES)).segment, of(make_segment("B", BUYERS)).shop):
        total = breakdown.total
        assert total.average_order_value is not None
        assert float(total.average_order_value * total.order_count) == pytest.approx(
            float(total.revenue)
        )


def test_figures_are_those_of_the_members_who_ordered() -> None:
    make_buyers()  # Danes have 0, 2 and 4 orders of 100, 120 and 140.
    metrics = of(make_segment("Danes", DANES))
    total = metrics.segment.total
    assert (total.customer_count, total.order_count) == (2, 6)
    assert total.revenue == Decimal(2 * 120 + 4 * 140)
    assert metrics.prospect_count == 1
    assert metrics.shop.total.order_count == 15
    assert metrics.customer_share == pytest.approx(2 / 5)
    assert metrics.revenue_share == pytest.approx(800 / (800 + 110 + 3 * 130 + 5 * 150))
    orders = {one.label: one for one in metrics.measures()}["Orders per customer so far"]
    assert (orders.value, orders.shop) == (3, 3)


@pytest.mark.parametrize("label", ["importances", "life_cycles", "countries"])
def test_the_parts_of_a_segment_make_up_the_whole(label: str) -> None:
    make_buyers(12)
    metrics = of(make_segment("Buyers", BUYERS))
    parts = getattr(metrics, label)()
    assert sum(part.customer_count for part in parts) == metrics.segment.total.customer_count
    assert sum(part.revenue for part in parts) == metrics.segment.total.revenue
    assert sum(part.customer_share for part in parts) == pytest.approx(1)
    assert sum(part.revenue_share for part in parts) == pytest.approx(1)
    assert sum(part.shop_share for part in parts) == pytest.approx(1)


def test_few_countries_are_named_and_the_rest_is_one_part() -> None:
    make_buyers()
    parts = of(make_segment("Buyers", BUYERS)).countries(limit=0)
    assert [(part.label, part.customer_count) for part in parts] == [("2 other countries", 5)]
    parts = of(make_segment("Again", BUYERS)).countries()
    assert [(part.label, part.customer_count) for part in parts] == [
        ("Germany", 3),
        ("Denmark", 2),
    ]
    with translation.override("de"):
        assert [part.label for part in of(Segment.objects.get(name="Again")).countries()] == [
            "Deutschland",
            "Dänemark",
        ]


def test_a_difference_between_shares_is_not_made_a_percentage() -> None:
    make_buyers()
    measures = of(make_segment("Danes", DANES)).measures()
    assert {one.label for one in measures if one.difference is None} >= {"Slipping away", "Lost"}


def test_a_segment_without_buyers_has_no_figures_and_breaks_nothing() -> None:
    make_buyers(1)
    metrics = of(make_segment("Danes", DANES))
    assert metrics.is_small
    assert metrics.customer_share is None
    assert all(one.value is None or one.value == 0 for one in metrics.measures())
    assert sum(part.customer_count for part in metrics.importances()) == 0
    assert metrics.countries() == []


def test_under_thirty_buyers_it_is_a_small_group() -> None:
    make_buyers(31)
    assert not of(make_segment("Buyers", BUYERS)).is_small
    assert of(make_segment("Danes", DANES)).is_small


def test_figures_follow_a_new_refresh_of_the_segment() -> None:
    people = make_buyers()
    segment = make_segment("Danes", DANES)
    assert of(segment).segment.total.customer_count == 2
    people[1].country = "DK"
    people[1].save()
    from_now_on = make_segment("Danes too", EVERYBODY)
    assert of(from_now_on).segment.total.customer_count == 5
    assert is_quick(segment)
