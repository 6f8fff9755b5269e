"""Fixed lists: segments whose members a user puts in and takes out, with the same history."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import BigIntegerField, DateTimeField, Exists, OuterRef, QuerySet
from django.utils.translation import gettext as _

from analytics.clock import effective_now
from analytics.models import CustomerStatistics
from cdp import bulk, selections
from cdp.jobs.runner import enqueue
from cdp.models import CustomerSelection, SelectedCustomer, User
from cdp.text import tidy
from segments.compiler import everybody, member_q
from segments.dependencies import needs, segments_with_rows
from segments.exceptions import SegmentError
from segments.membership import LARGE_FILL, Diff, constant, finish, remember_events
from segments.models import Membership, MembershipEvent, Segment, SegmentRun, SegmentType

ADD, REMOVE = "add_to_list", "remove_from_list"
OPPOSITE = {ADD: REMOVE, REMOVE: ADD}
NAME_LENGTH = 200


def new_list(name: str, *, user: User | None, now: datetime) -> Segment:
    """Return an empty list of this name; refuse a name that a segment has already."""
    name = tidy(name)
    if not name:
        raise SegmentError(_("The list has no name."), hint=_("Write a name for it."))
    if len(name) > NAME_LENGTH:
        raise SegmentError(
            _("The name of the list is longer than %(limit)s characters.") % {"limit": NAME_LENGTH},
            hint=_("Write a shorter one."),
        )
    try:
        with transaction.atomic():
            return Segment.objects.create(
                name=name, type=SegmentType.STATIC, owner=user, created_at=now, edited_at=now
            )
    except IntegrityError:
        raise SegmentError(
            _("There is a segment “%(name)s” already.") % {"name": name},
            hint=_("Choose it among the lists, or write another name."),
        ) from None


def who_changes(
    chosen: CustomerSelection,
    segment: Segment,
    action: str,
    *,
    user: User | None,
    now: datetime,
) -> CustomerSelection:
    """Put those of the chosen aside for whom the action makes a difference."""
    is_member = Exists(Membership.objects.filter(segment=segment, customer=OuterRef("customer_id")))
    rows = SelectedCustomer.objects.filter(selection=chosen)
    rows = rows.filter(~is_member) if action == ADD else rows.filter(is_member)
    return selections.select(
        rows, user=user, now=now, column="customer_id", argument=f"{action} {segment.pk}"
    )


def add_to_list(
    segment: Segment, customers: QuerySet[CustomerStatistics], *, now: datetime
) -> Diff:
    """Make these customers members of the list; who is one already stays so since when they were.

    May be repeated, and done in pieces: each leaves the list with its history and counts complete.
    """
    with transaction.atomic():
        run = _begin(segment, now=now)
        entered = _enter(run, customers)
        return _conclude(run, entered=entered, left=0, now=now)


def remove_from_list(
    segment: Segment, customers: QuerySet[CustomerStatistics], *, now: datetime
) -> Diff:
    """Take these customers off the list; who is not on it stays off."""
    with transaction.atomic():
        run = _begin(segment, now=now)
        left = _leave(run, customers)
        return _conclude(run, entered=0, left=left, now=now)


def _begin(segment: Segment, *, now: datetime) -> SegmentRun:
    locked = Segment.objects.select_for_update(no_key=True).filter(pk=segment.pk).first()
    if locked is None or locked.type != SegmentType.STATIC:
        raise SegmentError(
            _("“%(name)s” is no fixed list: its members follow from its conditions.")
            % {"name": segment.name},
            hint=_("Choose a list, or make a new one."),
        )
    return SegmentRun.objects.create(segment=locked, started_at=now, as_of=effective_now(now))


def _enter(run: SegmentRun, customers: QuerySet[CustomerStatistics]) -> int:
    stored = Membership.objects.filter(segment=run.segment_id, customer=OuterRef("pk"))
    staged = bulk.stage_ids(customers.filter(~Exists(stored)).values_list("pk"))
    entering = staged.objects.order_by()
    entered = remember_events(MembershipEvent.Change.ENTERED, entering, "pk", run)
    bulk.insert_select(
        Membership,
        ("segment_id", "entered_at", "customer_id"),
        entering.values_list(
            constant(run.segment_id, BigIntegerField), constant(run.as_of, DateTimeField), "pk"
        ),
    )
    if entered > LARGE_FILL:
        bulk.analyze([Membership, MembershipEvent])
    return entered


def _leave(run: SegmentRun, customers: QuerySet[CustomerStatistics]) -> int:
    members = Membership.objects.filter(segment=run.segment_id)
    leaving = members.filter(customer__in=customers.order_by().values("pk"))
    left = remember_events(MembershipEvent.Change.LEFT, leaving.order_by(), "customer_id", run)
    leaving.delete()
    return left


def _conclude(run: SegmentRun, *, entered: int, left: int, now: datetime) -> Diff:
    """Count the list anew; let the segments that ask for it be computed again."""
    members = everybody().filter(member_q(run.segment))
    diff = finish(run, members, entered=entered, left=left, now=now)
    if any(run.segment_id in needs(segment) for segment in segments_with_rows()):
        enqueue("refresh_segments", str(run.segment_id), now=now)
    return diff


def change_all(change: CustomerSelection, *, now: datetime) -> Diff:
    """Do what the selection was made for, at once."""
    action, key = selections.purpose_of(change)
    customers = everybody().filter(pk__in=selections.selected_keys(change))
    return change_list(action, key, customers, now=now)


def change_list(
    action: str, key: int, customers: QuerySet[CustomerStatistics], *, now: datetime
) -> Diff:
    """Add the customers to the list with this key, or remove them."""
    act = add_to_list if action == ADD else remove_from_list
    return act(list_with_key(key), customers, now=now)


def list_with_key(key: int) -> Segment:
    """Return the list; say so if it was deleted."""
    segment = Segment.objects.filter(pk=key).first()
    if segment is None:
        raise SegmentError(
            _("The list was deleted meanwhile."), hint=_("Choose another list or make a new one.")
        )
    return segment
