"""A customer as destinations see one: identifiers, name, place, consent and chosen figures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType

FieldValue = str | int | float | bool | date | None


@dataclass(frozen=True, slots=True)
class Person:
    """One person of an audience. Text nobody knows is empty.

    `id` is ours and never changes, `shop_id` the shop's own. `emails` come first to last by
    preference, `phones` are E.164 or, in removals, the hashes that were sent; `country` is an ISO
    code of two letters; `consents` holds the purposes granted at this moment. `remote_id` is the
    number the service gave this person, if we know it. `fields` are the extra profile fields the
    marketer chose, by name; None clears one.
    """

    id: str
    emails: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
    first_name: str = ""
    last_name: str = ""
    country: str = ""
    region: str = ""
    city: str = ""
    postal_code: str = ""
    language: str = ""
    consents: frozenset[str] = frozenset()
    remote_id: str = ""
    shop_id: str = ""
    fields: Mapping[str, FieldValue] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def email(self) -> str:
        """The address to prefer, empty if there is none."""
        return self.emails[0] if self.emails else ""

    @property
    def phone(self) -> str:
        """The number to prefer, empty if there is none."""
        return self.phones[0] if self.phones else ""
