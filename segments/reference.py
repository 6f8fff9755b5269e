"""The reference page of every criterion and operator, written from the registry."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from django import forms
from django.utils import translation

from segments.criteria import Criterion, criteria
from segments.criteria.fields import KnownField, KnownListField, ListField, WholeField
from segments.criteria.operators import Operator
from segments.rows import row_of

HEAD = """\
# What a segment can ask

This page is made from the source by `manage.py segments criteria --markdown`; do not edit it.

A condition row names a criterion, an operator and values; those in [brackets] may be left out:

```json
{"criterion": "last_order", "operator": "more_than_ago", "values": {"amount": 60, "unit": "days"}}
```

- `"not": true` turns a row into its complement: everybody for whom it does not hold, customers
  without the value included.
- Several entries in one list mean “one of them”; several values of one row must all hold together.
- Days are written `2026-05-06` and are the shop's local days. Numbers may be written as text, so
  that `"99.90"` stays exact. Money is in the shop's currency.
- `unit` is `days`, `weeks`, `months` or `years`; days if it is left out. “Within the last 7 days”
  is today and the six days before it. “More than 60 days ago” ends with the 61st day before today.
- A window is made of `last` (with `unit`), `since` and `until`; both days are included, and nothing
  counts that lies after the moment the segment is computed for.
- Upper and lower case make no difference in names of countries, places, tags, groups, brands,
  categories and products. A name that the shop does not know yet is allowed, and reported.
"""
# The plain value of a parameter that an example does not give.
SAMPLES: dict[str, object] = {
    "amount": 30,
    "unit": "days",
    "days": 14,
    "start": "2025-12-01",
    "end": "2025-12-24",
    "day": "2026-05-06",
    "value": 100,
    "low": 50,
    "high": 100,
}


def page() -> str:
    """Return the page in Markdown, in English whatever the active language."""
    with translation.override("en"):
        groups: dict[str, list[Criterion]] = {}
        for criterion in criteria:
            groups.setdefault(str(criterion.group), []).append(criterion)
        lines = [HEAD]
        for group in sorted(groups):
            lines += [f"## {group}", ""]
            for criterion in sorted(groups[group], key=lambda entry: entry.key):
                lines += _criterion_lines(criterion)
        return "\n".join(lines).rstrip() + "\n"


def _criterion_lines(criterion: Criterion) -> Iterator[str]:
    told = f"{criterion.summary} {criterion.help}".strip()
    yield from (f"### `{criterion.key}`: {criterion.label}", "", told, "")
    yield from ("| Operator | Values | Reads |", "|---|---|---|")
    for operator in criterion.operators:
        sentence = row_of(criterion.key, operator.key, example(criterion, operator)).describe(
            currency="EUR"
        )
        cells = (f"`{operator.key}`", ", ".join(_names(criterion, operator)) or "none", sentence)
        yield "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
    yield ""
    yield from _notes(criterion)
    yield from ("```json", _row_text(criterion), "```", "")


def _names(criterion: Criterion, operator: Operator) -> Iterable[str]:
    for name, field in criterion.fields(operator).items():
        yield f"`{name}`" if field.required else f"[`{name}`]"


def _notes(criterion: Criterion) -> Iterator[str]:
    """Say once per criterion what kind each value is of; those in brackets may be left out."""
    fields: dict[str, forms.Field] = {}
    for operator in criterion.operators:
        fields |= criterion.fields(operator)
    if not fields:
        return
    for name, field in fields.items():
        yield f"- `{name}`: {_kind(field)}"
    yield ""


def _kind(field: forms.Field) -> str:
    words = _type(field)
    if isinstance(field, KnownListField):
        words += ", ".join(f"`{key}`" for key in field.choices)
    low, high = getattr(field, "min_value", None), getattr(field, "max_value", None)
    if low is not None and high is not None:
        words += f" from {low} to {high}"
    elif low is not None:
        words += f" from {low} on"
    return words


def _type(field: forms.Field) -> str:
    if isinstance(field, KnownListField):
        return "one of " if isinstance(field, KnownField) else "some of "
    if isinstance(field, ListField):
        return "a list of texts"
    if isinstance(field, forms.DateField):
        return "a day"
    if isinstance(field, WholeField):
        return "a whole number"
    return "a number" if isinstance(field, forms.DecimalField) else "a text"


def example(criterion: Criterion, operator: Operator) -> dict[str, object]:
    """Return sensible values for a row, as a person would write them."""
    values: dict[str, object] = {}
    for name, field in criterion.fields(operator).items():
        if name in criterion.example:
            values[name] = criterion.example[name]
        elif field.required and name in SAMPLES:
            values[name] = SAMPLES[name]
    if "amount" in values and "unit" not in values:
        values["unit"] = SAMPLES["unit"]
    return values


def _row_text(criterion: Criterion) -> str:
    operator = criterion.operators[0]
    row: dict[str, object] = {"criterion": criterion.key, "operator": operator.key}
    if values := example(criterion, operator):
        row["values"] = values
    return json.dumps(row, ensure_ascii=False)
