"""Axes of charts: round steps, the days worth naming, and how a figure or a place is written."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.utils import formats
from django.utils.translation import pgettext

Number = int | float | Decimal
Points = Sequence[tuple[date, Number | None]]

MAX_POINTS = 400
LETTER_WIDTH = 7.2
# Steps between named days; beyond them whole months are counted.
_DAY_STEPS = (1, 2, 7, 14)
_MONTH_STEPS = (1, 2, 3, 6, 12, 24, 60, 120)


@dataclass(frozen=True)
class Tick:
    """A named place on an axis; `at` is written for SVG, `label` for people."""

    at: str
    label: str


@dataclass(frozen=True)
class Frame:
    """A drawing of one size and the rectangle within it where the figures go."""

    width: int
    height: int
    left: float
    right: float
    top: float
    bottom: float

    def x(self, part: float) -> float:
        """Return the place of a part (0 to 1) of the width."""
        return self.left + part * (self.right - self.left)

    def y(self, part: float) -> float:
        """Return the place of a part (0 to 1) of the height, counted from below."""
        return self.bottom - part * (self.bottom - self.top)

    @property
    def view_box(self) -> str:
        """The size as SVG wants it."""
        return f"0 0 {self.width} {self.height}"

    @property
    def start(self) -> str:
        """The left edge of the figures."""
        return place(self.left)

    @property
    def end(self) -> str:
        """The right edge of the figures."""
        return place(self.right)

    @property
    def names_x(self) -> str:
        """Where names of the upright axis end."""
        return place(self.left - 6)

    @property
    def names_y(self) -> str:
        """The base line of the names below the figures."""
        return place(self.bottom + 18)


@dataclass(frozen=True)
class Axis:
    """A range of figures between two round ones, with the round ones between."""

    low: float
    high: float
    values: tuple[float, ...]

    def part(self, value: Number) -> float:
        """Return where a figure lies between the ends, 0 to 1."""
        return (float(value) - self.low) / (self.high - self.low)


def place(value: float) -> str:
    """Return a coordinate as SVG wants it, whatever the language of the page."""
    return f"{value:.1f}".removesuffix(".0")


def figure(value: Number | None) -> str:
    """Return a figure for people: whole ones without decimals, others with two; a dash for none."""
    if value is None:
        return "–"
    exact = Decimal(str(value))
    decimals = 0 if exact == exact.to_integral_value() else 2
    return formats.number_format(round(exact, decimals), decimals, force_grouping=True)


def frame(*, is_wide: bool, names: Sequence[str]) -> Frame:
    """Return the frame for a broad or a narrow column that has room for the names at its left."""
    width, height = (760, 260) if is_wide else (360, 230)
    left = 12 + LETTER_WIDTH * max((len(name) for name in names), default=1)
    return Frame(width, height, left, width - 16, 12, height - 30)


def axis(values: Sequence[Number], *, has_zero: bool = False, count: int = 5) -> Axis:
    """Return an axis that holds all values. It begins at zero unless they are all far from it."""
    low, high = float(min(values)), float(max(values))
    if has_zero or 0 <= low <= high / 2:
        low = min(low, 0.0)
    if has_zero or high / 2 <= low < high <= 0:
        high = max(high, 0.0)
    is_whole = all(float(value).is_integer() for value in values)
    if low == high:
        low, high = (low - 1, high + 1) if low else (0.0, 1.0)
    step = _round_step((high - low) / count, is_whole=is_whole)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return Axis(first * step, last * step, tuple(place * step for place in range(first, last + 1)))


def _round_step(rough: float, *, is_whole: bool) -> float:
    power = 10.0 ** math.floor(math.log10(rough))
    for factor in (1.0, 2.0, 2.5, 5.0, 10.0):
        step = factor * power
        if step >= rough - 1e-12 and (not is_whole or step.is_integer()):
            return step
    return 1.0 if is_whole and power < 1 else 10.0 * power


def axis_figure(value: float) -> str:
    """Return a round figure of an axis without the noise of floating point."""
    return figure(Decimal(str(round(value, 6))))


def named_days(first: date, last: date, *, count: int) -> list[tuple[date, str]]:
    """Return at most `count` + 1 round days from first to last with what to call them."""
    span = (last - first).days
    for days in _DAY_STEPS:
        if span <= days * count:
            return _every_days(first, last, days)
    months = (last.year - first.year) * 12 + last.month - first.month
    step = next((step for step in _MONTH_STEPS if months <= step * count), _MONTH_STEPS[-1])
    index = first.year * 12 + first.month - 1 + (first.day > 1)
    index += -index % step
    found = []
    while (day := date(index // 12, index % 12 + 1, 1)) <= last:
        # Translators: how a month or a year is named on the axis of a chart (Django date format).
        pattern = pgettext("chart axis", "Y") if step >= 12 else pgettext("chart axis", "M Y")
        found.append((day, formats.date_format(day, pattern)))
        index += step
    return found


def _every_days(first: date, last: date, days: int) -> list[tuple[date, str]]:
    # Translators: how a day is named on the axis of a chart (Django date format).
    pattern = pgettext("chart axis", "j M")
    start = first + timedelta(days=(last - first).days % days)
    return [
        (day, formats.date_format(day, pattern))
        for day in (
            start + timedelta(days=number) for number in range(0, (last - start).days + 1, days)
        )
    ]


def thinned(points: Points, *, limit: int = MAX_POINTS) -> list[tuple[date, Number | None]]:
    """Return at most `limit` of the points: of each stretch its lowest and its highest."""
    if len(points) <= limit:
        return list(points)
    kept = {0, len(points) - 1}
    stretches = limit // 2 - 1
    for number in range(stretches):
        start = number * len(points) // stretches
        stretch = range(start, (number + 1) * len(points) // stretches)
        known = [index for index in stretch if points[index][1] is not None]
        kept |= {_lowest(points, known), _highest(points, known)} if known else {start}
    return [points[index] for index in sorted(kept)]


def _lowest(points: Points, indexes: Sequence[int]) -> int:
    return min(indexes, key=lambda index: float(points[index][1] or 0))


def _highest(points: Points, indexes: Sequence[int]) -> int:
    return max(indexes, key=lambda index: float(points[index][1] or 0))
