"""From cells to values: every row of a chunk is understood or rejected with a reason a shop owner
can act on.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP
from functools import partial
from operator import attrgetter
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from cdp.ingest import values
from cdp.ingest.context import Notes, Row
from cdp.ingest.csv import CONTENT_LIMIT, as_text
from cdp.ingest.dates import DAY_FIRST, OrderEvidence, parse_day, parse_moment
from cdp.ingest.headers import ATTRIBUTE_PREFIX, Column
from cdp.ingest.records import FIELD_PREFIX, Field, Record
from cdp.ingest.spool import Spooled
from cdp.ingest.values import BadValue, named, quoted
from cdp.ingest.words import either
from cdp.jobs.base import Rejection

Reader = Callable[[str], Any]
MARKED = frozenset("=+-@＝＋－＠")
NOTHING = frozenset(("NULL", "\\N", "#N/A", "N/A", "NaN", "-"))
QUOTABLE = frozenset(("moment", "past", "money", "quantity", "currency", "id"))
# Of these, values that cannot be read may be named in notes: they tell nothing about a person.
_NAMEABLE = frozenset(("country", "language", "flag", "moment"))
_NEEDS_DIGIT = frozenset(("moment", "past", "money", "quantity", "id"))


@dataclass
class Parsed:
    """The rows of a chunk as far as they could be understood."""

    rows: list[Row] = field(default_factory=list)
    rejections: list[Rejection] = field(default_factory=list)
    notes: Notes = field(default_factory=Notes)
    torn: set[str] = field(default_factory=set)


class _Nothing:
    """Stands for a cell that says nothing."""


class _Odd(NamedTuple):
    """A cell that cannot be read, or whose reading must be noted wherever it occurs."""

    value: object
    reason: str
    notes: Notes


_NOTHING = _Nothing()


class Understood(NamedTuple):
    """What one cell says: a value or nothing, why its row is rejected, and what is noted of it."""

    text: str
    value: object | None = None
    problem: str = ""
    note: str = ""


class _Cells(dict[str, object]):
    """One column of a chunk: what each of its texts says, read once.

    `has_gaps` and `has_odd` tell whether any cell met so far says nothing or is odd.
    """

    def __init__(self, position: int, name: str, field: Field, read: Reader, notes: Notes) -> None:
        super().__init__()
        self.position, self.name, self.field = position, name, field
        self._read, self._notes = read, notes
        self.has_gaps = self.has_odd = False

    def __missing__(self, text: str) -> object:
        value = self[text] = self._understood(text.strip())
        return value

    def _understood(self, text: str) -> object:
        if not text or text in NOTHING:
            self.has_gaps = True
            return _NOTHING
        value: object = _NOTHING
        reason = ""
        try:
            value = self._read(unmarked(text))
        except BadValue as bad:
            if self.field.is_soft:
                nameable = quoted(text, needs_digit=self.field.type in _NEEDS_DIGIT).strip(" '")
                self._notes.add(
                    f"unread_{self.name}",
                    _("The %(field)s could not be read and was left out.")
                    % {"field": self.field.words},
                    example=nameable if self.field.type in _NAMEABLE else "",
                )
            else:
                reason = _reason(self.field, text, bad)
        if not reason and not self._notes.counts:
            return value
        self.has_odd = True
        return _Odd(value, reason, self._notes.taken())


def read_column(
    texts: Iterable[str],
    column: Column,
    record: Record,
    *,
    zone: ZoneInfo,
    order: str,
    now: datetime,
) -> list[Understood]:
    """Return what each of these cells of a column says."""
    cells = _cells(column, record, zone=zone, order=order, now=now)
    found = []
    for text in texts:
        value, problem, note = cells[text], "", ""
        if isinstance(value, _Odd):
            problem, note = value.reason, " ".join(value.notes.texts.values())
            value = value.value
        found.append(Understood(text, None if value is _NOTHING else value, problem, note))
    return found


def parse_rows(
    rows: Iterable[Spooled],
    columns: Sequence[Column],
    record: Record,
    *,
    zone: ZoneInfo,
    evidence: Mapping[str, tuple[int, int, int]],
    now: datetime,
) -> Parsed:
    """Return what the rows say."""
    parsed = Parsed()
    readable = []
    for spooled in rows:
        raw = spooled.raw
        if raw.cells:
            readable.append(spooled)
        else:
            parsed.rejections.append(Rejection(raw.line, raw.reason, raw.text))
    cells = []
    for column in columns:
        if column.field:
            order = OrderEvidence(tuple(evidence.get(str(column.position), (0, 0, 0)))).order  # type: ignore[arg-type]
            cells.append(_cells(column, record, zone=zone, order=order, now=now))
    table = [spooled.raw.cells for spooled in readable]
    read = [map(each.__getitem__, [row[each.position] for row in table]) for each in cells]
    _assemble(readable, list(zip(*read, strict=True)), cells, record, parsed)
    parsed.rejections.sort(key=attrgetter("position"))
    return parsed


def _assemble(
    rows: Sequence[Spooled],
    values_read: Sequence[tuple[object, ...]],
    cells: Sequence[_Cells],
    record: Record,
    parsed: Parsed,
) -> None:
    """Make values by field of each row's values by column, or reject it."""
    names = [each.name for each in cells]
    has_odd = any(each.has_odd for each in cells)
    has_gaps = has_odd or any(each.has_gaps for each in cells)
    always = {each.name for each in cells if not has_odd and not each.has_gaps}
    needs = [frozenset(group) for group in record.needs if always.isdisjoint(group)]
    if not needs and not has_gaps:
        parsed.rows = [
            Row(raw.line, dict(zip(names, row, strict=True)), raw.cells)
            for (_key, raw, _part, _end), row in zip(rows, values_read, strict=True)
        ]
        return
    for spooled, row in zip(rows, values_read, strict=True):
        reason = ""
        if has_odd:
            row, reason = _settled(row, parsed.notes)
        pairs = zip(names, row, strict=True)
        found: dict[str, Any] = (
            {name: value for name, value in pairs if value is not _NOTHING}
            if has_gaps
            else dict(pairs)
        )
        if needs and not reason and any(group.isdisjoint(found) for group in needs):
            reason = missing(record, found)
        raw = spooled.raw
        if not reason:
            parsed.rows.append(Row(raw.line, found, raw.cells))
            continue
        content = as_text(raw.cells)[:CONTENT_LIMIT]
        parsed.rejections.append(Rejection(raw.line, reason, content))
        if spooled.key:
            parsed.torn.add(spooled.key)


def _settled(row: tuple[object, ...], notes: Notes) -> tuple[tuple[object, ...], str]:
    """Return the row's values with odd cells settled and noted, and why it is rejected, if so."""
    reason, settled = "", []
    for value in row:
        if isinstance(value, _Odd):
            reason = reason or value.reason
            notes.merge(value.notes)
            value = value.value
        settled.append(value)
    return tuple(settled), reason


def unmarked(text: str) -> str:
    """Return the text without the mark that keeps a spreadsheet from taking it for a formula."""
    return text[1:] if text[:1] == "'" and text[1:2] in MARKED else text


def _reason(field: Field, text: str, bad: BadValue) -> str:
    if field.type not in QUOTABLE:
        return bad.about(field.words)
    return bad.about(named(field.words, text, needs_digit=field.type in _NEEDS_DIGIT))


def missing(record: Record, found: Mapping[str, object]) -> str:
    """Return why a row with these values lacks something, or an empty text."""
    for group in record.needs:
        if not any(name in found for name in group):
            fields = [record.field(name) for name in group]
            words = either(field.words for field in fields if field)
            return _("The row has no %(field)s. Fill it in.") % {"field": words}
    return ""


def _cells(column: Column, record: Record, *, zone: ZoneInfo, order: str, now: datetime) -> _Cells:
    notes = Notes()
    declared = record.field(column.field)
    if declared is None:
        declared = _extra_field(column)
    if column.hint in ("dmy", "mdy"):
        order = column.hint
    readers: dict[str, Reader] = {
        "text": partial(_text, limit=declared.limit, field=declared, notes=notes),
        "id": partial(_id, limit=declared.limit),
        "money": partial(values.parse_money, has_comma=column.hint == "comma"),
        "number": values.parse_number,
        "quantity": partial(_quantity, has_comma=column.hint == "comma", notes=notes),
        "flag": values.parse_flag,
        "date": partial(_day, zone=zone, order=order),
        "moment": partial(_moment, zone=zone, order=order),
        "past": partial(_past, zone=zone, order=order, latest=now + timedelta(days=1)),
        "email": values.parse_email,
        "raw": _raw,
        "country": values.parse_country,
        "language": values.parse_language,
        "currency": values.parse_currency,
        "labels": values.parse_labels,
    }
    return _Cells(column.position, column.field, declared, readers[declared.type], notes)


def _extra_field(column: Column) -> Field:
    if column.field.startswith(FIELD_PREFIX):
        name = column.field.removeprefix(FIELD_PREFIX)
        label = _("custom field '%(name)s'") % {"name": name}
        return Field(column.field, column.hint or "text", "", label, 500, True)
    return Field(column.field, "text", "", column.field.removeprefix(ATTRIBUTE_PREFIX), 300, True)


def _text(text: str, *, limit: int, field: Field, notes: Notes) -> str:
    value = unicodedata.normalize("NFC", text) if not text.isascii() else text
    if len(value) > limit:
        said = _("The %(field)s was cut to %(limit)s characters.")
        notes.add(f"cut_{field.name}", said % {"field": field.words, "limit": limit})
        value = value[:limit].strip()
    return value


def _id(text: str, *, limit: int) -> str:
    value = unicodedata.normalize("NFC", text) if not text.isascii() else text
    if len(value) > limit:
        raise BadValue(_("The %(what)s is longer than %(limit)s characters."), {"limit": limit})
    return value


def _raw(text: str) -> str:
    return text[:60]


def _quantity(text: str, *, has_comma: bool, notes: Notes) -> int:
    number = values.parse_number(text, has_comma=has_comma)
    whole = int(number.to_integral_value(ROUND_HALF_UP))
    if whole != number:
        notes.add(
            "fraction",
            _("The quantity was not a whole number; it was rounded, to one piece at least."),
        )
        whole = whole or (1 if number > 0 else -1)
    if abs(whole) > values.WHOLE_LIMIT:
        raise BadValue(_("The %(what)s is too large."))
    return whole


def _moment(text: str, *, zone: ZoneInfo, order: str = DAY_FIRST) -> datetime:
    moment = parse_moment(text, zone=zone, order=order)
    if moment is None:
        raise BadValue(_("The %(what)s is not a date. Write it as 2024-12-31."))
    return moment


def _past(text: str, *, zone: ZoneInfo, order: str, latest: datetime) -> datetime:
    moment = _moment(text, zone=zone, order=order)
    if moment > latest:
        raise BadValue(_("The %(what)s lies in the future. Check day, month and year."))
    return moment


def _day(text: str, *, zone: ZoneInfo, order: str) -> object:
    day = parse_day(text, zone=zone, order=order)
    if day is None:
        raise BadValue(_("The %(what)s is not a date. Write it as 2024-12-31."))
    return day
