"""Why a customer is in a segment, or is not: each row asked of that one customer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db.models import Q

from analytics.clock import effective_now
from analytics.models import CustomerStatistics
from cdp.masking import MASK
from cdp.models import Customer, Shop
from segments.compiler import everybody, shop_time, understand
from segments.criteria.queries import about
from segments.exceptions import SegmentError
from segments.models import Condition, Match, Membership, Segment
from segments.rows import Row

# How far ahead a change by the calendar alone is looked for.
HORIZON_DAYS = 400


@dataclass(frozen=True)
class RowVerdict:
    """What a row wants, what is the case, and whether that is enough (None: it cannot be asked).

    `changes_on` is the day on which the answer turns round if the customer does nothing more.
    """

    wanted: str
    actual: str
    passes: bool | None
    changes_on: date | None = None


@dataclass(frozen=True)
class Verdict:
    """The rows and what follows from them; `is_stored` is what the last refresh of it found.

    `changes_on` is the day on which membership would turn round; `problem` says why it cannot be
    told.
    """

    rows: tuple[RowVerdict, ...]
    excluded: str
    is_excluded: bool
    belongs: bool | None
    is_stored: bool
    changes_on: date | None
    problem: str = ""


def why(
    segment: Segment, customer: Customer, *, now: datetime, may_see_contact: bool = True
) -> Verdict:
    """Return the verdict on each row of a dynamic segment at the moment segments speak of."""
    local = shop_time(effective_now(now))
    counted = _statistics(customer)
    is_stored = Membership.objects.filter(segment=segment, customer=customer).exists()
    if counted is None:
        return Verdict((), "", False, None, is_stored, None)
    asking = _Asking(counted, local, may_see_contact)
    rows = tuple(asking.verdict(condition) for condition in segment.conditions.all())
    excluded = segment.excluded_segment
    is_excluded = (
        excluded is not None
        and Membership.objects.filter(segment=excluded, customer=customer).exists()
    )
    problem = next((row.actual for row in rows if row.passes is None), "")
    answers = [row.passes for row in rows]
    belongs = None if problem else _combined(answers, segment.match) and not is_excluded
    return Verdict(
        rows,
        "" if excluded is None else excluded.name,
        is_excluded,
        belongs,
        is_stored,
        None if problem or is_excluded else _turning_day(rows, segment.match),
        problem,
    )


def _statistics(customer: Customer) -> CustomerStatistics | None:
    related = everybody().select_related(
        "customer", "customer__classification", "customer__forecast"
    )
    return related.filter(pk=customer.pk).first()


def _combined(answers: Sequence[bool | None], match: str) -> bool:
    if not answers:
        return False
    return any(answers) if match == Match.ANY else all(answers)


def _turning_day(rows: Sequence[RowVerdict], match: str) -> date | None:
    """Return the first day on which the rows together say something else than today."""
    today = _combined([row.passes for row in rows], match)
    for day in sorted({row.changes_on for row in rows if row.changes_on is not None}):
        turned = [
            row.passes != (row.changes_on is not None and row.changes_on <= day) for row in rows
        ]
        if _combined(turned, match) != today:
            return day
    return None


class _Asking:
    """Asks rows of one customer at one moment."""

    def __init__(self, counted: CustomerStatistics, local: datetime, may_see_contact: bool) -> None:
        self._counted = counted
        self._local = local
        self._may_see_contact = may_see_contact
        self._currency = Shop.objects.current().currency

    def verdict(self, condition: Condition) -> RowVerdict:
        """Return the verdict on a stored row; one that is not understood says why."""
        try:
            row = understand(condition)
        except SegmentError as error:
            return RowVerdict(condition.criterion, error.message, None)
        passes = self._holds(row, self._local)
        return RowVerdict(
            row.describe(currency=self._currency),
            self._actual(row),
            passes,
            self._changes_on(row, passes),
        )

    def _holds(self, row: Row, moment: datetime) -> bool:
        with about(self._counted.pk):
            asked: Q = row.q(now=moment)
        return everybody().filter(asked, pk=self._counted.pk).exists()

    def _actual(self, row: Row) -> str:
        if row.criterion.shows_contact_data and not self._may_see_contact:
            return MASK
        return row.criterion.actual(
            row.operator,
            row.params,
            about=self._counted,
            now=self._local,
            currency=self._currency,
        )

    def _changes_on(self, row: Row, passes: bool) -> date | None:
        later = row.criterion.later(row.operator, row.params, about=self._counted, now=self._local)
        if later is not None:
            return next(
                (
                    self._day(ahead)
                    for ahead in range(1, HORIZON_DAYS + 1)
                    if (later(self._moment(ahead)) != row.is_negated) != passes
                ),
                None,
            )
        return self._searched(row, passes) if row.depends_on_day else None

    def _searched(self, row: Row, passes: bool) -> date | None:
        """Halve the days ahead: what only the database knows leaves a window once and for all."""
        same, other = 0, HORIZON_DAYS
        if self._holds(row, self._moment(other)) == passes:
            return None
        while other - same > 1:
            middle = (same + other) // 2
            if self._holds(row, self._moment(middle)) == passes:
                same = middle
            else:
                other = middle
        return self._day(other)

    def _day(self, ahead: int) -> date:
        return self._local.date() + timedelta(days=ahead)

    def _moment(self, ahead: int) -> datetime:
        return datetime.combine(self._day(ahead), time(12), tzinfo=self._local.tzinfo)
