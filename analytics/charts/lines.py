"""Figures over days as lines, for a broad and for a narrow column, with the table beside them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.utils import formats
from django.utils.translation import gettext as _

from analytics.charts.scale import (
    Axis,
    Frame,
    Number,
    Points,
    Tick,
    axis,
    axis_figure,
    figure,
    frame,
    named_days,
    place,
    thinned,
)

MAX_SERIES = 6
# So few points are marked one by one, and say their figure when pointed at.
MARKED_POINTS = 62


@dataclass(frozen=True)
class Series:
    """Figures of one thing by day, in the order of days; None where there is none."""

    label: str
    points: Points


@dataclass(frozen=True)
class Dot:
    """A marked point and what it says."""

    x: str
    y: str
    label: str


@dataclass(frozen=True)
class Line:
    """One series drawn; `style` (1 to 6) is its colour and its dash pattern."""

    style: int
    label: str
    path: str
    dots: tuple[Dot, ...]
    is_marked: bool


@dataclass(frozen=True)
class LineDrawing:
    """The lines within a frame of one size."""

    frame: Frame
    days: tuple[Tick, ...]
    values: tuple[Tick, ...]
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class LineChart:
    """What the template shows: two drawings of the same, of which one fits, and a table."""

    title: str
    description: str
    unit: str
    labels: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    wide: LineDrawing | None
    narrow: LineDrawing | None

    @property
    def is_empty(self) -> bool:
        """Whether there is no figure at all."""
        return self.wide is None


def line_chart(series: Sequence[Series], *, title: str, unit: str = "") -> LineChart:
    """Return the figures as lines. At most six series can be told apart."""
    if len(series) > MAX_SERIES:
        raise ValueError(f"A chart shows at most {MAX_SERIES} series, not {len(series)}.")
    labels = tuple(one.label for one in series)
    rows = tuple(_rows(series))
    values = [value for one in series for _day, value in one.points if value is not None]
    if not values:
        return LineChart(title, "", unit, labels, rows, None, None)
    scale = axis(values)
    wide, narrow = (_drawing(series, scale, is_wide=is_wide) for is_wide in (True, False))
    return LineChart(title, _described(series), unit, labels, rows, wide, narrow)


def _drawing(series: Sequence[Series], scale: Axis, *, is_wide: bool) -> LineDrawing:
    names = [axis_figure(value) for value in scale.values]
    box = frame(is_wide=is_wide, names=names)
    first = min(one.points[0][0] for one in series if one.points)
    last = max(one.points[-1][0] for one in series if one.points)
    span = (last - first).days

    def x(day: date) -> float:
        return box.x((day - first).days / span if span else 0.5)

    return LineDrawing(
        box,
        tuple(
            Tick(place(x(day)), name)
            for day, name in named_days(first, last, count=7 if is_wide else 3)
        ),
        tuple(
            Tick(place(box.y(scale.part(value))), name)
            for value, name in zip(scale.values, names, strict=True)
        ),
        tuple(
            _line(
                style, one, [(x(day), day, value) for day, value in thinned(one.points)], box, scale
            )
            for style, one in enumerate(series, start=1)
        ),
    )


def _line(
    style: int,
    series: Series,
    points: Sequence[tuple[float, date, Number | None]],
    box: Frame,
    scale: Axis,
) -> Line:
    path: list[str] = []
    dots: list[Dot] = []
    is_drawn = False
    for x, day, value in points:
        if value is None:
            is_drawn = False
            continue
        y = place(box.y(scale.part(value)))
        path.append(f"{'L' if is_drawn else 'M'}{place(x)} {y}")
        is_drawn = True
        dots.append(Dot(place(x), y, f"{_day(day)}: {figure(value)}"))
    is_marked = len(points) <= MARKED_POINTS
    shown = dots if is_marked else _alone(points, dots)
    return Line(style, series.label, "".join(path), tuple(shown), is_marked)


def _alone(points: Sequence[tuple[float, date, Number | None]], dots: Sequence[Dot]) -> list[Dot]:
    """Return the dots without a neighbour, which no line would show."""
    known = [value is not None for _x, _day, value in points]
    places = [index for index, is_known in enumerate(known) if is_known]
    return [
        dot
        for dot, index in zip(dots, places, strict=True)
        if not (index and known[index - 1]) and not any(known[index + 1 : index + 2])
    ]


def _rows(series: Sequence[Series]) -> list[tuple[str, ...]]:
    """Return a row per day, the newest first."""
    by_day: dict[date, list[Number | None]] = {}
    for number, one in enumerate(series):
        for day, value in thinned(one.points):
            by_day.setdefault(day, [None] * len(series))[number] = value
    return [
        (_day(day), *(figure(value) for value in by_day[day]))
        for day in sorted(by_day, reverse=True)
    ]


def _described(series: Sequence[Series]) -> str:
    """Return what the lines do, for those who do not see them."""
    said = []
    for one in series:
        known = [(day, value) for day, value in one.points if value is not None]
        if known:
            (first, before), (last, after) = known[0], known[-1]
            said.append(
                _("%(label)s: from %(before)s on %(first)s to %(after)s on %(last)s.")
                % {
                    "label": one.label,
                    "before": figure(before),
                    "first": _day(first),
                    "after": figure(after),
                    "last": _day(last),
                }
            )
    return " ".join(said)


def _day(day: date) -> str:
    return formats.date_format(day, "SHORT_DATE_FORMAT")
