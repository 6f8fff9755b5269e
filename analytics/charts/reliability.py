"""Whether percentages come true: what was said against what happened, with the table beside it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from analytics.charts.scale import Axis, Frame, Tick, axis, axis_figure, figure, place

SMALLEST_DOT, LARGEST_DOT = 3.0, 9.0


@dataclass(frozen=True)
class Said:
    """A group of cases: how many, the share that was predicted, and the share that came true."""

    count: int
    predicted: float
    observed: float


@dataclass(frozen=True)
class Dot:
    """A group, as large as its number of cases, and what it says."""

    x: str
    y: str
    radius: str
    label: str


@dataclass(frozen=True)
class ReliabilityDrawing:
    """The dots, the line that joins them, and the diagonal on which everything came true."""

    frame: Frame
    across: tuple[Tick, ...]
    upward: tuple[Tick, ...]
    diagonal: str
    path: str
    dots: tuple[Dot, ...]


@dataclass(frozen=True)
class ReliabilityChart:
    """What the template shows: two drawings of the same, of which one fits, and a table."""

    title: str
    description: str
    rows: tuple[tuple[str, str, str], ...]
    wide: ReliabilityDrawing | None
    narrow: ReliabilityDrawing | None

    @property
    def is_empty(self) -> bool:
        """Whether there is no group at all."""
        return self.wide is None


def reliability_chart(groups: Sequence[Said], *, title: str) -> ReliabilityChart:
    """Return the groups in the order of what was said. Both axes are shares from zero to the
    largest of all, so that the diagonal is where the two are equal.
    """
    known = [one for one in groups if math.isfinite(one.predicted) and math.isfinite(one.observed)]
    rows = tuple((figure(one.count), points(one.predicted), points(one.observed)) for one in known)
    if not known:
        return ReliabilityChart(title, "", rows, None, None)
    largest = max(max(one.predicted, one.observed) for one in known)
    scale = axis([0.0, 100 * largest or 1.0], has_zero=True)
    said = _("The dots would lie on the line if everything had come true as it was said.")
    wide, narrow = (_drawing(known, scale, is_wide=is_wide) for is_wide in (True, False))
    return ReliabilityChart(title, said, rows, wide, narrow)


def points(share: float) -> str:
    """Return a share as a percentage without its sign: whole from 10 on, else two decimals."""
    value = 100 * share
    return figure(round(value) if value >= 10 else round(value, 2))


def _drawing(groups: Sequence[Said], scale: Axis, *, is_wide: bool) -> ReliabilityDrawing:
    box = _frame(is_wide=is_wide)
    most = max(one.count for one in groups) or 1
    places = [
        (box.x(scale.part(100 * one.predicted)), box.y(scale.part(100 * one.observed)))
        for one in groups
    ]
    names = [(value, f"{axis_figure(value)} %") for value in scale.values]
    return ReliabilityDrawing(
        box,
        tuple(Tick(place(box.x(scale.part(value))), name) for value, name in names),
        tuple(Tick(place(box.y(scale.part(value))), name) for value, name in names),
        f"M{place(box.left)} {place(box.bottom)}L{place(box.right)} {place(box.top)}",
        "".join(
            f"{'L' if number else 'M'}{place(x)} {place(y)}" for number, (x, y) in enumerate(places)
        ),
        tuple(
            Dot(
                place(x),
                place(y),
                place(SMALLEST_DOT + (LARGEST_DOT - SMALLEST_DOT) * math.sqrt(one.count / most)),
                _("%(count)s cases: %(said)s %% said, %(was)s %% came true")
                % {
                    "count": figure(one.count),
                    "said": points(one.predicted),
                    "was": points(one.observed),
                },
            )
            for (x, y), one in zip(places, groups, strict=True)
        ),
    )


def _frame(*, is_wide: bool) -> Frame:
    """Return a frame whose figures fill a square: the diagonal then halves the angle."""
    side = 300 if is_wide else 250
    left, edge = 54.0, 14.0
    return Frame(int(left + side + edge), side + 44, left, left + side, edge, edge + side)
