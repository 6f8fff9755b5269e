"""A snapshot holds the members of one moment and nothing changes it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from segments.exceptions import SegmentError
from segments.models import (
    Membership,
    MembershipEvent,
    Segment,
    SegmentRun,
    SegmentSize,
    SegmentType,
)
from segments.refreshing import due_segments, refresh_segments
from segments.snapshots import take_snapshot
from tests.conftest import NOW
from tests.segments.marketing import DANES, compute, make_buyers, make_segment

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=2)


def members(segment: Segment) -> set[int]:
    return set(Membership.objects.filter(segment=segment).values_list("customer_id", flat=True))


def test_it_has_the_members_of_the_moment_with_history_and_counts() -> None:
    make_buyers()
    danes = make_segment("Danes", DANES)
    kept = take_snapshot(danes, name=" Danes  in November ", user=None, now=LATER)
    assert (kept.name, kept.type) == ("Danes in November", SegmentType.SNAPSHOT)
    assert members(kept) == members(danes)
    assert (kept.member_count, kept.mailable_count, kept.computed_as_of) == (3, 3, NOW)
    assert kept.computed_at == LATER
    run = SegmentRun.objects.get(segment=kept)
    assert (run.entered_count, run.left_count, run.member_count) == (3, 0, 3)
    assert MembershipEvent.objects.filter(segment=kept, change="entered", run=run).count() == 3
    assert SegmentSize.objects.get(segment=kept).member_count == 3
    assert "Danes" in kept.note


def test_it_stays_as_it_is_when_the_segment_changes() -> None:
    people = make_buyers()
    danes = make_segment("Danes", DANES)
    kept = take_snapshot(danes, name="Kept", user=None, now=NOW)
    people[0].country = "SE"
    people[0].save()
    compute()
    refresh_segments(now=LATER, segments=[*due_segments(now=LATER), danes, kept])
    assert members(danes) == members(kept) - {people[0].pk}
    assert len(members(kept)) == 3


@pytest.mark.parametrize(
    ("name", "problem"),
    [("", "needs a name"), (" ", "needs a name"), ("x" * 201, "200"), ("Danes", "already")],
)
def test_a_name_that_cannot_be_used_is_refused(name: str, problem: str) -> None:
    make_buyers()
    danes = make_segment("Danes", DANES)
    with pytest.raises(SegmentError, match=problem):
        take_snapshot(danes, name=name, user=None, now=NOW)
    assert Segment.objects.count() == 1


def test_what_was_never_computed_has_no_members_to_keep() -> None:
    make_buyers()
    segment = Segment.objects.create(name="New", created_at=NOW, edited_at=NOW)
    with pytest.raises(SegmentError, match="Refresh it first"):
        take_snapshot(segment, name="Kept", user=None, now=NOW)


def test_a_snapshot_of_nobody_is_empty() -> None:
    make_buyers(2)
    nobody = make_segment("Nobody")
    kept = take_snapshot(nobody, name="Kept", user=None, now=NOW)
    assert (kept.member_count, members(kept)) == (0, set())
