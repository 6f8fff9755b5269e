"""Who is a member: evaluating segments and recording who entered and who left."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import DatabaseError, transaction
from django.db.models import Count, Exists, OuterRef, Q, Value
from django.db.models.fields import BigIntegerField, CharField, DateTimeField

from analytics.models import CustomerStatistics
from cdp import bulk
from cdp.periods import local_day
from segments.compiler import matching, shop_time, understand
from segments.exceptions import SegmentError
from segments.models import (
    Membership,
    MembershipEvent,
    Segment,
    SegmentRun,
    SegmentSize,
    SegmentType,
)

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Diff:
    """What a refresh found: members now, how many may be mailed, who entered and left."""

    member_count: int
    mailable_count: int
    entered_count: int
    left_count: int


def refresh_memberships(segment: Segment, *, now: datetime, as_of: datetime | None = None) -> Diff | None:
    """Make the stored members of `segment` those of the moment `as_of` (default: `now`) and return the change.

    A segment that cannot be evaluated keeps its members, says why in `error`, and None is returned.
    """
    moment = as_of or now
    run = SegmentRun.objects.create(segment=segment, started_at=now, as_of=moment)
    try:
        with transaction.atomic():
            diff = _store(segment, run, now=now, as_of=moment)
    except (SegmentError, DatabaseError) as error:
        reason = (
            str(error)
            if isinstance(error, SegmentError)
            else "The database could not answer this segment. Refresh it again; simplify it if that repeats."
        )
        logger.warning("segment=%s refresh failed error=%s", segment.pk, type(error).__name__)
        SegmentRun.objects.filter(pk=run.pk).update(finished_at=now, error=reason[:1000])
        Segment.objects.filter(pk=segment.pk).update(error=reason[:1000])
        segment.error = reason[:1000]
        return None
    segment.refresh_from_db()
    return diff


def _store(segment: Segment, run: SegmentRun, *, now: datetime, as_of: datetime) -> Diff:
    wanted = bulk.stage_ids(matching(segment, now=as_of).values_list("pk"))
    members = Membership.objects.filter(segment=segment)
    staged = wanted.objects.filter(pk=OuterRef("customer_id"))
    leaving = members.filter(~Exists(staged))
    entering = wanted.objects.filter(~Exists(members.filter(customer_id=OuterRef("pk"))))

    def constant(value: object, field: type) -> Value:
        return Value(value, output_field=field())

    def events(change: str) -> tuple[Value, ...]:
        return (
            constant(segment.pk, BigIntegerField),
            constant(run.pk, BigIntegerField),
            constant(change, CharField),
            constant(now, DateTimeField),
        )

    columns = ("segment_id", "run_id", "change", "occurred_at", "customer_id")
    entered = bulk.insert_select(
        MembershipEvent, columns, entering.values_list(*events("entered"), "pk")
    )
    left = bulk.insert_select(
        MembershipEvent, columns, leaving.values_list(*events("left"), "customer_id")
    )
    leaving.delete()
    bulk.insert_select(
        Membership,
        ("segment_id", "entered_at", "customer_id"),
        entering.values_list(
            constant(segment.pk, BigIntegerField), constant(now, DateTimeField), "pk"
        ),
    )
    counts = CustomerStatistics.objects.filter(pk__in=wanted.objects.values("pk")).aggregate(
        members=Count("pk"), mailable=Count("pk", filter=Q(is_mailable__in=[True]))
    )
    diff = Diff(counts["members"], counts["mailable"], entered, left)
    Segment.objects.filter(pk=segment.pk).update(
        member_count=diff.member_count,
        mailable_count=diff.mailable_count,
        computed_at=now,
        computed_as_of=as_of,
        error="",
    )
    SegmentRun.objects.filter(pk=run.pk).update(
        finished_at=now, entered_count=entered, left_count=left, member_count=diff.member_count
    )
    _remember_size(segment, diff, now=now)
    return diff


def _remember_size(segment: Segment, diff: Diff, *, now: datetime) -> None:
    day = local_day(now, shop_time(now).tzinfo)  # type: ignore[arg-type]
    size, _created = SegmentSize.objects.get_or_create(
        segment=segment, local_date=day, defaults={"member_count": 0, "mailable_count": 0}
    )
    SegmentSize.objects.filter(pk=size.pk).update(
        member_count=diff.member_count,
        mailable_count=diff.mailable_count,
        entered_count=size.entered_count + diff.entered_count,
        left_count=size.left_count + diff.left_count,
    )


def in_dependency_order(segments: Iterable[Segment]) -> list[Segment]:
    """Return the segments so that each comes after those it asks for; raise `SegmentError` naming a cycle."""
    by_pk = {segment.pk: segment for segment in segments}
    ordered: dict[int, Segment] = {}
    path: list[int] = []

    def visit(pk: int) -> None:
        if pk in ordered or pk not in by_pk:
            return
        if pk in path:
            names = " → ".join(by_pk[step].name for step in [*path[path.index(pk) :], pk])
            raise SegmentError(
                f"These segments ask for each other in a circle: {names}.",
                hint="Remove the condition from one of them.",
            )
        path.append(pk)
        for needed in needs(by_pk[pk]):
            visit(needed)
        path.pop()
        ordered[pk] = by_pk[pk]

    for pk in by_pk:
        visit(pk)
    return list(ordered.values())


def needs(segment: Segment) -> list[int]:
    """Return the keys of the segments whose members this one is computed from."""
    asked = [
        condition.referenced_segment_id
        for condition in segment.conditions.all()
        if condition.referenced_segment_id is not None
    ]
    if segment.excluded_segment_id is not None:
        asked.append(segment.excluded_segment_id)
    return asked


def depends_on_day(segment: Segment) -> bool:
    """Return whether the members may change at midnight without any new fact."""
    if segment.type != SegmentType.DYNAMIC:
        return False
    try:
        rows = [understand(condition) for condition in segment.conditions.all()]
    except SegmentError:
        return True
    return any(row.criterion.depends_on_day(row.operator, row.params) for row in rows)
