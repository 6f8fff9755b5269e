"""What the builder's form sends, as a draft: fixed prefixes per row, never renumbered."""

from __future__ import annotations

import json
import re
from dataclasses import replace

from django.http import QueryDict

from segments.criteria import Criterion, criteria
from segments.criteria.fields import KnownField, ListField
from segments.criteria.operators import Operator
from segments.drafting.drafts import Draft, DraftRow, beginning
from segments.models import Match, Segment

ROW = re.compile(r"c-(\d{1,6})-criterion")
# A form with more rows than any installation allows is not read further.
MOST_ROWS = 40


def draft_from(posted: QueryDict, *, stored: Segment | None = None) -> Draft:
    """Return the draft that a form describes."""
    names = segment_names()
    numbers = [int(found[1]) for name in posted if (found := ROW.fullmatch(name))]
    ordered = sorted(numbers, key=lambda number: (_order(posted, number), number))[:MOST_ROWS]
    match = posted.get("match", Match.ALL)
    return Draft(
        name=posted.get("name", ""),
        note=posted.get("note", "").replace("\x00", ""),
        is_starred="is_starred" in posted,
        match=match if match in Match.values else Match.ALL,
        excluded=posted.get("excluded", ""),
        rows=tuple(row_from(posted, number, names) for number in ordered),
        stored_name=stored.name if stored is not None else "",
        segment_names=names,
    )


def segment_names() -> list[str]:
    """Return the names that a row may ask for."""
    return list(Segment.objects.order_by("name").values_list("name", flat=True))


def _order(posted: QueryDict, number: int) -> int:
    text = posted.get(f"c-{number}-ORDER", "")
    return int(text) if text.isdecimal() and len(text) < 9 else 10**9


def row_from(posted: QueryDict, number: int, names: list[str]) -> DraftRow:
    """Return one row. A criterion that was exchanged begins anew, an operator keeps what fits."""
    prefix = f"c-{number}"
    key = posted.get(f"{prefix}-criterion", "")
    row = DraftRow(
        number,
        key,
        posted.get(f"{prefix}-operator", ""),
        is_negated=f"{prefix}-not" in posted,
        segment_names=names,
    )
    if key not in criteria:
        return replace(row, values=_kept(posted.get(f"{prefix}-kept", "")))
    criterion = criteria.get(key)
    if posted.get(f"{prefix}-was", "") != key:
        operator, start = beginning(criterion, None)
        return replace(row, operator=operator.key, values=start, is_negated=False)
    if row.how is None:
        return row
    values = _values(posted, prefix, criterion, row.how)
    if posted.get(f"{prefix}-how", "") != row.operator:
        _operator, start = beginning(criterion, row.how)
        values = {**start, **values}
    return replace(row, values=values)


def _values(
    posted: QueryDict, prefix: str, criterion: Criterion, operator: Operator
) -> dict[str, object]:
    values: dict[str, object] = {}
    for name, field in criterion.fields(operator).items():
        sent = [text.replace("\x00", "") for text in posted.getlist(f"{prefix}-v-{name}")]
        if isinstance(field, ListField) and not isinstance(field, KnownField):
            listed = [line.strip() for text in sent for line in text.splitlines()]
            if any(listed):
                values[name] = [line for line in listed if line]
        elif sent and sent[-1].strip():
            values[name] = sent[-1].strip()
    return values


def _kept(text: str) -> dict[str, object]:
    """Return the values of a row that this version does not understand, as they came."""
    try:
        kept = json.loads(text or "{}")
    except (ValueError, RecursionError):
        return {}
    return kept if isinstance(kept, dict) else {}
