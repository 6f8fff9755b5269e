"""A line as small as a word, for a cell of a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from analytics.charts.scale import place

WIDTH, HEIGHT, EDGE = 100, 24, 3
# A line moves through its whole height when it changes by this part of its largest value.
FULL_CHANGE = 0.05


@dataclass(frozen=True)
class Sparkline:
    """What the template shows: a line, its last point, and what it says to those who do not see."""

    label: str
    points: str
    last_x: str
    last_y: str

    @property
    def is_empty(self) -> bool:
        """Whether there is no figure at all."""
        return not self.last_x


def sparkline(values: Sequence[int], *, label: str) -> Sparkline:
    """Return the values as a line that fills its height, unless they differ by next to nothing;
    equal values lie in the middle.
    """
    if not values:
        return Sparkline(label, "", "", "")
    span = max(max(values) - min(values), max(values) * FULL_CHANGE)
    low = (max(values) + min(values) - span) / 2
    steps = len(values) - 1
    points = [
        (
            place(EDGE + (WIDTH - 2 * EDGE) * (number / steps if steps else 1)),
            place(HEIGHT - EDGE - (HEIGHT - 2 * EDGE) * ((value - low) / span if span else 0.5)),
        )
        for number, value in enumerate(values)
    ]
    return Sparkline(label, " ".join(f"{x},{y}" for x, y in points), *points[-1])
