"""Drawing from weighted choices, a whole array at a time."""

from __future__ import annotations

from dataclasses import fields
from typing import TypeVar

import numpy as np
import numpy.typing as npt

Integers = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Arrays = TypeVar("Arrays")


class Choices:
    """Rows of weights; `draw` picks one column for each requested row by that row's weights."""

    def __init__(self, weights: npt.ArrayLike) -> None:
        table = np.atleast_2d(np.asarray(weights, dtype=np.float64))
        self.width = table.shape[1]
        shares = np.cumsum(table, axis=1)
        shares /= shares[:, -1:]
        # One ascending array for all rows: row r occupies (r, r + 1].
        self._limits = (shares + np.arange(len(table))[:, None]).ravel()

    def draw(self, rng: np.random.Generator, rows: Integers) -> Integers:
        """Return one column number for every entry of `rows`."""
        found = np.searchsorted(self._limits, rows + rng.random(len(rows)), side="right")
        return np.clip(found - rows * self.width, 0, self.width - 1)

    def draw_many(self, rng: np.random.Generator, count: int) -> Integers:
        """Return `count` column numbers by the weights of the first row."""
        return self.draw(rng, np.zeros(count, dtype=np.int64))


def chance(rng: np.random.Generator, probability: npt.ArrayLike, count: int) -> Flags:
    """Return for each of `count` cases whether something of this probability happens."""
    return rng.random(count) < np.asarray(probability)


def positions_in_group(groups: Integers) -> Integers:
    """Return 0, 1, 2, ... within every run of equal values; `groups` must be sorted."""
    if not len(groups):
        return np.zeros(0, dtype=np.int64)
    starts = np.flatnonzero(np.r_[True, groups[1:] != groups[:-1]])
    lengths = np.diff(np.r_[starts, len(groups)])
    return np.arange(len(groups)) - np.repeat(starts, lengths)


def joined(first: Arrays, second: Arrays) -> Arrays:
    """Return a dataclass of arrays with the entries of `second` behind those of `first`."""
    return type(first)(
        **{
            field.name: np.concatenate([getattr(first, field.name), getattr(second, field.name)])
            for field in fields(first)  # type: ignore[arg-type]
        }
    )
