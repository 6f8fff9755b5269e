"""Which segments are refreshed, and in which order."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

import pytest

from analytics.models import Refresh
from analytics.refresh import refresh_now
from cdp.models import Customer, CustomerChange
from segments.definitions import Definition, make_row
from segments.dependencies import in_dependency_order, segments_with_rows
from segments.exceptions import SegmentError
from segments.models import Membership, Segment, SegmentType
from segments.refreshing import affected_by, due_segments, refresh_segments
from segments.storing import compare, store
from tests import factories
from tests.conftest import NOW

pytestmark = pytest.mark.django_db

COUNTRY = make_row("country", "is_any_of", {"values": ["DK"]})
RECENT = make_row("last_order", "within_last", {"amount": 30, "unit": "days"})
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def asks_for(name: str) -> object:
    return make_row("in_segment", "is_member", {"segment": name})


def define(*definitions: Definition) -> None:
    store(compare(definitions), now=NOW)


def names(segments: Iterable[Segment]) -> list[str]:
    return [segment.name for segment in segments]


@pytest.fixture
def customer() -> Customer:
    factories.make_shop()
    customer = factories.make_customer(country="DK")
    factories.make_order(customer, NOW - 29 * DAY - HOUR)
    refresh_now(now=NOW, full=True)
    Refresh.objects.update(finished_at=NOW - HOUR)
    return customer


@pytest.mark.usefixtures("customer")
def test_each_segment_is_computed_after_those_it_asks_for() -> None:
    define(
        Definition("A last", (asks_for("B middle"),)),
        Definition("B middle", (asks_for("C first"),), excluded="D other"),
        Definition("C first", (COUNTRY,)),
        Definition("D other", (asks_for("E empty"),)),
        Definition("E empty", ()),
    )
    order = names(due_segments(now=NOW))
    assert order.index("C first") < order.index("B middle") < order.index("A last")
    assert order.index("E empty") < order.index("D other") < order.index("B middle")
    outcomes = refresh_segments(now=NOW)
    counts = {outcome.segment.name: outcome.diff.member_count for outcome in outcomes}
    assert counts == {"A last": 1, "B middle": 1, "C first": 1, "D other": 0, "E empty": 0}


@pytest.mark.usefixtures("customer")
def test_what_is_up_to_date_is_left_alone() -> None:
    define(Definition("Danes", (COUNTRY,)), Definition("Recent", (RECENT,)))
    refresh_segments(now=NOW)
    assert due_segments(now=NOW + HOUR) == []
    assert refresh_segments(now=NOW + HOUR) == []


@pytest.mark.usefixtures("customer")
def test_a_new_day_concerns_only_what_depends_on_it() -> None:
    define(
        Definition("Danes", (COUNTRY,)),
        Definition("Recent", (RECENT,)),
        Definition("Not recent", (COUNTRY,), excluded="Recent"),
    )
    refresh_segments(now=NOW)
    outcomes = refresh_segments(now=NOW + DAY)
    found = {outcome.segment.name: outcome.diff.member_count for outcome in outcomes}
    assert found == {"Recent": 0, "Not recent": 1}


def test_new_data_concerns_every_segment(customer: Customer) -> None:
    define(Definition("Danes", (COUNTRY,)), Definition("Recent", (RECENT,)))
    refresh_segments(now=NOW)
    CustomerChange.objects.create(customer=customer, changed_at=NOW)
    refresh_now(now=NOW + HOUR)
    assert sorted(names(due_segments(now=NOW + HOUR))) == ["Danes", "Recent"]


@pytest.mark.usefixtures("customer")
def test_an_edited_or_failed_segment_is_due_with_what_asks_for_it() -> None:
    define(
        Definition("Danes", (COUNTRY,)),
        Definition("Inner", (asks_for("Danes"),)),
        Definition("Else", (COUNTRY,)),
    )
    refresh_segments(now=NOW)
    Segment.objects.filter(name="Danes").update(edited_at=NOW + HOUR)
    assert names(due_segments(now=NOW + HOUR)) == ["Danes", "Inner"]
    Segment.objects.filter(name="Danes").update(edited_at=NOW, error="It failed.")
    assert names(due_segments(now=NOW + HOUR)) == ["Danes", "Inner"]


@pytest.mark.usefixtures("customer")
def test_an_archived_segment_is_refreshed_only_if_another_asks_for_it() -> None:
    define(
        Definition("Asked", (COUNTRY,)),
        Definition("Asks", (asks_for("Asked"),)),
        Definition("Put away", (COUNTRY,)),
    )
    Segment.objects.exclude(name="Asks").update(is_archived=True)
    assert names(due_segments(now=NOW)) == ["Asked", "Asks"]


@pytest.mark.usefixtures("customer")
def test_whatever_asks_for_a_changed_segment_is_affected() -> None:
    define(
        Definition("Danes", (COUNTRY,)),
        Definition("Inner", (asks_for("Danes"),)),
        Definition("Innermost", (COUNTRY,), excluded="Inner"),
        Definition("Else", (COUNTRY,)),
    )
    danes = Segment.objects.get(name="Danes")
    assert names(affected_by([danes])) == ["Danes", "Inner", "Innermost"]


@pytest.mark.usefixtures("customer")
def test_a_stored_circle_is_refused_by_name() -> None:
    define(Definition("A", (COUNTRY,)), Definition("B", (asks_for("A"),)))
    Segment.objects.filter(name="A").update(excluded_segment=Segment.objects.get(name="B"))
    with pytest.raises(SegmentError, match="“B” → “A”"):
        in_dependency_order(segments_with_rows())


@pytest.mark.usefixtures("customer")
def test_a_pinned_refresh_moves_the_moment_of_every_count() -> None:
    define(Definition("Recent", (RECENT,)))
    refresh_now(now=NOW - DAY, full=True, pinned=True)
    (outcome,) = refresh_segments(now=NOW + 365 * DAY)
    assert outcome.diff.member_count == 1
    assert outcome.segment.computed_as_of == NOW - DAY
    assert Membership.objects.get().entered_at == NOW - DAY


@pytest.mark.usefixtures("customer")
def test_a_fixed_list_is_counted_once_and_then_only_after_new_data() -> None:
    Segment.objects.create(name="List", type=SegmentType.STATIC, created_at=NOW, edited_at=NOW)
    assert names(due_segments(now=NOW)) == ["List"]
    refresh_segments(now=NOW)
    assert due_segments(now=NOW + DAY) == []
