"""Which column of a file is which field: by name, by synonym, or by the shop's own mapping."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cdp.ingest.dates import DAY_FIRST, MONTH_FIRST
from cdp.ingest.exceptions import ImportFileError
from cdp.ingest.records import FIELD_PREFIX, Record, header_key
from cdp.ingest.words import either

ATTRIBUTE_PREFIX = "attribute:"
EXTRA_PREFIXES = {"fields": FIELD_PREFIX, "attributes": ATTRIBUTE_PREFIX}
DATE_ORDERS = {"dd/mm/yyyy": DAY_FIRST, "mm/dd/yyyy": MONTH_FIRST}
OWN_HEADERS = ("rejected_line", "rejected_reason")
HEADER_LIMIT = 255
COLUMN_LIMIT = 200
KEY_LIMIT = 60


@dataclass(frozen=True)
class Column:
    """A column and what it is taken for: a field's name, `field:KEY`, `attribute:KEY`, or nothing.

    `hint` is the order of day and month for dates and the type for custom fields, if known.
    """

    position: int
    header: str
    field: str = ""
    hint: str = ""

    @property
    def stored(self) -> str:
        """The form kept in `ImportColumn.field`."""
        return f"{self.field}|{self.hint}" if self.hint else self.field

    @classmethod
    def restored(cls, position: int, header: str, stored: str) -> Column:
        """Return the column that `stored` describes."""
        field, _bar, hint = stored.partition("|")
        return cls(position, header, field, hint)


def read_mapping(path: Path) -> dict[str, str]:
    """Return the mapping in a JSON file; raise `ImportFileError` if it is none."""
    try:
        content = json.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise ImportFileError(
            _("The mapping file %(name)s cannot be read as JSON (%(error)s).")
            % {"name": path.name, "error": type(error).__name__},
            hint=_('Write it as {"their header": "our field"}.'),
        ) from error
    if not isinstance(content, dict) or not all(isinstance(v, str) for v in content.values()):
        raise ImportFileError(
            _("The mapping file %(name)s does not map headers to fields.") % {"name": path.name},
            hint=_('Write it as {"their header": "our field"}.'),
        )
    return content


def map_columns(
    record: Record, headers: Sequence[str], mapping: Mapping[str, str], *, name: str
) -> list[Column]:
    """Return what each column is taken for; raise `ImportFileError` where one is missing."""
    columns = recognised(record, headers, mapping, name=name)
    require(record, columns, name)
    return columns


def recognised(
    record: Record, headers: Sequence[str], mapping: Mapping[str, str], *, name: str
) -> list[Column]:
    """Return what each column is taken for, whether or not that is enough."""
    _check_width(headers, name)
    chosen = _mapped(record, headers, mapping)
    taken = {field for field, _hint in chosen.values()}
    keys = [header_key(header) for header in headers]
    for field in record.fields:
        if field.name in taken:
            continue
        for word in field.headers:
            position = keys.index(word) if word in keys else -1
            if (
                position >= 0
                and position not in chosen
                and not _is_claimed(record, field.name, word)
            ):
                chosen[position] = (field.name, "")
                break
    columns = []
    used: set[str] = {field for field, _hint in chosen.values()}
    for position, header in enumerate(headers):
        taken_for, hint = chosen.get(position, ("", ""))
        if position not in chosen:
            taken_for = _extra(record, keys[position], used)
            used.add(taken_for)
        columns.append(Column(position, header[:HEADER_LIMIT], taken_for, hint))
    return columns


def chosen_columns(
    record: Record, headers: Sequence[str], targets: Sequence[str], *, name: str
) -> list[Column]:
    """Return the columns as somebody chose them, one target for each."""
    _check_width(headers, name)
    if len(targets) != len(headers):
        said = ngettext(
            "The file %(name)s has %(count)s column, but %(chosen)s were chosen.",
            "The file %(name)s has %(count)s columns, but %(chosen)s were chosen.",
            len(headers),
        )
        raise ImportFileError(
            said % {"name": name, "count": len(headers), "chosen": len(targets)},
            hint=_("Choose anew what each column is."),
        )
    return [
        Column(position, header[:HEADER_LIMIT], *_understood(record, header, target))
        for position, (header, target) in enumerate(zip(headers, targets, strict=True))
    ]


def missing_groups(record: Record, columns: Sequence[Column]) -> list[tuple[str, ...]]:
    """Return the groups of fields of which at least one is needed and none is there."""
    found = {column.field for column in columns}
    return [group for group in record.needs if not found.intersection(group)]


def doubled_fields(columns: Sequence[Column]) -> list[str]:
    """Return the fields that several columns are taken for."""
    counts = Counter(column.field for column in columns if column.field)
    return [field for field, count in counts.items() if count > 1]


def require(record: Record, columns: Sequence[Column], name: str) -> None:
    """Raise `ImportFileError` if a needed field is missing or one is there twice."""
    for field in doubled_fields(columns):
        listed = _listed([column.header for column in columns if column.field == field])
        raise ImportFileError(
            _("Several columns of the file %(name)s are taken for '%(field)s': %(columns)s.")
            % {"name": name, "field": field, "columns": listed},
            hint=_("Choose one of them and leave the others out."),
        )
    for group in missing_groups(record, columns):
        fields = [record.field(item) for item in group]
        words = either(field.words for field in fields if field)
        found = _listed([column.header for column in columns])
        understood = ", ".join(word for field in fields if field for word in field.headers)
        raise ImportFileError(
            _("The file %(name)s has no column for the %(field)s. Columns found: %(columns)s.")
            % {"name": name, "field": words, "columns": found},
            hint=_("Name the column one of %(words)s, or say in a mapping file which it is.")
            % {"words": understood},
        )


def _check_width(headers: Sequence[str], name: str) -> None:
    if len(headers) > COLUMN_LIMIT:
        raise ImportFileError(
            _("The file %(name)s has %(count)s columns; %(limit)s are allowed.")
            % {"name": name, "count": len(headers), "limit": COLUMN_LIMIT},
            hint=_("Export fewer columns."),
        )


def _is_claimed(record: Record, name: str, word: str) -> bool:
    """Whether `word` is another field's own name."""
    return word != name and record.field(word) is not None


def _extra(record: Record, header: str, used: set[str]) -> str:
    """Return what a column that is no field becomes: a custom field, an attribute, or nothing."""
    prefix = EXTRA_PREFIXES.get(record.extras, "")
    own = {word for field in record.fields for word in field.headers}
    name = f"{prefix}{header[:KEY_LIMIT]}"
    if not prefix or not header or header in own or header in OWN_HEADERS or name in used:
        return ""
    return name


def _mapped(
    record: Record, headers: Sequence[str], mapping: Mapping[str, str]
) -> dict[int, tuple[str, str]]:
    chosen: dict[int, tuple[str, str]] = {}
    keys = [header_key(header) for header in headers]
    for header, target in mapping.items():
        if header in headers:
            position = list(headers).index(header)
        elif header_key(header) in keys:
            position = keys.index(header_key(header))
        else:
            raise ImportFileError(
                _("The mapping names a column '%(header)s' that the file does not have.")
                % {"header": header},
                hint=_("Columns found: %(columns)s.") % {"columns": _listed(headers)},
            )
        chosen[position] = _understood(record, header, target)
    return chosen


def _understood(record: Record, header: str, target: str) -> tuple[str, str]:
    """Return the field that a mapping names for a header, and the order of its dates."""
    name, _blank, order = target.strip().partition(" ")
    hint = DATE_ORDERS.get(order.strip().lower(), "") if order else ""
    for extras, prefix in EXTRA_PREFIXES.items():
        key = header_key(name.removeprefix(prefix))[:KEY_LIMIT]
        if name.startswith(prefix) and record.extras == extras and key:
            return prefix + key, ""
    if name and (record.field(name) is None or (order and not hint)):
        raise ImportFileError(
            _(
                "The mapping takes the column '%(header)s' for '%(target)s', which is no field of "
                "%(kind)s."
            )
            % {"header": header, "target": target, "kind": record.kind.value},
            hint=_("Fields: %(fields)s.")
            % {"fields": ", ".join(field.name for field in record.fields)},
        )
    return name, hint


def _listed(headers: Sequence[str]) -> str:
    nameless = _("(no name)")
    return ", ".join(re.sub(r"\s+", " ", header)[:40] or nameless for header in headers[:60])
