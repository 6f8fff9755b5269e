"""Who is a member: entering, leaving, counts, history, failures, and their cost."""

from __future__ import annotations

import threading
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext

from analytics.models import CustomerStatistics
from analytics.refresh import refresh_now
from cdp.models import Customer, CustomerChange
from segments import membership
from segments.criteria import criteria
from segments.membership import Diff, refresh_memberships
from segments.models import (
    Condition,
    Membership,
    MembershipEvent,
    Segment,
    SegmentRun,
    SegmentSize,
    SegmentType,
)
from tests import factories
from tests.conftest import NOW

pytestmark = pytest.mark.django_db


def make_segment(
    name: str = "Danes",
    criterion: str = "country",
    operator: str = "is_any_of",
    parameters: dict[str, object] | None = None,
    **values: object,
) -> Segment:
    segment = Segment.objects.create(name=name, created_at=NOW, edited_at=NOW, **values)
    Condition.objects.create(
        segment=segment,
        position=1,
        criterion=criterion,
        operator=operator,
        parameters={"values": ["DK"]} if parameters is None else parameters,
    )
    return segment


def people(count: int, **values: object) -> list[Customer]:
    factories.make_shop()
    return [factories.make_customer(country="DK", **values) for _ in range(count)]


def known(now: datetime = NOW) -> None:
    refresh_now(now=now, full=True)


def members(segment: Segment) -> set[int]:
    return set(Membership.objects.filter(segment=segment).values_list("customer_id", flat=True))


def history(segment: Segment) -> list[tuple[int, str]]:
    events = MembershipEvent.objects.filter(segment=segment).order_by("pk")
    return list(events.values_list("customer_id", "change"))


def test_customers_enter_and_leave_and_the_history_says_so() -> None:
    first, second = people(2)
    known()
    segment = make_segment()
    assert refresh_memberships(segment, now=NOW) == Diff(2, 0, 2, 0)
    first.country = "DE"
    first.save()
    third = factories.make_customer(country="DK")
    later = NOW + timedelta(days=1)
    known(later)
    assert refresh_memberships(segment, now=later) == Diff(2, 0, 1, 1)
    assert members(segment) == {second.pk, third.pk}
    assert sorted(history(segment)) == sorted(
        [
            (first.pk, "entered"),
            (second.pk, "entered"),
            (third.pk, "entered"),
            (first.pk, "left"),
        ]
    )
    entered = Membership.objects.get(segment=segment, customer=third)
    stayed = Membership.objects.get(segment=segment, customer=second)
    assert (entered.entered_at, stayed.entered_at) == (later, NOW)


def test_a_second_refresh_changes_nothing() -> None:
    people(3)
    known()
    segment = make_segment()
    refresh_memberships(segment, now=NOW)
    before = list(Membership.objects.order_by("pk").values()), history(segment)
    assert refresh_memberships(segment, now=NOW) == Diff(3, 0, 0, 0)
    assert (list(Membership.objects.order_by("pk").values()), history(segment)) == before


def test_the_segment_carries_count_mailable_count_and_age() -> None:
    people(2)
    people(1, email="a@example.com", email_consent=1)
    known()
    segment = make_segment()
    refresh_memberships(segment, now=NOW)
    assert (segment.member_count, segment.mailable_count) == (3, 1)
    assert (segment.computed_at, segment.computed_as_of, segment.error) == (NOW, NOW, "")
    run = SegmentRun.objects.get()
    assert (run.entered_count, run.left_count, run.member_count) == (3, 0, 3)
    assert (run.started_at, run.finished_at, run.error) == (NOW, NOW, "")
    assert set(MembershipEvent.objects.values_list("run", flat=True)) == {run.pk}


def test_a_pinned_moment_is_when_members_enter() -> None:
    people(1)
    past = datetime(2026, 1, 1, tzinfo=UTC)
    known(past)
    segment = make_segment()
    refresh_memberships(segment, now=NOW, as_of=past)
    assert Membership.objects.get().entered_at == past
    assert MembershipEvent.objects.get().occurred_at == past
    assert (segment.computed_at, segment.computed_as_of) == (NOW, past)


@pytest.mark.parametrize(
    ("criterion", "parameters"),
    [("gone", {}), ("country", {}), ("country", {"values": ["DK"], "more": 1})],
)
def test_a_row_that_is_not_understood_keeps_the_members_and_says_why(
    criterion: str, parameters: dict[str, object]
) -> None:
    people(2)
    known()
    segment = make_segment()
    refresh_memberships(segment, now=NOW)
    Condition.objects.update(criterion=criterion, parameters=parameters)
    later = NOW + timedelta(hours=1)
    segment = Segment.objects.get()
    assert refresh_memberships(segment, now=later) is None
    segment.refresh_from_db()
    assert "ondition 1" in segment.error
    assert len(members(segment)) == segment.member_count == 2
    assert segment.computed_at == NOW
    assert SegmentRun.objects.latest("pk").error == segment.error
    Condition.objects.update(criterion="country", parameters={"values": ["DK"]})
    segment = Segment.objects.get()
    assert refresh_memberships(segment, now=later) == Diff(2, 0, 0, 0)
    assert segment.error == ""


def test_a_programming_error_in_a_criterion_keeps_the_members_without_leaking_data(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    people(1)
    known()
    segment = make_segment()
    refresh_memberships(segment, now=NOW)

    address = "@".join(["secret", "example.com"])

    def fail(*args: object, **kwargs: object) -> None:
        raise ValueError(address)

    monkeypatch.setattr(type(criteria.get("country")), "q", fail)
    assert refresh_memberships(segment, now=NOW) is None
    assert "ValueError" in segment.error
    assert address not in segment.error + caplog.text
    assert len(members(segment)) == 1


@pytest.mark.parametrize("is_usable", [True, False])
def test_a_lost_database_is_told_from_a_question_it_cannot_answer(
    is_usable: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    people(1)
    segment = make_segment()

    def fail(*args: object, **kwargs: object) -> None:
        raise OperationalError("gone")

    monkeypatch.setattr(type(criteria.get("country")), "q", fail)
    monkeypatch.setattr(connection, "is_usable", lambda: is_usable)
    if is_usable:
        assert refresh_memberships(segment, now=NOW) is None
        assert "OperationalError" in segment.error
    else:
        with pytest.raises(OperationalError):
            refresh_memberships(segment, now=NOW)


def test_a_segment_without_conditions_loses_everybody() -> None:
    people(2)
    known()
    segment = make_segment()
    refresh_memberships(segment, now=NOW)
    Condition.objects.all().delete()
    assert refresh_memberships(Segment.objects.get(), now=NOW) == Diff(0, 0, 0, 2)


def test_an_erased_customer_leaves_also_a_fixed_list() -> None:
    first, second = people(2)
    known()
    segment = make_segment()
    refresh_memberships(segment, now=NOW)
    listed = factories.make_static_segment("List", [first, second], NOW)
    first.erased_at = NOW
    first.save()
    CustomerChange.objects.create(customer=first, changed_at=NOW)
    later = NOW + timedelta(hours=1)
    refresh_now(now=later)
    assert not CustomerStatistics.objects.filter(pk=first.pk).exists()
    for one in (segment, listed):
        assert refresh_memberships(one, now=later).left_count == 1
        assert members(one) == {second.pk}


@pytest.mark.parametrize("kind", [SegmentType.STATIC, SegmentType.SNAPSHOT])
def test_a_list_or_snapshot_keeps_its_members_whatever_they_do(kind: SegmentType) -> None:
    first, _other = people(2)
    known()
    listed = factories.make_static_segment("List", [first], NOW)
    Segment.objects.update(type=kind)
    listed.refresh_from_db()
    assert refresh_memberships(listed, now=NOW) == Diff(1, 0, 0, 0)
    assert members(listed) == {first.pk}


def test_sizes_are_kept_per_local_day_with_what_entered_and_left_in_it() -> None:
    first, _second = people(2)
    known()
    segment = make_segment()
    just_before_midnight = datetime(2026, 6, 1, 21, 59, tzinfo=UTC)
    refresh_memberships(segment, now=just_before_midnight)
    first.country = "DE"
    first.save()
    known(just_before_midnight)
    refresh_memberships(segment, now=just_before_midnight)
    refresh_memberships(segment, now=just_before_midnight + timedelta(minutes=1))
    sizes = SegmentSize.objects.values_list(
        "local_date", "member_count", "entered_count", "left_count"
    )
    assert list(sizes) == [(date(2026, 6, 1), 1, 2, 1), (date(2026, 6, 2), 1, 0, 0)]


def test_the_number_of_queries_does_not_grow_with_the_members() -> None:
    people(2)
    known()
    segment = make_segment()

    def cost(now: datetime) -> int:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            refresh_memberships(segment, now=now)
        return len(queries)

    cost(NOW)  # The first run of a connection makes the temporary table.
    Membership.objects.all().delete()
    few = cost(NOW + timedelta(days=1))
    people(40)
    known()
    assert cost(NOW + timedelta(days=2)) == few


def test_many_new_members_are_made_known_to_the_planner(monkeypatch: pytest.MonkeyPatch) -> None:
    people(3)
    known()
    analyzed: list[object] = []
    monkeypatch.setattr(membership, "LARGE_FILL", 2)
    monkeypatch.setattr(membership.bulk, "analyze", lambda models: analyzed.extend(models))
    segment = make_segment()
    refresh_memberships(segment, now=NOW)
    refresh_memberships(segment, now=NOW)
    assert analyzed == [Membership, MembershipEvent]


def test_a_segment_deleted_meanwhile_is_left_alone() -> None:
    people(1)
    known()
    make_segment()
    stale = Segment.objects.get()
    Segment.objects.all().delete()
    assert refresh_memberships(stale, now=NOW) is None
    assert stale.error == ""


@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite has one writer at a time.")
@pytest.mark.django_db(transaction=True)
def test_two_refreshes_at_once_neither_double_members_nor_fail() -> None:
    people(30)
    known()
    segment = make_segment()
    barrier = threading.Barrier(3)
    found: list[Diff | None] = []

    def work() -> None:
        try:
            barrier.wait()
            found.append(refresh_memberships(Segment.objects.get(pk=segment.pk), now=NOW))
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(diff.entered_count for diff in found if diff is not None) == [0, 0, 30]
    assert MembershipEvent.objects.count() == Membership.objects.count() == 30
