"""Form fields for values that people write by hand, and their flat JSON form."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from cdp.text import tidy

MAX_VALUES = 1_000


class ListField(forms.Field):
    """Several short texts: a list, or one text with a value per line, without doubles."""

    default_error_messages = {
        "required": _("Name at least one value."),
        "list": _("Write a list of texts."),
        "many": _("These are more than %(limit)s values; write fewer, or several rows."),
    }

    def to_python(self, value: object) -> list[str]:
        """Return the tidy texts; numbers are taken as text."""
        if value in (None, ""):
            return []
        items = value.splitlines() if isinstance(value, str) else value
        if not isinstance(items, list | tuple) or not all(
            isinstance(item, str | int) and not isinstance(item, bool) for item in items
        ):
            raise ValidationError(self.error_messages["list"], code="list")
        texts = list(dict.fromkeys(tidy(str(item)) for item in items))
        if len(texts) > MAX_VALUES:
            raise ValidationError(
                self.error_messages["many"], code="many", params={"limit": MAX_VALUES}
            )
        return [text for text in texts if text]


class KnownListField(ListField):
    """Several of a closed set of keys; a label is taken for its key, whatever its case."""

    default_error_messages = {
        "unknown": _("“%(value)s” is not possible here. Possible: %(known)s.")
    }

    def __init__(self, *, choices: Mapping[str, str], label: str) -> None:
        super().__init__(label=label)
        self.choices = choices

    def to_python(self, value: object) -> list[str]:
        """Return the keys; raise `ValidationError` naming the possible ones for anything else."""
        by_name = {str(name).casefold(): key for key, name in self.choices.items()}
        by_name.update({key.casefold(): key for key in self.choices})
        keys = []
        for text in super().to_python(value):
            if text.casefold() not in by_name:
                raise ValidationError(
                    self.error_messages["unknown"],
                    code="unknown",
                    params={"value": text, "known": ", ".join(self.choices)},
                )
            keys.append(by_name[text.casefold()])
        return list(dict.fromkeys(keys))


def plain(params: Mapping[str, object]) -> dict[str, object]:
    """Return clean parameters as flat JSON: days and decimals as text."""
    flat: dict[str, object] = {}
    for name, value in params.items():
        if isinstance(value, datetime | date):
            flat[name] = value.isoformat()
        elif isinstance(value, Decimal):
            flat[name] = format(value.normalize(), "f")
        else:
            flat[name] = value
    return flat
