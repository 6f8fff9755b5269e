"""Why a customer has their labels: the places on the scales and the days they are told with."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.core.cache import cache
from django.utils import translation

from analytics.averages import buyer_averages
from analytics.clock import latest_refresh
from analytics.explanation import Explanation, explanation
from analytics.models import CustomerClassification, CustomerStatistics, LifeCycle, Refresh
from analytics.portrait import portrait
from analytics.refresh import refresh_now
from analytics.zones import zone_scale
from cdp.models import Customer, Shop
from tests import factories
from tests.conftest import NOW

TODAY = date(2026, 11, 24)
NAMES = (("low", "a", False), ("middle", "b", True), ("high", "c", False))


def test_zones_fill_the_scale_and_the_figure_stands_where_it_belongs() -> None:
    scale = zone_scale(25.0, (0.0, 20.0, 30.0, 80.0), NAMES)
    assert [(zone.start, zone.width) for zone in scale.zones] == [
        ("0.00", "25.00"),
        ("25.00", "12.50"),
        ("37.50", "62.50"),
    ]
    assert (scale.position, scale.anchor, scale.is_beyond) == ("31.25", "middle", False)
    assert [zone.label for zone in scale.zones if zone.is_current] == ["middle"]


@pytest.mark.parametrize(
    ("value", "position", "anchor", "is_beyond"),
    [(-5.0, "0.00", "start", True), (80.0, "100.00", "end", False), (900.0, "100.00", "end", True)],
)
def test_a_figure_beyond_the_scale_stands_at_its_end(
    value: float, position: str, anchor: str, is_beyond: bool
) -> None:
    scale = zone_scale(value, (0.0, 20.0, 30.0, 80.0), NAMES)
    assert (scale.position, scale.anchor, scale.is_beyond) == (position, anchor, is_beyond)


def test_a_zone_without_width_is_left_out_and_places_have_points_in_every_language() -> None:
    with translation.override("de"):
        scale = zone_scale(0.5, (0.0, 1.0, 1.0, 3.0), NAMES)
    assert [zone.label for zone in scale.zones] == ["low", "high"]
    assert scale.zones[1].start == "33.33"


def make_buyer(*ordered: date) -> Customer:
    customer = factories.make_customer()
    product = factories.make_product("Tent", category="Outdoor > Tents")
    for day in ordered:
        factories.make_order(customer, factories.at(day), [(product, 1)])
    return customer


def explained(customer: Customer) -> Explanation:
    refresh = latest_refresh()
    assert refresh is not None
    return explanation(
        CustomerClassification.objects.get(customer=customer),
        CustomerStatistics.objects.get(customer=customer),
        refresh,
        shop=Shop.objects.current(),
        now=NOW,
    )


@pytest.mark.django_db
def test_the_zone_of_the_silence_is_the_stage_on_every_day() -> None:
    factories.make_shop()
    regular = [date(2026, 1, 1) + timedelta(days=20 * number) for number in range(4)]
    people = {
        silence: make_buyer(*regular, TODAY - timedelta(days=silence))
        for silence in (0, 20, 31, 60, 90, 150, 250)
    }
    refresh_now(now=NOW, full=True)
    stages = set()
    for silence, customer in people.items():
        label = CustomerClassification.objects.get(customer=customer)
        reason = explained(customer).life_cycle
        assert reason.silence_days == silence
        (current,) = [zone for zone in reason.scale.zones if zone.is_current]
        assert current.label == LifeCycle(label.life_cycle).label
        start, end = float(current.start), float(current.start) + float(current.width)
        assert start - 0.01 <= float(reason.scale.position) <= end + 0.01
        is_slipping = silence >= reason.slips_from
        assert is_slipping == (label.life_cycle in ("slipping_away", "lost"))
        assert (silence >= reason.lost_from) == (label.life_cycle == "lost")
        stages.add(label.life_cycle)
    assert len(stages) >= 3


@pytest.mark.django_db
def test_few_repeat_customers_have_no_rank_and_one_time_buyers_none_at_all() -> None:
    factories.make_shop()
    once = make_buyer(TODAY)
    twice = make_buyer(date(2026, 5, 1), TODAY)
    refresh_now(now=NOW, full=True)
    assert explained(once).importance.is_one_time
    repeated = explained(twice).importance
    assert (repeated.is_one_time, repeated.scale) == (False, None)


@pytest.mark.django_db
def test_many_repeat_customers_are_ranked_against_the_limit_of_vips() -> None:
    factories.make_shop()
    people = [
        make_buyer(*[TODAY - timedelta(days=10 * back) for back in range(2 + number)])
        for number in range(22)
    ]
    refresh_now(now=NOW, full=True)
    best, least = explained(people[-1]).importance, explained(people[0]).importance
    assert best.scale is not None
    assert least.scale is not None
    assert best.rank is not None
    assert best.vip_limit is not None
    assert best.rank >= best.vip_limit
    assert [zone.style for zone in best.scale.zones if zone.is_current] == ["good"]
    assert [zone.style for zone in least.scale.zones if zone.is_current] == ["plain"]


@pytest.mark.django_db
def test_averages_are_those_of_everybody_who_ordered() -> None:
    factories.make_shop()
    make_buyer(TODAY)
    make_buyer(date(2026, 5, 1), TODAY, TODAY - timedelta(days=90))
    factories.make_customer()
    refresh_now(now=NOW, full=True)
    cache.clear()
    found = buyer_averages(Refresh.objects.latest())
    assert (found.orders, found.revenue, found.return_share) == (2, 40, 0)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("silence", "words"), [(1, "silent for 1 day;"), (2, "silent for 2 days;")]
)
def test_sentences_count_days_as_people_do(silence: int, words: str) -> None:
    factories.make_shop()
    customer = make_buyer(TODAY - timedelta(days=silence))
    refresh_now(now=NOW, full=True)
    sentences = dict(portrait(customer, now=NOW).sentences)
    assert words in sentences["Life cycle"]
