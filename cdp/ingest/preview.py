"""The first rows of a file as they will be understood, before anything is read or written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from cdp.ingest.csv import Raw
from cdp.ingest.dates import OrderEvidence
from cdp.ingest.headers import (
    DATE_ORDERS,
    EXTRA_PREFIXES,
    OWN_HEADERS,
    Column,
    doubled_fields,
    missing_groups,
)
from cdp.ingest.lines import Dialect
from cdp.ingest.opening import dialect_at, header_of, record_of, with_hint
from cdp.ingest.parse import Understood, missing, read_column
from cdp.ingest.records import Record
from cdp.ingest.values import BadValue, named, parse_status
from cdp.models import ImportKind, ImportRun, JobState

PREVIEW_ROWS = 20
EXAMPLES = 3
DATE_TYPES = ("moment", "past")


@dataclass(frozen=True)
class Look:
    """A file as far as one look at its beginning tells."""

    record: Record
    dialect: Dialect
    headers: list[str]
    first: list[Raw]

    def examples(self, position: int) -> list[str]:
        """Return a few different values of a column."""
        found: dict[str, None] = {}
        for row in self.first:
            text = row.cells[position].strip() if row.cells else ""
            if text:
                found[text] = None
            if len(found) == EXAMPLES:
                break
        return list(found)

    def evidence(self, position: int) -> OrderEvidence:
        """Return whether the values tell if the day or the month comes first."""
        seen = OrderEvidence()
        for row in self.first:
            if row.cells:
                seen.add(row.cells[position].strip())
        return seen

    def takes_dates(self, position: int) -> bool:
        """Whether values of the column are dates whose order must be known."""
        return any(self.evidence(position).state)


@dataclass(frozen=True)
class PreviewRow:
    """A row: the line it stands on, what its used cells say, and why it is rejected, if so."""

    line: int
    cells: list[Understood]
    problem: str = ""

    @property
    def lacks(self) -> bool:
        """Whether it is rejected for what it does not say, not for one of its cells."""
        return bool(self.problem and self.cells) and not any(c.problem for c in self.cells)


@dataclass(frozen=True)
class Preview:
    """What becomes of the first rows, and what must be chosen first."""

    columns: list[Column]
    rows: list[PreviewRow] = field(default_factory=list)
    missing: list[tuple[str, ...]] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)

    @property
    def is_complete(self) -> bool:
        """Whether the file can be checked like this."""
        return not self.missing and not self.doubled

    @property
    def rejected_count(self) -> int:
        """How many of the rows shown will be rejected."""
        return sum(bool(row.problem) for row in self.rows)


def look_at(path: Path, file_name: str, kind: str) -> Look:
    """Return what the file begins with; raise `ImportFileError` if it cannot be read."""
    record = record_of(kind)
    dialect = dialect_at(path, record, name=file_name, is_checked=True)
    headers, _lines, first = header_of(path, dialect, name=file_name)
    return Look(record, dialect, headers, first)


def preview_of(look: Look, columns: Sequence[Column], *, zone: ZoneInfo, now: datetime) -> Preview:
    """Return what the first rows say when the columns are taken like this."""
    record = look.record
    used = [with_hint(record, column, look.first, zone) for column in columns if column.field]
    rows = look.first[:PREVIEW_ROWS]
    readable = [row for row in rows if row.cells]
    read = [_column(readable, column, look, zone=zone, now=now) for column in used]
    lacking = missing_groups(record, used)
    by_line = {
        row.line: cells for row, cells in zip(readable, zip(*read, strict=True), strict=False)
    }
    shown = []
    for row in rows:
        cells = list(by_line.get(row.line, ()))
        problem = row.reason or next((cell.problem for cell in cells if cell.problem), "")
        if not problem and cells and not lacking:
            pairs = zip(used, cells, strict=True)
            found = {column.field: cell for column, cell in pairs if cell.value is not None}
            problem = missing(record, found)
        shown.append(PreviewRow(row.line, cells, problem))
    return Preview(used, shown, lacking, doubled_fields(used))


def _column(
    rows: Sequence[Raw], column: Column, look: Look, *, zone: ZoneInfo, now: datetime
) -> list[Understood]:
    texts = [row.cells[column.position] for row in rows]
    order = look.evidence(column.position).order
    cells = read_column(texts, column, look.record, zone=zone, order=order, now=now)
    if look.record.kind == ImportKind.ORDERS and column.field == "status":
        return [_status(cell) for cell in cells]
    return cells


def _status(cell: Understood) -> Understood:
    """Return the status that the importer will make of the shop's word for it."""
    if cell.value is None:
        return cell
    text = str(cell.value)
    try:
        return cell._replace(value=parse_status(text))
    except BadValue as bad:
        return cell._replace(value=None, problem=bad.about(named(_("order status"), text)))


def remembered(kind: str, headers: Sequence[str]) -> ImportRun | None:
    """Return the newest finished import of this kind whose file had the same headers."""
    runs = ImportRun.objects.filter(kind=kind, is_dry_run=False, job__state=JobState.DONE)
    for run in runs.order_by("-pk").prefetch_related("columns")[:20]:
        if [column.header for column in run.columns.all()] == [text[:255] for text in headers]:
            return run
    return None


def target_of(column: Column) -> str:
    """Return the choice that `chosen_columns` understands as this column."""
    order = {hint: text.upper() for text, hint in DATE_ORDERS.items()}.get(column.hint, "")
    return f"{column.field} {order}".strip()


def is_date(record: Record, target: str) -> bool:
    """Whether a column taken for this holds moments whose order of day and month may be chosen."""
    declared = record.field(target)
    return declared is not None and declared.type in DATE_TYPES


def extra_target(record: Record, key: str) -> str:
    """Return what a column that is no field can be kept as, or an empty text."""
    prefix = EXTRA_PREFIXES.get(record.extras, "")
    return f"{prefix}{key}" if prefix and key and key not in OWN_HEADERS else ""
