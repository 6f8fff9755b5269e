"""The working copy of a file: one JSON line per row, in reading order or sorted by order, readable from any row.

It is made in short steps and can be made again from the original at any time, giving the same copy.
"""

from __future__ import annotations

import heapq
import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from django.conf import settings

from cdp.ingest.csv import Lines, Raw, Rows, open_binary
from cdp.ingest.dates import OrderEvidence
from cdp.ingest.opening import columns_of, dialect_at, header_of, record_of
from cdp.models import ImportRun

COPY, SORT, ROWS, END = "copy", "sort", "rows", "end"
SET_LIMIT = 500_000
SORT_ROWS = 200_000
LOOK_EVERY = 1000
_loads = json.JSONDecoder().decode
GROUPED_BY = {"order_lines": "order_id", "cart_lines": "cart_id"}


@dataclass
class Progress:
    """How far the preparation and the reading have got: the checkpoint of an import."""

    phase: str = COPY
    lines: int = 0
    size: int = 0
    rows: int = 0
    last_key: str = ""
    is_ordered: bool = True
    is_grouped: bool = True
    evidence: dict[str, tuple[int, int, int]] = field(default_factory=dict)
    short: int = 0
    foreign: int = 0
    null: int = 0
    runs: int = 0
    offsets: list[int] = field(default_factory=list)

    def stored(self) -> str:
        """Return the checkpoint text."""
        return json.dumps(asdict(self))

    @classmethod
    def restored(cls, text: str) -> Progress:
        """Return the progress that a checkpoint tells."""
        return cls(**json.loads(text)) if text else cls()


class Spooled(NamedTuple):
    """A row of the working copy, which part it came from, and where the next one of that part begins."""

    key: str
    raw: Raw
    part: int
    end: int


def _folder() -> Path:
    folder: Path = settings.DATA_DIR / "spool"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _path(run: ImportRun) -> Path:
    return _folder() / f"import-{run.pk}.jsonl"


def _part(run: ImportRun, number: int) -> Path:
    return _folder() / f"import-{run.pk}.{number}.jsonl"


def discard(run: ImportRun) -> None:
    """Delete the working copy."""
    for path in _folder().glob(f"import-{run.pk}.*"):
        path.unlink(missing_ok=True)


def _key_position(run: ImportRun) -> int | None:
    name = GROUPED_BY.get(run.kind)
    return next((c.position for c in columns_of(run) if c.field == name), None) if name else None


def advance(run: ImportRun, progress: Progress, *, seconds: float) -> Progress:
    """Return the progress after working on the copy for about `seconds`."""
    deadline = time.monotonic() + seconds
    if progress.phase == COPY:
        progress = _copy(run, progress, deadline)
    while progress.phase == SORT and time.monotonic() < deadline:
        progress = _sort(run, progress)
    return progress


def _copy(run: ImportRun, before: Progress, deadline: float) -> Progress:
    path, record = Path(run.path), record_of(run.kind)
    dialect = dialect_at(path, record)
    names, header_lines, _first = header_of(path, dialect)
    now = Progress.restored(before.stored())
    now.lines = now.lines or header_lines
    types = {item.name: item.type for item in record.fields}
    evidence = {
        c.position: OrderEvidence(tuple(now.evidence.get(str(c.position), (0, 0, 0))))  # type: ignore[arg-type]
        for c in columns_of(run)
        if c.hint == "date" or types.get(c.field) in ("moment", "past")
    }
    watch = _Grouping(_key_position(run), now, is_whole=not before.lines)
    mode = "r+b" if _path(run).exists() else "w+b"
    with open_binary(path) as stream, _path(run).open(mode) as spool:
        spool.truncate(now.size)
        spool.seek(now.size)
        lines = Lines(stream, dialect.encoding)
        rows = Rows(lines, dialect, consumed=now.lines, width=len(names))
        dumps = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
        iterator, is_over = iter(rows), False
        while not is_over and time.monotonic() < deadline:
            block = list(islice(iterator, LOOK_EVERY))
            is_over = len(block) < LOOK_EVERY
            for row in block:
                for position, seen in evidence.items():
                    if row.cells:
                        seen.add(row.cells[position].strip())
                watch.look(row)
            data = "".join(dumps(row) + "\n" for row in block).encode("utf-8", "replace")
            now.size += spool.write(data)
            now.rows += len(block)
            now.lines = rows.consumed
        now.short += rows.short
        now.foreign += lines.foreign
        now.null += lines.null
    now.evidence = {str(position): seen.state for position, seen in evidence.items()}
    watch.keep(now)
    if is_over:
        is_sorted = watch.position is None or now.is_ordered or now.is_grouped
        now.phase, now.offsets = (ROWS, [0]) if is_sorted else (SORT, [0])
    return now


class _Grouping:
    """Watches whether all rows of an order stand together, in bounded memory."""

    def __init__(self, position: int | None, progress: Progress, *, is_whole: bool) -> None:
        self.position = position
        self.last = progress.last_key
        self.is_ordered = progress.is_ordered
        self.is_grouped = progress.is_grouped and is_whole
        self.seen: set[int] = set()

    def look(self, row: Raw) -> None:
        """Look at one row."""
        if self.position is None or not row.cells:
            return
        key = row.cells[self.position].strip()
        if key == self.last:
            return
        if (len(key), key) < (len(self.last), self.last):
            self.is_ordered = False
        if self.is_grouped:
            mark = hash(key)
            self.is_grouped = mark not in self.seen and len(self.seen) < SET_LIMIT
            self.seen.add(mark)
        self.last = key

    def keep(self, progress: Progress) -> None:
        """Store what was found."""
        progress.last_key, progress.is_ordered = self.last, self.is_ordered
        progress.is_grouped = self.is_grouped


def _sort(run: ImportRun, before: Progress) -> Progress:
    """Write the next stretch of the copy, sorted by order, as a part of its own."""
    now = Progress.restored(before.stored())
    position = _key_position(run)
    with _path(run).open("rb") as source:
        source.seek(now.offsets[0])
        lines = list(islice(source, SORT_ROWS))
        now.offsets = [now.offsets[0] + sum(map(len, lines))]
    stretch = []
    for line in lines:
        number, cells, *_rest = _loads(line.decode())
        key = cells[position].strip() if position is not None and cells else ""
        stretch.append((key, number, line))
    if stretch:
        stretch.sort()
        now.runs += 1
        with _part(run, now.runs).open("wb") as target:
            target.writelines(line for _key, _number, line in stretch)
    if len(stretch) < SORT_ROWS:
        now.phase, now.offsets = ROWS, [0] * now.runs
        _path(run).unlink(missing_ok=True)
    return now


def _read_part(path: Path, part: int, offset: int, position: int | None) -> Iterator[Spooled]:
    with path.open("rb") as stream:
        stream.seek(offset)
        for line in stream:
            offset += len(line)
            number, cells, *rest = _loads(line.decode())
            key = cells[position].strip() if position is not None and cells else ""
            yield Spooled(key, Raw(number, cells, *rest), part, offset)


def rebuild_if_missing(run: ImportRun, progress: Progress) -> None:
    """Make the working copy again if it is gone (another machine, a cleared folder)."""
    paths = [_part(run, n) for n in range(1, progress.runs + 1)] or [_path(run)]
    if progress.phase != ROWS or all(path.exists() for path in paths):
        return
    again = Progress()
    while again.phase in (COPY, SORT):
        again = advance(run, again, seconds=3600)


def read_rows(run: ImportRun, progress: Progress, *, count: int) -> list[Spooled]:
    """Return about the next `count` rows; rows of one order are never torn apart."""
    position = _key_position(run)
    if progress.runs:
        parts = [
            _read_part(_part(run, number + 1), number, offset, position)
            for number, offset in enumerate(progress.offsets)
        ]
        merged: Iterator[Spooled] = heapq.merge(*parts, key=lambda item: (item.key, item.raw.line))
    else:
        merged = _read_part(_path(run), 0, progress.offsets[0], position)
    rows = list(islice(merged, count))
    if position is not None and len(rows) == count:
        last = next((row.key for row in reversed(rows) if row.key), "")
        for row in merged:
            if row.key and row.key != last:
                break
            rows.append(row)
    return rows


def after(progress: Progress, rows: Sequence[Spooled]) -> Progress:
    """Return the progress when these rows have been dealt with."""
    now = Progress.restored(progress.stored())
    for row in rows:
        now.offsets[row.part] = row.end
    return now
