"""Taking a look at a file before the work: is it readable, what are its columns; the `ImportRun`
is the result.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import islice
from pathlib import Path
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils.translation import gettext as _

from cdp.ingest.csv import Raw, Rows
from cdp.ingest.dates import parse_moment
from cdp.ingest.detect import (
    BROKEN_PACKING,
    broken_packing,
    dialect_of,
    encoding_of,
    sample_of,
)
from cdp.ingest.exceptions import ImportFileError
from cdp.ingest.headers import Column, chosen_columns, map_columns, require
from cdp.ingest.lines import Dialect, Lines, open_binary
from cdp.ingest.records import FIELD_PREFIX, RECORDS, Record
from cdp.ingest.values import BadValue, parse_flag, parse_number
from cdp.models import ImportColumn, ImportKind, ImportRun, JobState, Shop

SAMPLE_ROWS = 1000
SOURCE_LIMIT = 40
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")


def record_of(kind: str) -> Record:
    """Return the declaration of this kind of file; raise `ImportFileError` naming the kinds there
    are.
    """
    if kind not in RECORDS:
        raise ImportFileError(
            _("There is no kind of file '%(kind)s'.") % {"kind": kind},
            hint=_("Kinds: %(kinds)s.") % {"kinds": ", ".join(RECORDS)},
        )
    return RECORDS[kind]


def dialect_at(path: Path, record: Record, *, name: str = "", is_checked: bool = False) -> Dialect:
    """Return how the file is written; raise `ImportFileError` if it cannot be read."""
    sample = sample_of(path, name=name, is_checked=is_checked)
    return dialect_of(sample, encoding_of(sample), record)


def header_of(path: Path, dialect: Dialect, *, name: str = "") -> tuple[list[str], int, list[Raw]]:
    """Return the header cells, the number of lines down to and with the header, and the first
    rows.
    """
    shown = name or path.name
    try:
        with open_binary(path) as stream:
            rows = Rows(Lines(stream, dialect.encoding), dialect, consumed=dialect.skipped_lines)
            header = next(iter(rows), None)
            if header is None or not header.cells:
                raise ImportFileError(
                    _("The file %(name)s has no header row.") % {"name": shown},
                    hint=_("Export it again."),
                )
            if any(map(_CONTROL.search, header.cells)):
                raise ImportFileError(
                    _("The file %(name)s is not text, or written in an unknown way.")
                    % {"name": shown},
                    hint=_("Save it as CSV (UTF-8)."),
                )
            consumed = rows.consumed
            names = [cell.strip() for cell in header.cells]
            rows.width = len(names)
            first = list(islice(rows, SAMPLE_ROWS))
    except BROKEN_PACKING as error:
        raise broken_packing(shown) from error
    return names, consumed, first


def open_import(
    path: Path,
    kind: str,
    *,
    now: datetime,
    source: str = "shop",
    mapping: Mapping[str, str] | None = None,
    targets: Sequence[str] | None = None,
    name: str = "",
    is_dry_run: bool = False,
) -> ImportRun:
    """Return the new run for a file, its columns understood; raise `ImportFileError` if it cannot
    be taken.

    `targets` says of every column in order what it is, instead of names and `mapping`. `name` is
    what the file was called before it was stored; its packing is then checked by the job.
    """
    record = record_of(kind)
    source = source.strip()
    if not 0 < len(source) <= SOURCE_LIMIT:
        raise ImportFileError(
            _("The name of the source must have 1 to 40 characters."),
            hint=_("Write for example 'shop'."),
        )
    path = path.expanduser().resolve()
    dialect = dialect_at(path, record, name=name, is_checked=bool(name))
    headers, _consumed, first = header_of(path, dialect, name=name)
    shown = name or path.name
    if targets is None:
        columns = map_columns(record, headers, mapping or {}, name=shown)
    else:
        columns = chosen_columns(record, headers, targets, name=shown)
        require(record, columns, shown)
    zone = Shop.objects.current().zone
    with transaction.atomic():
        run = ImportRun.objects.create(
            kind=kind,
            source=source,
            path=str(path),
            file_name=shown[:255],
            file_size=path.stat().st_size,
            encoding=dialect.encoding,
            delimiter=dialect.delimiter,
            is_dry_run=is_dry_run,
            created_at=now,
        )
        hinted = [with_hint(record, column, first, zone) for column in columns]
        ImportColumn.objects.bulk_create(
            ImportColumn(run=run, position=c.position, header=c.header, field=c.stored)
            for c in hinted
        )
    return run


def with_hint(record: Record, column: Column, first: Sequence[Raw], zone: ZoneInfo) -> Column:
    """Return the column with what its first values tell: the type of a custom field, a decimal
    comma.
    """
    values = [row.cells[column.position].strip() for row in first if row.cells]
    field = record.field(column.field)
    hint = column.hint
    if column.field.startswith(FIELD_PREFIX):
        hint = infer_type(values, zone=zone)
    elif field is not None and field.type in ("money", "quantity"):
        commas = any(re.search(r"\d,(\d{1,2}|\d{4,})\D*$|\.\d{3},", value) for value in values)
        dots = any(re.search(r"\d\.(\d{1,2}|\d{4,})\D*$|,\d{3}\.", value) for value in values)
        hint = "comma" if commas and not dots else ""
    return Column(column.position, column.header, column.field, hint)


def columns_of(run: ImportRun) -> list[Column]:
    """Return how the columns of a run were understood."""
    return [
        Column.restored(position, header, stored)
        for position, header, stored in run.columns.values_list("position", "header", "field")
    ]


def infer_type(values: Sequence[str], *, zone: ZoneInfo) -> str:
    """Return the type of custom field that all these values fit: number, date, flag, else text."""
    texts = [value.strip() for value in values if value.strip()]
    if not texts:
        return "text"
    if all(_is_number(text) for text in texts):
        return "number"
    if all(_is_flag(text) for text in texts):
        return "flag"
    if all(
        len(text) >= 8 and re.search(r"[-./ ]", text) and parse_moment(text, zone=zone)
        for text in texts
    ):
        return "date"
    return "text"


def _is_number(text: str) -> bool:
    if not re.fullmatch(r"[-+]?[\d.,\s]{1,20}", text) or re.match(r"0\d", text):
        return False
    try:
        parse_number(text)
    except BadValue:
        return False
    return True


def _is_flag(text: str) -> bool:
    try:
        parse_flag(text)
    except BadValue:
        return False
    return True


def has_catalogue(run: ImportRun) -> bool:
    """Whether the run is of products and an earlier file of its source had some."""
    if run.kind != ImportKind.PRODUCTS:
        return False
    earlier = ImportRun.objects.filter(kind=run.kind, source=run.source, pk__lt=run.pk)
    return earlier.filter(is_dry_run=False, job__state=JobState.DONE).exists()
