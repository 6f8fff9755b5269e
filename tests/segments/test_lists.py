"""Fixed lists: customers put in and taken out, with history, counts and whoever asks for them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from analytics.models import CustomerStatistics
from analytics.refresh import refresh_now
from cdp import selections
from cdp.jobs.runner import enqueue, run_in_foreground
from cdp.models import Customer, CustomerChange, CustomerSelection, Job, JobState
from segments import lists
from segments.exceptions import SegmentError
from segments.membership import refresh_memberships
from segments.models import Condition, Membership, MembershipEvent, Segment, SegmentSize
from segments.refreshing import due_segments, refresh_segments
from tests import factories
from tests.conftest import NOW

pytestmark = pytest.mark.django_db

LATER = NOW + timedelta(hours=1)


@pytest.fixture
def people() -> list[Customer]:
    factories.make_shop()
    made = [
        factories.make_customer(email=f"c{number}@example.com", email_consent=number % 2)
        for number in range(4)
    ]
    refresh_now(now=NOW, full=True)
    return made


def rows(*people: Customer):
    return CustomerStatistics.objects.filter(pk__in=[person.pk for person in people])


def members(segment: Segment) -> set[int]:
    return set(Membership.objects.filter(segment=segment).values_list("customer_id", flat=True))


def choose(*people: Customer) -> CustomerSelection:
    return selections.select(rows(*people), user=None, now=NOW)


def run(kind: str, target: str) -> Job:
    job = enqueue(kind, target, now=NOW)
    return run_in_foreground(job, clock=lambda: NOW, pause=lambda seconds: None)


def test_customers_enter_a_list_once_with_their_history_and_the_counts(people) -> None:
    segment = lists.new_list("Fair 2026", user=None, now=NOW)
    first = lists.add_to_list(segment, rows(*people[:2]), now=NOW)
    assert (first.entered_count, first.member_count, first.mailable_count) == (2, 2, 1)
    second = lists.add_to_list(segment, rows(*people[1:]), now=LATER)
    assert (second.entered_count, second.member_count, second.mailable_count) == (2, 4, 2)
    assert members(segment) == {person.pk for person in people}
    assert Membership.objects.get(customer=people[1]).entered_at == NOW
    assert MembershipEvent.objects.filter(segment=segment, change="entered").count() == 4
    segment.refresh_from_db()
    assert (segment.member_count, segment.mailable_count, segment.computed_at) == (4, 2, LATER)
    size = SegmentSize.objects.get(segment=segment)
    assert (size.member_count, size.entered_count, size.left_count) == (4, 4, 0)


def test_customers_leave_a_list_and_strangers_to_it_make_no_difference(people) -> None:
    segment = lists.new_list("Fair 2026", user=None, now=NOW)
    lists.add_to_list(segment, rows(*people[:2]), now=NOW)
    diff = lists.remove_from_list(segment, rows(*people[1:]), now=LATER)
    assert (diff.left_count, diff.member_count) == (1, 1)
    assert members(segment) == {people[0].pk}
    left = MembershipEvent.objects.get(segment=segment, change="left")
    assert (left.customer_id, left.occurred_at) == (people[1].pk, LATER)


def test_a_refresh_keeps_the_members_of_a_list(people) -> None:
    segment = lists.new_list("Fair 2026", user=None, now=NOW)
    lists.add_to_list(segment, rows(*people), now=NOW)
    Customer.objects.filter(pk=people[0].pk).update(email_consent=1)
    CustomerChange.objects.create(customer=people[0], changed_at=NOW)
    refresh_now(now=LATER)
    assert [one.pk for one in due_segments(now=LATER)] == [segment.pk]
    refresh_segments(now=LATER)
    segment.refresh_from_db()
    assert (segment.member_count, segment.mailable_count, segment.error) == (4, 3, "")
    assert members(segment) == {person.pk for person in people}
    assert not MembershipEvent.objects.filter(change="left").exists()


def test_an_empty_list_stays_empty(people) -> None:
    segment = lists.new_list("Fair 2026", user=None, now=NOW)
    diff = refresh_memberships(segment, now=NOW)
    assert diff is not None
    assert diff.member_count == 0


def test_a_segment_with_conditions_takes_nobody_by_hand(people) -> None:
    segment = Segment.objects.create(name="Danes", created_at=NOW, edited_at=NOW)
    with pytest.raises(SegmentError, match="no fixed list"):
        lists.add_to_list(segment, rows(*people), now=NOW)
    assert members(segment) == set()


def test_a_name_in_use_is_refused_for_a_new_list(people) -> None:
    lists.new_list("Fair 2026", user=None, now=NOW)
    with pytest.raises(SegmentError, match="There is a segment “Fair 2026” already"):
        lists.new_list("  Fair  2026 ", user=None, now=NOW)


def test_segments_that_ask_for_a_list_follow_it(people) -> None:
    segment = lists.new_list("Fair 2026", user=None, now=NOW)
    asking = Segment.objects.create(name="Guests", created_at=NOW, edited_at=NOW)
    Condition.objects.create(
        segment=asking,
        position=1,
        criterion="in_segment",
        operator="is_member",
        parameters={},
        referenced_segment=segment,
    )
    refresh_segments(now=NOW + timedelta(minutes=1))
    assert not due_segments(now=LATER)
    lists.add_to_list(segment, rows(*people[:3]), now=LATER)
    job = Job.objects.get(kind="refresh_segments")
    run_in_foreground(job, clock=lambda: LATER, pause=lambda seconds: None)
    assert members(asking) == {person.pk for person in people[:3]}


def test_the_job_changes_exactly_those_for_whom_it_makes_a_difference(
    people, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("segments.tasks.LIST_PIECE", 1)
    segment = lists.new_list("Fair 2026", user=None, now=NOW)
    lists.add_to_list(segment, rows(people[0]), now=NOW)
    change = lists.who_changes(choose(*people[:3]), segment, lists.ADD, user=None, now=NOW)
    job = run("change_list", str(change.pk))
    assert (job.state, job.done, job.total) == (JobState.DONE, 2, 2)
    assert job.message == "2 customers were added to the list."
    assert members(segment) == {person.pk for person in people[:3]}
    assert Segment.objects.get(pk=segment.pk).member_count == 3


def test_the_job_says_that_its_list_was_deleted(people) -> None:
    segment = lists.new_list("Fair 2026", user=None, now=NOW)
    change = lists.who_changes(choose(*people), segment, lists.ADD, user=None, now=NOW)
    segment.delete()
    job = run("change_list", str(change.pk))
    assert (job.state, job.message) == (
        JobState.FAILED,
        "The list was deleted meanwhile. Choose another list or make a new one.",
    )
