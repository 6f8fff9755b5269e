"""How much better the best-scored do than everybody: a column per tenth, the table beside it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils import formats
from django.utils.translation import gettext as _

from analytics.charts.reliability import Said, points
from analytics.charts.scale import Axis, Frame, Tick, axis, axis_figure, figure, frame, place


@dataclass(frozen=True)
class Column:
    """A rectangle and what it says."""

    x: str
    y: str
    width: str
    height: str
    label: str


@dataclass(frozen=True)
class LiftDrawing:
    """The columns from the best-scored group on, and the height of the average."""

    frame: Frame
    groups: tuple[Tick, ...]
    values: tuple[Tick, ...]
    average: str
    columns: tuple[Column, ...]


@dataclass(frozen=True)
class LiftChart:
    """What the template shows: two drawings of the same, of which one fits, and a table."""

    title: str
    description: str
    rows: tuple[tuple[str, str, str, str], ...]
    wide: LiftDrawing | None
    narrow: LiftDrawing | None

    @property
    def is_empty(self) -> bool:
        """Whether nothing came true in any group."""
        return self.wide is None


def lift_chart(groups: Sequence[Said], *, title: str) -> LiftChart:
    """Return the groups as columns, the best-scored first; they are given from the lowest up."""
    known = [one for one in reversed(groups) if math.isfinite(one.observed)]
    count = sum(one.count for one in known)
    average = sum(one.count * one.observed for one in known) / count if count else 0.0
    if not average:
        return LiftChart(title, "", (), None, None)
    lifts = [one.observed / average for one in known]
    rows = tuple(
        (figure(number), figure(one.count), points(one.observed), times(lift))
        for number, (one, lift) in enumerate(zip(known, lifts, strict=True), start=1)
    )
    said = _(
        "In the best-scored group it happened %(best)s times as often as on average, in the last "
        "one %(last)s times."
    ) % {"best": times(lifts[0]), "last": times(lifts[-1])}
    scale = axis([0.0, 1.0, *lifts], has_zero=True)
    wide, narrow = (_drawing(lifts, scale, is_wide=is_wide) for is_wide in (True, False))
    return LiftChart(title, said, rows, wide, narrow)


def times(lift: float) -> str:
    """Return how many times as often, with one decimal."""
    return str(formats.number_format(round(lift, 1), 1))


def _drawing(lifts: Sequence[float], scale: Axis, *, is_wide: bool) -> LiftDrawing:
    names = [axis_figure(value) for value in scale.values]
    box = frame(is_wide=is_wide, names=names)
    step = (box.right - box.left) / len(lifts)
    zero = box.y(scale.part(0))

    def column(number: int, lift: float) -> Column:
        top = box.y(scale.part(lift))
        label = _("Group %(number)s: %(times)s times as often as on average") % {
            "number": figure(number + 1),
            "times": times(lift),
        }
        left = box.left + step * (number + 0.15)
        return Column(place(left), place(top), place(step * 0.7), place(zero - top), label)

    return LiftDrawing(
        box,
        tuple(
            Tick(place(box.left + step * (number + 0.5)), figure(number + 1))
            for number in range(len(lifts))
        ),
        tuple(
            Tick(place(box.y(scale.part(value))), name)
            for value, name in zip(scale.values, names, strict=True)
        ),
        place(box.y(scale.part(1))),
        tuple(column(number, lift) for number, lift in enumerate(lifts)),
    )
