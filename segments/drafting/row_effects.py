"""What each row of a stored segment does to it: alone, in its place, and if it were not there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from cdp.bulk.deadline import deadline
from segments.compiler import combined
from segments.definitions import definition_of
from segments.drafting.preview import SECONDS, funnel_of
from segments.models import Segment


@dataclass(frozen=True)
class RowEffect:
    """Customers a row finds alone, that are left after it, without it; that lack the value.

    `without` is None for the only row: without it there would be no segment.
    """

    alone: int
    after: int
    without: int | None
    unknown: int | None


def row_effects(segment: Segment, *, now: datetime) -> list[RowEffect]:
    """Return the effects of the rows in their order.

    Raises `DeadlinePassed` if counting takes too long, `SegmentError` if a row is not understood.
    """
    definition = definition_of(segment)
    funnel = funnel_of(definition, now=now)
    with deadline(SECONDS):
        without = _without_each(segment, now=now)
    return [
        RowEffect(row.alone, row.after, left, row.unknown)
        for row, left in zip(funnel, without, strict=True)
    ]


def _without_each(segment: Segment, *, now: datetime) -> list[int | None]:
    rows = [row.understood for row in definition_of(segment).rows]
    if len(rows) < 2:
        return [None] * len(rows)
    return [
        combined(
            [*rows[:place], *rows[place + 1 :]],
            match=segment.match,
            excluded=segment.excluded_segment,
            now=now,
        ).count()
        for place in range(len(rows))
    ]
