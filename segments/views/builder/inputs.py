"""The inputs of a condition row: which fields it shows, filled with what was typed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from cdp.models import CustomerField
from segments.criteria import Criterion
from segments.criteria import operators as ops
from segments.criteria.custom_fields import CustomField
from segments.criteria.fields import KnownField, KnownListField, ListField
from segments.criteria.operators import Text
from segments.criteria.params import REFERENCE
from segments.drafting.drafts import DraftRow
from segments.drafting.values import Choice, counted, counts_of, names_of
from segments.models import Segment

WINDOW = ("last", "unit", "since", "until")
# What most rows do without lies behind "More".
TUCKED = (
    "attribute",
    "attribute_values",
    "price_from",
    "price_to",
    "quantity",
    "value_from",
    "value_to",
    "starting_at",
)
# The second of two values that belong together.
SECOND = {"high": _("and"), "end": _("and")}
LABELS: dict[str, Text] = {
    "low": _("At least"),
    "high": _("At most"),
    "start": _("First day"),
    "end": _("Last day"),
    "value_above": _("Cart value above"),
    "value_from": _("Cart value from"),
    "value_to": _("Cart value to"),
    "percent": _("Percent of the customers"),
    "starting_at": _("Beginning at percent"),
    "field": _("Which field"),
}
PERCENT = ("percent", "starting_at")
PERCENT_CRITERIA = ("discount_share", "order_chance")


@dataclass(frozen=True)
class Input:
    """One field of a row as the templates show it; `kind` names its template."""

    kind: str
    name: str
    label: str
    value: str = ""
    chosen: tuple[Choice, ...] = ()
    options: tuple[Choice, ...] = ()
    source: str = ""
    belongs_to: str = ""
    lead: str = ""
    tail: str = ""
    error: str = ""
    is_required: bool = False
    is_missing: bool = False
    minimum: int | None = None
    maximum: int | None = None
    step: str = "1"

    @property
    def id(self) -> str:
        """The id of the field, which its label and its error refer to."""
        return f"id-{self.name}"

    @property
    def template(self) -> str:
        """The template of its kind."""
        return f"segments/builder/inputs/{self.kind}.html"

    @property
    def is_wide(self) -> bool:
        """Whether it takes the width of the row."""
        return self.kind in ("list", "choices")

    @property
    def is_unit(self) -> bool:
        """Whether it only says what the number before it counts."""
        return self.name.endswith("-v-unit")

    @property
    def values(self) -> frozenset[str]:
        """The chosen values."""
        return frozenset(choice.value for choice in self.chosen)


@dataclass(frozen=True)
class Offer:
    """What the shop has to choose from, fetched at most once for all rows of a page."""

    currency: str
    without: str = ""

    @cached_property
    def segments(self) -> tuple[Choice, ...]:
        """The other segments by name."""
        rows = Segment.objects.filter(is_archived=False).exclude(name=self.without)
        named = rows.order_by("name").values_list("name", "member_count")
        return tuple(Choice(name, name, count) for name, count in named)

    @cached_property
    def fields(self) -> list[CustomerField]:
        """The custom fields that the shop declared."""
        return list(CustomerField.objects.all())

    @cached_property
    def field_names(self) -> dict[str, str]:
        """The names of the custom fields by the criterion that asks for them."""
        named: dict[str, list[str]] = {}
        for one in self.fields:
            named.setdefault(f"custom_{one.type}", []).append(one.label)
        return {criterion: ", ".join(labels) for criterion, labels in named.items()}

    def fields_of(self, kind: str) -> tuple[Choice, ...]:
        """The custom fields of a type."""
        return tuple(Choice(one.key, one.label) for one in self.fields if one.type == kind)


def inputs_of(row: DraftRow, prefix: str, offer: Offer) -> list[Input]:
    """Return the inputs of a row in their order."""
    if row.asked is None or row.how is None:
        return []
    taken = row.asked.fields(row.how)
    return [_input(row, row.asked, name, taken[name], prefix, offer) for name in taken]


def _input(
    row: DraftRow, criterion: Criterion, name: str, asked: forms.Field, prefix: str, offer: Offer
) -> Input:
    source = criterion.suggests.get(name, "")
    given = row.values.get(name)
    chosen = _texts(given) if isinstance(asked, ListField) else []
    kind, options = _kind(criterion, name, asked, source, offer, given)
    if kind == "list":
        names = names_of(source, chosen)
        shown = tuple(Choice(value, names[value]) for value in chosen)
    else:
        shown = tuple(Choice(value, value) for value in chosen)
    return Input(
        kind=kind,
        name=f"{prefix}-v-{name}",
        label=_label(criterion, name, asked),
        value="\n".join(chosen) if kind == "list" else "" if given is None else str(given),
        chosen=shown,
        options=options,
        source=source,
        belongs_to={"attribute_values": f"{prefix}-v-attribute", "values": f"{prefix}-v-field"}.get(
            name, ""
        )
        if source in ("attribute_values", "field_values")
        else "",
        lead=_lead(criterion, name),
        tail=_tail(criterion, name, offer),
        error=row.errors.get(name, ""),
        is_required=asked.required,
        is_missing=asked.required and name in row.missing,
        minimum=getattr(asked, "min_value", None),
        maximum=getattr(asked, "max_value", None),
        step="any" if isinstance(asked, forms.DecimalField) else "1",
    )


def _kind(
    criterion: Criterion, name: str, asked: forms.Field, source: str, offer: Offer, given: object
) -> tuple[str, tuple[Choice, ...]]:
    """Return which template shows the field, and what it offers at once."""
    if name == REFERENCE:
        return "choice", _with_given(offer.segments, given)
    if name == "field" and isinstance(criterion, CustomField):
        return "choice", _with_given(offer.fields_of(criterion.type), given)
    if source == "attributes":
        keys = tuple(Choice(value, value) for value, _count in counted(source))
        return "choice", _with_given(keys, given)
    if isinstance(asked, KnownListField):
        counts = counts_of(source)
        options = tuple(
            Choice(value, str(label), counts.get(value, 0) if counts else None)
            for value, label in asked.choices.items()
        )
        return ("choice" if isinstance(asked, KnownField) else "choices"), options
    if isinstance(asked, ListField):
        return "list", ()
    if isinstance(asked, forms.DateField):
        return "day", ()
    is_number = isinstance(asked, forms.IntegerField | forms.DecimalField)
    return ("number" if is_number else "text"), ()


def _with_given(options: tuple[Choice, ...], given: object) -> tuple[Choice, ...]:
    """Return the options and whatever was chosen before: a field that is gone stays to be seen."""
    if given and str(given) not in {choice.value for choice in options}:
        return (*options, Choice(str(given), str(given), detail=gettext("does not exist")))
    return options


def _texts(given: object) -> list[str]:
    items: Iterable[object] = (
        given if isinstance(given, list | tuple) else str(given or "").split("\n")
    )
    return [text for text in (str(item).strip() for item in items) if text]


def _label(criterion: Criterion, name: str, asked: forms.Field) -> str:
    if name == "values" and not isinstance(criterion, CustomField):
        return str(criterion.label)
    return str(LABELS.get(name, asked.label or name))


def _lead(criterion: Criterion, name: str) -> str:
    if name in SECOND:
        return str(SECOND[name])
    return str(criterion.fields(criterion.operators[0])[name].label) if name in WINDOW[:1] else ""


def _tail(criterion: Criterion, name: str, offer: Offer) -> str:
    if name in criterion.money:
        return offer.currency
    if name in PERCENT or (criterion.key in PERCENT_CRITERIA and name in ("value", "low", "high")):
        return "%"
    return ops_days() if name == "days" or criterion.key == "order_frequency" else ""


def ops_days() -> str:
    """Return the unit of plain numbers of days."""
    return str(dict(ops.UNITS)["days"])
