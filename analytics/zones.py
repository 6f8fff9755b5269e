"""Where a figure stands on a scale of named zones: pure geometry for a drawing 100 wide."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from django.utils.functional import Promise


@dataclass(frozen=True)
class Zone:
    """A part of the scale: its name, which of the styles it has, and where in 100 it lies."""

    label: str
    style: str
    start: str
    width: str
    is_current: bool


@dataclass(frozen=True)
class ZoneScale:
    """The zones from left to right and where the figure stands; beyond the end it is `is_beyond`.

    `anchor` says to which side a text at the figure must flow to stay on the drawing.
    """

    zones: tuple[Zone, ...]
    position: str
    anchor: str
    is_beyond: bool


def zone_scale(
    value: float, limits: Sequence[float], names: Sequence[tuple[str | Promise, str, bool]]
) -> ZoneScale:
    """Return the scale from the first of `limits` to the last; between them lie the zones, each
    given by its name, its style and whether it is the one that counts.

    A zone of no width is left out.
    """
    low, high = limits[0], limits[-1]
    span = (high - low) or 1.0

    def place(figure: float) -> float:
        return 100 * (min(max(figure, low), high) - low) / span

    zones = tuple(
        Zone(str(label), style, _text(place(start)), _text(place(end) - place(start)), is_current)
        for (start, end), (label, style, is_current) in zip(pairwise(limits), names, strict=True)
        if end > start
    )
    position = place(value)
    anchor = "start" if position < 20 else "end" if position > 80 else "middle"
    return ZoneScale(zones, _text(position), anchor, value > high or value < low)


def _text(number: float) -> str:
    """Return a place with a decimal point in every language."""
    return f"{number:.2f}"
