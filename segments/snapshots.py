"""Keeping the members a segment has now as a list of its own that nothing changes any more."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import BigIntegerField, DateTimeField
from django.utils.translation import gettext as _

from cdp import bulk
from cdp.models import User
from cdp.text import tidy
from segments.compiler import everybody, member_q
from segments.definitions import NAME_LENGTH
from segments.exceptions import SegmentError
from segments.membership import LARGE_FILL, constant, finish, remember_events
from segments.models import Membership, MembershipEvent, Segment, SegmentRun, SegmentType


def take_snapshot(segment: Segment, *, name: str, user: User | None, now: datetime) -> Segment:
    """Return a new segment with the members that are stored now, who all enter it now.

    Its note says where they come from. Refuses a name that is empty or taken.
    """
    if segment.computed_at is None:
        raise SegmentError(
            _("“%(name)s” has not been computed yet, so there are no members to keep.")
            % {"name": segment.name},
            hint=_("Refresh it first."),
        )
    note = _("The members of “%(name)s” as they were on this day.") % {"name": segment.name}
    as_of = segment.computed_as_of or segment.computed_at
    with transaction.atomic():
        kept = _create(_checked(name), note=note, user=user, now=now)
        run = SegmentRun.objects.create(segment=kept, started_at=now, as_of=as_of)
        members = Membership.objects.filter(segment=segment).order_by()
        entered = remember_events(MembershipEvent.Change.ENTERED, members, "customer_id", run)
        bulk.insert_select(
            Membership,
            ("segment_id", "entered_at", "customer_id"),
            members.values_list(
                constant(kept.pk, BigIntegerField), constant(as_of, DateTimeField), "customer_id"
            ),
        )
        if entered > LARGE_FILL:
            bulk.analyze([Membership, MembershipEvent])
        finish(run, everybody().filter(member_q(kept)), entered=entered, left=0, now=now)
    kept.refresh_from_db()
    return kept


def _checked(name: str) -> str:
    name = tidy(name)
    if not 0 < len(name) <= NAME_LENGTH:
        raise SegmentError(
            _("The list needs a name of 1 to %(limit)s characters.") % {"limit": NAME_LENGTH},
            hint=_("Write a name for it."),
        )
    return name


def _create(name: str, *, note: str, user: User | None, now: datetime) -> Segment:
    try:
        with transaction.atomic():
            return Segment.objects.create(
                name=name,
                type=SegmentType.SNAPSHOT,
                note=note,
                owner=user,
                created_at=now,
                edited_at=now,
            )
    except IntegrityError:
        raise SegmentError(
            _("There is a segment “%(name)s” already.") % {"name": name},
            hint=_("Write another name."),
        ) from None
