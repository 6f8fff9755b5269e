"""Sizes found by replay equal those of refreshes on those days; only missing ones are stored."""

from __future__ import annotations

import io
from datetime import date, datetime, timedelta

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from analytics.refresh import refresh_now
from cdp.models import Customer, Order, Shop
from cdp.periods import local_day, start_of
from segments.backfill import backfill
from segments.definitions import Definition, RowDefinition, make_row
from segments.dependencies import segments_with_rows
from segments.models import Membership, MembershipEvent, Segment, SegmentRun, SegmentSize
from segments.refreshing import refresh_segments
from segments.storing import compare, store
from tests import factories
from tests.conftest import NOW
from tests.segments.test_asof import consent

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
Sizes = dict[tuple[str, date], tuple[int, int, int, int]]


def asks_for(name: str) -> RowDefinition:
    return make_row("in_segment", "is_member", {"segment": name})


RECENT = Definition(
    "Recent", (make_row("last_order", "within_last", {"amount": 9, "unit": "days"}),)
)
DEFINITIONS = (
    # By name it comes first, by what it asks for last.
    Definition("A deep one", (asks_for("Nested"),)),
    Definition("Nested", (asks_for("Recent"),), excluded="Twice"),
    RECENT,
    Definition("Twice", (make_row("order_count", "at_least", {"value": 2}),)),
    Definition("Mailable", (make_row("accepts_marketing", "granted", {"purpose": "email"}),)),
    Definition(
        "Slipping", (make_row("life_cycle", "is_any_of", {"values": ["lost", "slipping away"]}),)
    ),
)


def define(*definitions: Definition) -> None:
    store(compare(definitions), now=NOW)


@pytest.fixture
def people() -> list[Customer]:
    """Customers who order and consent in a pattern over seven weeks."""
    factories.make_shop()
    people = [
        factories.make_customer(email=f"c{number}@example.com", registered_at=NOW - 60 * DAY)
        for number in range(12)
    ]
    for number, customer in enumerate(people):
        for order in range(1 + number % 3):
            factories.make_order(customer, NOW - (number * 4 + order * 11 + 1) * DAY)
        if number % 2:
            consent(customer, "granted", NOW - (number * 3 + 5) * DAY)
    consent(people[3], "withdrawn", NOW - 10 * DAY)
    return people


def replay(*, days: int = 42, every: int = 7, now: datetime = NOW) -> int:
    return backfill(segments_with_rows(), days=days, every=every, now=now).size_count


def sizes() -> Sizes:
    return {
        (size.segment.name, size.local_date): (
            size.member_count,
            size.mailable_count,
            size.entered_count,
            size.left_count,
        )
        for size in SegmentSize.objects.select_related("segment")
    }


def last_moment(day: date) -> datetime:
    return start_of(day + DAY, Shop.objects.current().zone) - timedelta(microseconds=1)


def test_a_replay_finds_what_refreshes_on_those_days_would_have_found(
    people: list[Customer],
) -> None:
    define(*DEFINITIONS)
    replay()
    replayed = sizes()
    days = sorted({day for _name, day in replayed})
    assert len(days) == 6
    assert len(replayed) == 6 * len(DEFINITIONS)
    assert len({size for (name, _day), size in replayed.items() if name == "A deep one"}) > 2
    SegmentSize.objects.all().delete()
    for day in days:
        moment = last_moment(day)
        refresh_now(now=moment, full=True, pinned=True)
        refresh_segments(now=moment, segments=segments_with_rows())
    assert sizes() == replayed


def test_what_happens_later_changes_nothing_in_it(people: list[Customer]) -> None:
    define(*DEFINITIONS)
    replay()
    before = sizes()
    SegmentSize.objects.all().delete()
    for customer in people:
        factories.make_order(customer, NOW - timedelta(hours=1))
    consent(people[1], "withdrawn", NOW)
    Order.objects.filter(placed_at__lt=NOW - 20 * DAY).update(
        status="cancelled", cancelled_at=NOW - timedelta(hours=2)
    )
    newcomer = factories.make_customer(registered_at=NOW - timedelta(hours=3))
    factories.make_order(newcomer, NOW - timedelta(hours=3))
    replay()
    assert sizes() == before


def test_a_second_replay_finds_nothing_missing(people: list[Customer]) -> None:
    define(*DEFINITIONS)
    assert replay() == 6 * len(DEFINITIONS)
    before = sizes()
    assert replay() == 0
    assert sizes() == before
    # Two days on the same Sundays lie within reach, and the segments have been refreshed.
    refresh_now(now=NOW, full=True)
    refresh_segments(now=NOW)
    refreshed = sizes()
    assert replay(now=NOW + 2 * DAY) == 0
    assert sizes() == refreshed


def test_only_the_sizes_are_stored(people: list[Customer]) -> None:
    define(*DEFINITIONS)
    refresh_now(now=NOW, full=True)
    refresh_segments(now=NOW)

    def stored() -> list[object]:
        models = (Segment, Membership, MembershipEvent, SegmentRun)
        return [list(model.objects.order_by("pk").values()) for model in models]

    before = stored()
    assert replay() > 0
    assert stored() == before


def test_days_that_refreshes_have_seen_stay_as_they_are(people: list[Customer]) -> None:
    define(*DEFINITIONS)
    begun = NOW - 20 * DAY
    for moment in (begun, begun + 14 * DAY):
        refresh_now(now=moment, full=True)
        refresh_segments(now=moment, segments=segments_with_rows())
    seen = sizes()
    replay(every=1)
    assert seen.items() <= sizes().items()
    zone = Shop.objects.current().zone
    added = {day for _name, day in sizes().keys() - seen.keys()}
    assert max(added) == local_day(begun, zone) - DAY


def test_going_further_back_continues_where_the_first_replay_began(
    people: list[Customer],
) -> None:
    define(*DEFINITIONS)
    replay()
    at_once = sizes()
    SegmentSize.objects.all().delete()
    replay(days=21)
    first = min(day for _name, day in sizes())
    replay()
    assert {key: size for key, size in sizes().items() if key[1] != first} == {
        key: size for key, size in at_once.items() if key[1] != first
    }


def test_days_before_the_first_order_are_left_out(people: list[Customer]) -> None:
    define(RECENT)
    Order.objects.filter(placed_at__lt=NOW - 10 * DAY).delete()
    replay(every=1)
    first = local_day(Order.objects.earliest("placed_at").placed_at, Shop.objects.current().zone)
    assert min(day for _name, day in sizes()) == first
    assert len(sizes()) == (local_day(NOW, Shop.objects.current().zone) - first).days


def test_an_empty_shop_has_no_history() -> None:
    factories.make_shop()
    define(RECENT)
    assert replay() == 0


def test_lists_and_archived_segments_get_no_sizes_but_may_be_asked_for(
    people: list[Customer],
) -> None:
    factories.make_static_segment("List", people[:4], NOW - 30 * DAY)
    define(RECENT, Definition("Asks", (asks_for("List"),), excluded="Recent"))
    Segment.objects.filter(name="Recent").update(is_archived=True)
    replay()
    assert {name for name, _day in sizes()} == {"Asks"}
    counts = [size[0] for _key, size in sorted(sizes().items())]
    assert counts[0] == 0
    assert max(counts) > 0


def test_a_broken_segment_stops_only_those_that_ask_for_it(people: list[Customer]) -> None:
    define(*DEFINITIONS)
    Segment.objects.get(name="Nested").conditions.update(operator="gone")
    found = backfill(segments_with_rows(), days=42, now=NOW)
    assert set(found.problems) == {"Nested", "A deep one"}
    assert {name for name, _day in sizes()} == {"Recent", "Twice", "Mailable", "Slipping"}


def run(*arguments: str) -> str:
    out = io.StringIO()
    call_command("segments", "backfill", *arguments, stdout=out, stderr=out)
    return out.getvalue()


def test_the_command_says_what_it_stored() -> None:
    now = timezone.now()
    factories.make_shop()
    customer = factories.make_customer(registered_at=now - 90 * DAY)
    factories.make_order(customer, now - 30 * DAY)
    define(RECENT, Definition("Twice", (make_row("order_count", "at_least", {"value": 2}),)))
    assert run("Recent", "--days", "3", "--every", "1").startswith("Stored 3 sizes of 3 days, ")
    assert run("--days", "3", "--every", "1").startswith("Stored 3 sizes of 3 days, ")
    assert run("--days", "3", "--every", "1").startswith("Nothing to store")
    Segment.objects.get(name="Twice").conditions.update(operator="gone")
    said = run("--days", "4", "--every", "1")
    assert "Twice: could not be computed: " in said
    assert "gone" in said


def test_segments_that_ask_for_predictions_can_be_left_out() -> None:
    now = timezone.now()
    factories.make_shop()
    factories.make_order(factories.make_customer(registered_at=now - 90 * DAY), now - 30 * DAY)
    risky = make_row("churn_risk", "is_any_of", {"values": ["high"]})
    inside = make_row("in_segment", "is_member", {"segment": "Risky"})
    define(RECENT, Definition("Risky", (risky,)), Definition("Inside", (inside,)))
    said = run("--days", "3", "--every", "1", "--without-predictions")
    assert said.startswith("Stored 3 sizes of 3 days, ")
    assert set(SegmentSize.objects.values_list("segment__name", flat=True)) == {"Recent"}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("Recnt",), "Did you mean “Recent”?"),
        (("--days", "0"), "'0' is not a number of days"),
        (("--every", "weekly"), "'weekly' is not a number of days"),
    ],
)
def test_a_mistake_is_explained(arguments: tuple[str, ...], said: str) -> None:
    factories.make_shop()
    define(RECENT)
    with pytest.raises(CommandError, match=said):
        run(*arguments)
