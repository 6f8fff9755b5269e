"""What came and what went by day: columns above and below a line, with the table beside them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils import formats
from django.utils.translation import gettext as _

from analytics.charts.scale import (
    Axis,
    Frame,
    Tick,
    axis,
    axis_figure,
    figure,
    frame,
    named_days,
    place,
)

# More columns than this cannot be told apart: the days of a week, or of several, share one.
MAX_COLUMNS = 60
WEEK = 7


@dataclass(frozen=True)
class Column:
    """A rectangle and what it says."""

    x: str
    y: str
    width: str
    height: str
    label: str


@dataclass(frozen=True)
class ColumnDrawing:
    """The columns within a frame of one size."""

    frame: Frame
    zero: str
    days: tuple[Tick, ...]
    values: tuple[Tick, ...]
    above: tuple[Column, ...]
    below: tuple[Column, ...]


@dataclass(frozen=True)
class ColumnChart:
    """What the template shows: two drawings of the same, of which one fits, and a table."""

    title: str
    above: str
    below: str
    description: str
    rows: tuple[tuple[str, str, str], ...]
    wide: ColumnDrawing | None
    narrow: ColumnDrawing | None

    @property
    def is_empty(self) -> bool:
        """Whether nothing came and nothing went."""
        return self.wide is None


@dataclass(frozen=True)
class _Span:
    first: date
    last: date
    came: int
    went: int

    @property
    def name(self) -> str:
        first = formats.date_format(self.first, "SHORT_DATE_FORMAT")
        if self.first == self.last:
            return first
        return f"{first} – {formats.date_format(self.last, 'SHORT_DATE_FORMAT')}"


def column_chart(
    flows: Sequence[tuple[date, int, int]], *, title: str, above: str, below: str
) -> ColumnChart:
    """Return what came (`above`) and what went (`below`) by day, in the order of days."""
    spans = _spans(flows)
    came, went = sum(span.came for span in spans), sum(span.went for span in spans)
    rows = tuple((span.name, figure(span.came), figure(span.went)) for span in reversed(spans))
    if not came and not went:
        return ColumnChart(title, above, below, "", rows, None, None)
    scale = axis([*(span.came for span in spans), *(-span.went for span in spans)], has_zero=True)
    described = _("%(above)s: %(came)s in all. %(below)s: %(went)s in all.") % {
        "above": above,
        "came": figure(came),
        "below": below,
        "went": figure(went),
    }
    wide, narrow = (
        _drawing(spans, scale, (above, below), is_wide=is_wide) for is_wide in (True, False)
    )
    return ColumnChart(title, above, below, described, rows, wide, narrow)


def _spans(flows: Sequence[tuple[date, int, int]]) -> list[_Span]:
    """Return the flows by day, or by as many whole weeks as make the columns few enough.

    A week ends on Sunday, the day that has the figures of all of it where they were found by week.
    """
    if not flows:
        return []
    first, last = flows[0][0], flows[-1][0]
    length = -(-((last - first).days + 1) // MAX_COLUMNS)
    if length > 1:
        length = -(-length // WEEK) * WEEK
        first -= timedelta(days=first.weekday())
    sums: dict[int, tuple[int, int]] = {}
    for day, came, went in flows:
        index = (day - first).days // length
        before = sums.get(index, (0, 0))
        sums[index] = (before[0] + came, before[1] + went)
    return [
        _Span(
            start := first + timedelta(days=index * length),
            start + timedelta(days=length - 1),
            *sums[index],
        )
        for index in sorted(sums)
    ]


def _drawing(
    spans: Sequence[_Span], scale: Axis, labels: tuple[str, str], *, is_wide: bool
) -> ColumnDrawing:
    names = [axis_figure(abs(value)) for value in scale.values]
    box = frame(is_wide=is_wide, names=names)
    first, last = spans[0].first, spans[-1].last
    days = (last - first).days + 1
    step = (box.right - box.left) * ((spans[0].last - spans[0].first).days + 1) / days
    width = min(step * 0.7, 40)
    zero = box.y(scale.part(0))

    def middle(day: date) -> float:
        return box.x((day - first).days / days) + step / 2

    def column(span: _Span, size: int, label: str) -> Column:
        end = box.y(scale.part(size))
        return Column(
            place(middle(span.first) - width / 2),
            place(min(zero, end)),
            place(width),
            place(abs(end - zero)),
            f"{span.name}: {label} {figure(abs(size))}",
        )

    return ColumnDrawing(
        box,
        place(zero),
        tuple(
            Tick(place(middle(day)), name)
            for day, name in named_days(first, last, count=7 if is_wide else 3)
        ),
        tuple(
            Tick(place(box.y(scale.part(value))), name)
            for value, name in zip(scale.values, names, strict=True)
        ),
        tuple(column(span, span.came, labels[0]) for span in spans if span.came),
        tuple(column(span, -span.went, labels[1]) for span in spans if span.went),
    )
