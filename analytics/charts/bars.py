"""Figures of several things beside each other: a table whose rows carry a bar."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from analytics.charts.scale import Number, figure, place


@dataclass(frozen=True)
class Bar:
    """One row: its name, its figure, and where in 100 its bar begins and how long it is."""

    label: str
    value: str
    start: str
    length: str
    is_negative: bool


@dataclass(frozen=True)
class BarChart:
    """What the template shows."""

    title: str
    unit: str
    bars: tuple[Bar, ...]

    @property
    def is_empty(self) -> bool:
        """Whether there is no row at all."""
        return not self.bars


def bar_chart(bars: Sequence[tuple[str, Number | None]], *, title: str, unit: str = "") -> BarChart:
    """Return the figures as bars from a common zero, in the order given."""
    known = [float(value) for _label, value in bars if value is not None]
    low, high = min([*known, 0.0]), max([*known, 0.0])
    span = (high - low) or 1.0

    def bar(label: str, value: Number | None) -> Bar:
        size = 0.0 if value is None else float(value)
        start, length = (min(size, 0.0) - low) / span, abs(size) / span
        return Bar(label, figure(value), place(100 * start), place(100 * length), size < 0)

    return BarChart(title, unit, tuple(bar(label, value) for label, value in bars))
