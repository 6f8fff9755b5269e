"""What a list of values offers: choices, and whether there are more of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

LIMIT = 20


@dataclass(frozen=True)
class Choice:
    """A value as a row takes it, how people read it, and how many there are of it."""

    value: str
    label: str
    count: int | None = None
    detail: str = ""
    depth: int = 0


@dataclass(frozen=True)
class Found:
    """The choices for a search, and whether there are more than are shown."""

    choices: tuple[Choice, ...]
    has_more: bool = False


def first(choices: Iterable[Choice], limit: int = LIMIT) -> Found:
    """Return the first choices, and whether others follow."""
    shown: list[Choice] = []
    for choice in choices:
        if len(shown) == limit:
            return Found(tuple(shown), has_more=True)
        shown.append(choice)
    return Found(tuple(shown))
