"""Model fields that keep short lists as lines of text, which every database stores alike."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from django.db import models

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.db.models.expressions import Expression

    _Lines = models.TextField[Iterable[str], list[str]]
    _Groups = models.TextField[Mapping[str, Iterable[object]], dict[str, list[str]]]
else:
    _Lines = _Groups = models.TextField


class LinesField(_Lines):
    """A list of texts, one a line; line breaks within a text become spaces. Never queried."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **{"default": list, "blank": True, **kwargs})  # type: ignore[arg-type]

    def from_db_value(
        self, value: str | None, expression: Expression, connection: BaseDatabaseWrapper
    ) -> list[str]:
        """Return the texts."""
        return self.to_python(value)

    def to_python(self, value: str | Iterable[str] | None) -> list[str]:
        """Return the texts of what is stored, or of a list."""
        return value.split("\n") if isinstance(value, str) and value else list(value or ())

    def get_prep_value(self, value: str | Iterable[str] | None) -> str:
        """Return what is stored."""
        if isinstance(value, str):
            return value
        return "\n".join(" ".join(str(text).split()) for text in value or ())

    def value_to_string(self, obj: models.Model) -> str:
        """Return what a dump holds."""
        return self.get_prep_value(self.value_from_object(obj))


class GroupsField(_Groups):
    """Texts without spaces by a name, a line "name text" each: {"emails": [...]}. Never queried.

    A name without texts is kept, so that what was assigned and what is read are equal.
    """

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **{"default": dict, "blank": True, **kwargs})  # type: ignore[arg-type]

    def from_db_value(
        self, value: str | None, expression: Expression, connection: BaseDatabaseWrapper
    ) -> dict[str, list[str]]:
        """Return the texts by name."""
        return self.to_python(value)

    def to_python(self, value: str | Mapping[str, Iterable[object]] | None) -> dict[str, list[str]]:
        """Return the texts of what is stored, or of a mapping."""
        if not isinstance(value, str):
            return {name: [str(text) for text in texts] for name, texts in (value or {}).items()}
        found: dict[str, list[str]] = {}
        for line in value.split("\n") if value else ():
            name, _space, text = line.partition(" ")
            found.setdefault(name, []).extend([text] if text else [])
        return found

    def get_prep_value(self, value: str | Mapping[str, Iterable[object]] | None) -> str:
        """Return what is stored."""
        if isinstance(value, str):
            return value
        lines = []
        for name, texts in (value or {}).items():
            lines.append(name)
            lines += [f"{name} {''.join(str(text).split())}" for text in texts]
        return "\n".join(lines)

    def value_to_string(self, obj: models.Model) -> str:
        """Return what a dump holds."""
        return self.get_prep_value(self.value_from_object(obj))
