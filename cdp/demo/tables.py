"""Arrays of a chunk as columns of tables, in the database's own form, with primary keys and
external ids.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from django.db import models

from cdp.demo.draw import Flags, Integers
from cdp.money import SCALE

Column = Sequence[object]
UNITS_PER_CENT = SCALE // 100


@dataclass(frozen=True)
class Table:
    """Rows of one model, column by column (attribute names); all columns are equally long."""

    model: type[models.Model]
    columns: Mapping[str, Column]

    def __len__(self) -> int:
        return len(next(iter(self.columns.values())))

    @property
    def rows(self) -> list[tuple[object, ...]]:
        """The same row by row."""
        return list(zip(*self.columns.values(), strict=True))


@dataclass
class Numbers:
    """Hands out primary keys behind those in use, and the running numbers that external ids are
    made of.
    """

    used: Mapping[type[models.Model], int] = field(default_factory=dict)
    taken: dict[type[models.Model], int] = field(default_factory=dict)

    def take(self, model: type[models.Model], count: int) -> tuple[Integers, list[int]]:
        """Return `count` primary keys and running numbers (from 1)."""
        before = self.taken.get(model, 0)
        self.taken[model] = before + count
        numbers = np.arange(before + 1, before + count + 1)
        return numbers + self.used.get(model, 0), numbers.tolist()


def constant(value: object, count: int) -> list[object]:
    """Return a column that says the same in every row."""
    return [value] * count


def numbered(prefix: str, numbers: list[int]) -> list[str]:
    """Return external ids such as C0000042."""
    return [f"{prefix}{number:07d}" for number in numbers]


def moments(seconds: Integers) -> list[str]:
    """Return moments as the UTC texts that both databases read."""
    if not len(seconds):
        return []
    text = np.datetime_as_string(seconds.astype("datetime64[s]"))
    letters = np.ascontiguousarray(text).view(np.uint32).reshape(len(text), -1)
    letters[:, 10] = ord(" ")
    return letters.view(text.dtype).ravel().tolist()


def moments_or_none(seconds: Integers) -> list[str | None]:
    """Return moments, None where the number is 0."""
    return optional(moments(seconds), seconds > 0)


def optional(values: Sequence[str], is_there: Flags) -> list[str | None]:
    """Return the values, None where there is none."""
    return [
        value if there else None for value, there in zip(values, is_there.tolist(), strict=True)
    ]


def ids(found: Integers, keys: Integers) -> list[int | None]:
    """Return the primary keys behind positions, None behind -1."""
    if not len(keys):
        return [None] * len(found)
    values = keys[found].astype(object)
    values[found < 0] = None
    return values.tolist()


def money(cents: Integers) -> list[int]:
    """Return amounts of cents as whole 1/10,000."""
    return (cents * UNITS_PER_CENT).tolist()


def texts(values: npt.NDArray[np.object_]) -> list[str]:
    """Return an array of texts as a column."""
    return values.tolist()


def dates(days: npt.NDArray[np.datetime64]) -> list[str]:
    """Return days as ISO texts."""
    return np.datetime_as_string(days, unit="D").tolist()
