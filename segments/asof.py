"""A segment as it was at a past moment, computed from what was known then; nothing is stored.

It loads numpy, so nothing that serves pages imports it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from django.db import transaction
from django.db.models import BigIntegerField, DateTimeField, Exists, OuterRef, QuerySet, Value

from analytics.asof import classified_as_of
from analytics.models import CustomerStatistics
from cdp import bulk
from cdp.bulk.timetravel import only_before, scratch
from segments.compiler import matching
from segments.dependencies import is_predicted, segments_with_rows, with_needed
from segments.models import Membership, MembershipEvent, Segment, SegmentType


@contextmanager
def members_as_of(segment: Segment, moment: datetime) -> Iterator[QuerySet[CustomerStatistics]]:
    """Give who was in the segment, as it is defined today, at `moment`.

    The segments it asks for are computed for that moment too; lists and snapshots have the members
    of then. The queryset works inside the context only, on this connection.
    """
    needed = with_needed([segment], segments_with_rows())
    with past(moment, predicts=any(map(is_predicted, needed))):
        for other in needed:
            if other.pk != segment.pk or other.type != SegmentType.DYNAMIC:
                fill(other, moment)
        yield matching(segment, now=moment)


@contextmanager
def past(moment: datetime, *, predicts: bool = False) -> Iterator[None]:
    """Show this connection the shop as of `moment`, with segments that `fill` has yet to fill.

    Predictions are made for that moment only if asked for: learning takes its time.
    """
    with (
        classified_as_of(moment, predicts=predicts),
        only_before(MembershipEvent, "occurred_at", moment),
        scratch(Membership),
    ):
        yield


def fill(segment: Segment, moment: datetime) -> None:
    """Give a segment its members of `moment`, inside `past`, after those it asks for."""
    if segment.type == SegmentType.DYNAMIC:
        customers = matching(segment, now=moment).values_list("pk")
    else:
        customers = _listed(segment)
    with transaction.atomic():
        staged = bulk.stage_ids(customers)
        bulk.insert_select(
            Membership,
            ("segment_id", "entered_at", "customer_id"),
            staged.objects.order_by().values_list(
                Value(segment.pk, output_field=BigIntegerField()),
                Value(moment, output_field=DateTimeField()),
                "pk",
            ),
        )


def _listed(segment: Segment) -> QuerySet:
    """Return the customers whose latest event before the moment was that they entered."""
    events = MembershipEvent.objects.filter(segment=segment)
    later = events.filter(customer_id=OuterRef("customer_id"), pk__gt=OuterRef("pk"))
    entered = events.filter(~Exists(later), change=MembershipEvent.Change.ENTERED)
    return entered.order_by().values_list("customer_id")
