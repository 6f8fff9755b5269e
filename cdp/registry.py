"""A named collection of declarations (criteria, job kinds, later destinations and cards)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Generic, Protocol, TypeVar

from cdp.exceptions import RegularsError


class Keyed(Protocol):
    """Anything that carries a registry key."""

    key: str


T = TypeVar("T", bound=Keyed)


class UnknownKey(RegularsError, LookupError):
    """The registry holds nothing under this key."""


class DuplicateKey(RegularsError, ValueError):
    """Two classes claim one key."""


class Registry(Generic[T]):
    """Keys to single instances of declaration classes, in the order of registration."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._entries: dict[str, T] = {}

    def register(self, declaration: type[T]) -> type[T]:
        """Add an instance of `declaration` (class decorator); a taken key raises `DuplicateKey`."""
        entry = declaration()
        if entry.key in self._entries:
            raise DuplicateKey(f"There are two {self._what} entries with the key '{entry.key}'.")
        self._entries[entry.key] = entry
        return declaration

    def get(self, key: str) -> T:
        """Return the entry with this key; raise `UnknownKey` naming the known ones otherwise."""
        try:
            return self._entries[key]
        except KeyError:
            known = ", ".join(sorted(self._entries)) or "none"
            raise UnknownKey(
                f"There is no {self._what} '{key}'.", hint=f"Known: {known}."
            ) from None

    def __contains__(self, key: object) -> bool:
        return key in self._entries

    def __iter__(self) -> Iterator[T]:
        return iter(self._entries.values())

    def __len__(self) -> int:
        return len(self._entries)
