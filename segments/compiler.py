"""From condition rows to a queryset, knowing no criterion by name."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Q, QuerySet

from analytics.models import CustomerStatistics
from cdp.models import Customer, Shop
from segments.criteria.queries import owners
from segments.models import Match, Membership, Segment, SegmentType
from segments.rows import Row, understand

__all__ = ["Row", "combined", "customers_in", "matching", "shop_time", "understand"]


def shop_time(now: datetime) -> datetime:
    """Return `now` in the shop's time zone, as criteria want it."""
    return now.astimezone(Shop.objects.current().zone)


def rows_of(segment: Segment) -> list[Row]:
    """Return the condition rows; raise `ConditionError` naming the first that is not understood."""
    return [understand(condition) for condition in segment.conditions.all()]


def matching(segment: Segment, *, now: datetime) -> QuerySet[CustomerStatistics]:
    """Return the statistics rows of everybody in the segment at `now`; without rows it has nobody.

    Raises `SegmentError` if a row cannot be understood. One that is not dynamic has its members.
    """
    if segment.type != SegmentType.DYNAMIC:
        return everybody().filter(member_q(segment))
    excluded = segment.excluded_segment
    return combined(rows_of(segment), match=segment.match, excluded=excluded, now=now)


def combined(
    rows: Sequence[Row], *, match: str, excluded: Segment | None = None, now: datetime
) -> QuerySet[CustomerStatistics]:
    """Return the statistics rows that fulfil all or any of `rows` and are not in `excluded`."""
    if not rows:
        return everybody().none()
    local = shop_time(now)
    asked = [row.q(now=local) for row in rows]
    if match == Match.ANY and len(asked) > 1:
        # A union of id sets: databases answer it far faster than OR over subqueries.
        first, *others = (everybody().filter(q).values("pk") for q in asked)
        found = everybody().filter(pk__in=first.union(*others))
    else:
        found = everybody().filter(*asked)
    return found if excluded is None else found.filter(~member_q(excluded))


def everybody() -> QuerySet[CustomerStatistics]:
    """Return the root of every segment query: one row per customer."""
    return CustomerStatistics.objects.order_by()


def member_q(segment: Segment) -> Q:
    """Return the stored members of a segment as Q."""
    return owners(Membership.objects.filter(segment=segment))


def customers_in(segment: Segment, *, now: datetime) -> QuerySet[Customer]:
    """Return everybody in the segment at `now`."""
    return Customer.objects.filter(pk__in=matching(segment, now=now).values("pk"))
