"""Who is a member: evaluating a segment and recording who entered and who left."""

from __future__ import annotations

import logging
import traceback
from dataclasses import dataclass
from datetime import datetime

from django.db import InterfaceError, OperationalError, connection, transaction
from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Value
from django.db.models.fields import BigIntegerField, CharField, DateTimeField, Field
from django.utils.translation import gettext

from analytics.models import CustomerStatistics
from cdp import bulk
from cdp.exceptions import RegularsError
from segments.compiler import matching, shop_time
from segments.models import Membership, MembershipEvent, Segment, SegmentRun, SegmentSize

# After this many new rows the query planner must hear of them.
LARGE_FILL = 10_000
REASON_LENGTH = 1000

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Diff:
    """What a refresh found: members now, how many may be mailed, who entered and left."""

    member_count: int
    mailable_count: int
    entered_count: int
    left_count: int


def refresh_memberships(
    segment: Segment, *, now: datetime, as_of: datetime | None = None
) -> Diff | None:
    """Make the stored members those of the moment `as_of` (default: `now`); return the change.

    A segment that cannot be evaluated keeps its members, says why in `error`, and None is returned.
    Who enters or leaves does so at `as_of`: the history is that of the shop's own time.
    """
    moment = as_of or now
    try:
        with transaction.atomic():
            diff = _store(segment.pk, now=now, as_of=moment)
    except Exception as error:  # Whatever goes wrong in one segment must not stop the others.
        is_lost = isinstance(error, OperationalError | InterfaceError)
        if is_lost and not connection.is_usable():
            raise  # The database is gone: nothing can be recorded, and the job waits for it.
        _keep_members(segment, error, now=now, as_of=moment)
        return None
    if diff is not None:
        segment.refresh_from_db()
    return diff


def _keep_members(segment: Segment, error: Exception, *, now: datetime, as_of: datetime) -> None:
    """Record why a segment could not be evaluated; its members stay as they are."""
    name = type(error).__name__
    if isinstance(error, RegularsError):
        reason = str(error)
        logger.warning("segment=%s refresh failed error=%s", segment.pk, name)
    else:
        reason = gettext(
            "The segment could not be computed (%(error)s), so its members are the ones from "
            "before. Refresh it again; change its conditions if that repeats."
        ) % {"error": name}
        # The text of the error is left out: it may quote a customer's data.
        frames = "".join(traceback.format_tb(error.__traceback__)).rstrip()
        logger.error("segment=%s refresh failed error=%s\n%s", segment.pk, name, frames)
    segment.error = reason[:REASON_LENGTH]
    with transaction.atomic():
        if Segment.objects.filter(pk=segment.pk).update(error=segment.error):
            SegmentRun.objects.create(
                segment=segment, started_at=now, finished_at=now, as_of=as_of, error=segment.error
            )


def _store(key: int, *, now: datetime, as_of: datetime) -> Diff | None:
    """Compare wanted and stored members inside the database, under a lock on the segment."""
    segment = Segment.objects.select_for_update(no_key=True).filter(pk=key).first()
    if segment is None:
        return None  # It was deleted meanwhile, and its members with it.
    run = SegmentRun.objects.create(segment=segment, started_at=now, as_of=as_of)
    wanted = bulk.stage_ids(matching(segment, now=as_of).values_list("pk"))
    members = Membership.objects.filter(segment=segment)
    leaving = members.filter(~Exists(wanted.objects.filter(pk=OuterRef("customer_id"))))
    entering = wanted.objects.filter(~Exists(members.filter(customer_id=OuterRef("pk"))))
    entered = remember_events(MembershipEvent.Change.ENTERED, entering.order_by(), "pk", run)
    left = remember_events(MembershipEvent.Change.LEFT, leaving.order_by(), "customer_id", run)
    leaving.delete()
    bulk.insert_select(
        Membership,
        ("segment_id", "entered_at", "customer_id"),
        entering.order_by().values_list(
            constant(segment.pk, BigIntegerField), constant(as_of, DateTimeField), "pk"
        ),
    )
    if entered > LARGE_FILL:
        bulk.analyze([Membership, MembershipEvent])
    counted = CustomerStatistics.objects.filter(pk__in=wanted.objects.values("pk"))
    return finish(run, counted, entered=entered, left=left, now=now)


def finish(
    run: SegmentRun,
    members: QuerySet[CustomerStatistics],
    *,
    entered: int,
    left: int,
    now: datetime,
) -> Diff:
    """Count the members and store what the run found: with the segment, the run and the day."""
    counts = members.aggregate(
        members=Count("pk"), mailable=Count("pk", filter=Q(is_mailable__in=[True]))
    )
    diff = Diff(counts["members"], counts["mailable"], entered, left)
    Segment.objects.filter(pk=run.segment_id).update(
        member_count=diff.member_count,
        mailable_count=diff.mailable_count,
        computed_at=now,
        computed_as_of=run.as_of,
        error="",
    )
    SegmentRun.objects.filter(pk=run.pk).update(
        finished_at=now, entered_count=entered, left_count=left, member_count=diff.member_count
    )
    _remember_size(run, diff)
    return diff


def constant(value: object, field: type[Field]) -> Value:
    """Return a column that is the same in every selected row."""
    return Value(value, output_field=field())


def remember_events(change: str, rows: QuerySet, customer: str, run: SegmentRun) -> int:
    """Append one event for the customer of each row; return how many."""
    constants = (
        constant(run.segment_id, BigIntegerField),
        constant(run.pk, BigIntegerField),
        constant(change, CharField),
        constant(run.as_of, DateTimeField),
    )
    columns = ("segment_id", "run_id", "change", "occurred_at", "customer_id")
    selected = rows.values_list(*constants, customer)
    return bulk.insert_select(MembershipEvent, columns, selected)


def _remember_size(run: SegmentRun, diff: Diff) -> None:
    """Store how large the segment is at the end of this local day, as far as known."""
    size, _created = SegmentSize.objects.get_or_create(
        segment_id=run.segment_id,
        local_date=shop_time(run.as_of).date(),
        defaults={"member_count": 0, "mailable_count": 0},
    )
    SegmentSize.objects.filter(pk=size.pk).update(
        member_count=diff.member_count,
        mailable_count=diff.mailable_count,
        entered_count=F("entered_count") + diff.entered_count,
        left_count=F("left_count") + diff.left_count,
    )
