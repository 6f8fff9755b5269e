"""From condition rows to a queryset, knowing no criterion by name."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet

from analytics.models import CustomerStatistics
from cdp.exceptions import RegularsError
from cdp.models import Customer, Shop
from segments.criteria import Criterion, criteria
from segments.criteria.operators import Operator, Params
from segments.exceptions import SegmentError
from segments.models import Condition, Match, Membership, Segment, SegmentType


@dataclass(frozen=True)
class Row:
    """A condition row understood: criterion, operator and clean parameters."""

    criterion: Criterion
    operator: Operator
    params: Params
    is_negated: bool = False

    def q(self, *, now: datetime) -> Q:
        """Return the row as Q; a negated row is the complement, customers without the value included."""
        asked = self.criterion.q(self.operator, self.params, now=now)
        return ~asked if self.is_negated else asked


def understand(condition: Condition) -> Row:
    """Return the row behind a stored condition; raise `SegmentError` naming the row if it has none."""
    try:
        criterion = criteria.get(condition.criterion)
        operator = criterion.operator(condition.operator)
        params = criterion.clean(operator, condition.parameters)
    except RegularsError as error:
        raise SegmentError(
            f"Condition {condition.position} cannot be evaluated: {error.message}", hint=error.hint
        ) from error
    return Row(criterion, operator, params, condition.is_negated)


def shop_time(now: datetime) -> datetime:
    """Return `now` in the shop's time zone, as criteria want it."""
    return now.astimezone(Shop.objects.current().zone)


def matching(segment: Segment, *, now: datetime) -> QuerySet[CustomerStatistics]:
    """Return the statistics rows of everybody in the segment at `now`; a segment without rows has nobody.

    Raises `SegmentError` if a row cannot be understood. One that is not dynamic has its stored members.
    """
    everybody = CustomerStatistics.objects.order_by()
    if segment.type != SegmentType.DYNAMIC:
        return everybody.filter(pk__in=members_of(segment))
    rows = [understand(condition) for condition in segment.conditions.all()]
    return combined(rows, match=segment.match, excluded=segment.excluded_segment, now=now)


def combined(
    rows: list[Row], *, match: str, excluded: Segment | None, now: datetime
) -> QuerySet[CustomerStatistics]:
    """Return the statistics rows that fulfil all or any of `rows` and are not members of `excluded`."""
    everybody = CustomerStatistics.objects.order_by()
    if not rows:
        return everybody.none()
    local = shop_time(now)
    parts = [everybody.filter(row.q(now=local)) for row in rows]
    if match == Match.ANY and len(parts) > 1:
        ids = parts[0].values("pk").union(*(part.values("pk") for part in parts[1:]))
        found = everybody.filter(pk__in=ids)
    else:
        found = everybody.filter(*(row.q(now=local) for row in rows))
    return found if excluded is None else found.exclude(pk__in=members_of(excluded))


def members_of(segment: Segment) -> QuerySet:
    """Return the customer ids stored as members of a segment."""
    return Membership.objects.filter(segment=segment).values("customer_id")


def customers_in(segment: Segment, *, now: datetime) -> QuerySet[Customer]:
    """Return everybody in the segment at `now`."""
    return Customer.objects.filter(pk__in=matching(segment, now=now).values("pk"))
