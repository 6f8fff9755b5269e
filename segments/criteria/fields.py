"""Form fields for values that people write by hand: parsing and validation in one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.translation import gettext_lazy as _

from cdp.text import key, tidy
from segments.criteria.operators import UNITS
from segments.spelling import suggest

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

MAX_VALUES = 1_000
MAX_TEXT = 500
FIRST_DAY, LAST_DAY = date(1900, 1, 1), date(2199, 12, 31)


class ListField(forms.Field):
    """Several short texts: a list, or one text with a value per line, without doubles."""

    widget = forms.Textarea
    default_error_messages = {
        "required": _("Name at least one value."),
        "list": _("Write a list of texts."),
        "many": _("These are more than %(limit)s values. Write fewer, or use several rows."),
        "long": _("A value has more than %(limit)s characters. Shorten it."),
    }

    def to_python(self, value: object) -> list[str]:
        """Return the tidy texts; numbers are taken as text."""
        if value in (None, ""):
            return []
        items = value.splitlines() if isinstance(value, str) else value
        if isinstance(items, int) and not isinstance(items, bool):
            items = [items]
        if not isinstance(items, list | tuple) or not all(
            isinstance(item, str | int) and not isinstance(item, bool) for item in items
        ):
            raise ValidationError(self.error_messages["list"], code="list")
        texts = [text for text in dict.fromkeys(tidy(str(item)) for item in items) if text]
        if len(texts) > MAX_VALUES:
            raise ValidationError(
                self.error_messages["many"], code="many", params={"limit": MAX_VALUES}
            )
        if any(len(text) > MAX_TEXT or "\x00" in text for text in texts):
            raise ValidationError(
                self.error_messages["long"], code="long", params={"limit": MAX_TEXT}
            )
        return texts


class ParsedListField(ListField):
    """Several texts that each have one proper form, such as a country code for its name."""

    def __init__(
        self, parse: Callable[[str], str], *, label: StrOrPromise, required: bool = True
    ) -> None:
        super().__init__(label=label, required=required)
        self.parse = parse

    def to_python(self, value: object) -> list[str]:
        """Return every text in its proper form; `parse` raises `ValidationError`."""
        return list(dict.fromkeys(self.parse(text) for text in super().to_python(value)))


class KnownListField(ListField):
    """Several of a closed set of keys; a label is taken for its key, whatever its case."""

    chooser: type[forms.Select] = forms.SelectMultiple
    default_error_messages = {"unknown": _("“%(value)s” is not possible here. %(hint)s")}

    def __init__(
        self, choices: Mapping[str, StrOrPromise], *, label: StrOrPromise, required: bool = True
    ) -> None:
        self.choices = {str(name): label for name, label in choices.items()}
        super().__init__(
            label=label, required=required, widget=self.chooser(choices=list(self.choices.items()))
        )

    def to_python(self, value: object) -> list[str]:
        """Return the keys; raise `ValidationError` naming the possible ones for anything else."""
        by_name = {key(str(label)): name for name, label in self.choices.items()}
        by_name |= {key(name): name for name in self.choices}
        found = []
        for text in super().to_python(value):
            if key(text) not in by_name:
                raise ValidationError(
                    self.error_messages["unknown"],
                    code="unknown",
                    params={"value": text, "hint": suggest(text, self.choices)},
                )
            found.append(by_name[key(text)])
        return list(dict.fromkeys(found))


class KnownField(KnownListField):
    """One of a closed set of keys."""

    chooser = forms.Select

    def to_python(self, value: object) -> str:  # type: ignore[override]
        """Return the key, or nothing."""
        found = super().to_python(value)
        if len(found) > 1:
            raise ValidationError(_("Name one value only."), code="one")
        return found[0] if found else ""


class WholeField(forms.IntegerField):
    """A whole number; yes and no are none."""

    def to_python(self, value: object) -> int | None:
        """Return the number."""
        if isinstance(value, bool | list | dict):
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        return super().to_python(value)


class NumberField(forms.DecimalField):
    """An exact number with up to four decimals; yes and no are none."""

    def __init__(
        self, *, label: StrOrPromise, required: bool = True, minimum: int | None = None
    ) -> None:
        super().__init__(
            label=label, required=required, min_value=minimum, max_digits=16, decimal_places=4
        )

    def to_python(self, value: object) -> Decimal | None:  # type: ignore[override]
        """Return the number."""
        if isinstance(value, bool | list | dict):
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        return super().to_python(value)


class TextField(forms.CharField):
    """One tidy text."""

    def __init__(self, *, label: StrOrPromise, required: bool = True) -> None:
        super().__init__(label=label, required=required, max_length=MAX_TEXT)

    def to_python(self, value: object) -> str:
        """Return the text without surrounding or doubled blanks."""
        if isinstance(value, bool | list | dict):
            raise ValidationError(_("Write a text."), code="invalid")
        return tidy(super().to_python(value) or "")


class DayField(forms.DateField):
    """A calendar day, written 2026-05-06."""

    def __init__(self, *, label: StrOrPromise, required: bool = True) -> None:
        super().__init__(
            label=label,
            required=required,
            input_formats=["%Y-%m-%d"],
            widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
            error_messages={"invalid": _("Write the day as 2026-05-06.")},
            validators=[MinValueValidator(FIRST_DAY), MaxValueValidator(LAST_DAY)],
        )

    def to_python(self, value: object) -> date | None:
        """Return the day."""
        if value is not None and not isinstance(value, str | date):
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        return super().to_python(value)


def day_field(label: StrOrPromise, *, required: bool = True) -> DayField:
    """Return the field of a calendar day, written 2026-05-06."""
    return DayField(label=label, required=required)


def count_field(
    label: StrOrPromise, *, required: bool = True, minimum: int = 1, maximum: int = 3650
) -> WholeField:
    """Return the field of a whole number of days, orders or pieces."""
    return WholeField(label=label, required=required, min_value=minimum, max_value=maximum)


def unit_field() -> KnownField:
    """Return the field of the unit of a period; days if it is left out."""
    return KnownField(dict(UNITS), label=_("Unit"), required=False)
