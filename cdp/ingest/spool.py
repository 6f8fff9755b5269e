"""The working copy of a file: one JSON line per row, in reading order or sorted by order.

It is made in short steps, each of which writes a file of its own whose name carries the epoch of
the claim: a worker that lost its lease and writes on does no harm. It can be read from any row, and
made again from the original, giving the same rows.
"""

from __future__ import annotations

import heapq
import json
import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from django.utils.translation import gettext as _

from cdp.ingest.csv import Raw, Rows
from cdp.ingest.dates import OrderEvidence
from cdp.ingest.exceptions import ImportFileError
from cdp.ingest.lines import Lines, open_binary
from cdp.ingest.opening import columns_of, dialect_at, header_of, record_of
from cdp.ingest.pieces import Piece, lines_of, store
from cdp.models import ImportRun

COPY, SORT, ROWS, END = "copy", "sort", "rows", "end"
SET_LIMIT = 500_000
SORT_ROWS = 100_000
LOOK_EVERY = 1000
# Not `decode`, which looks for blanks around the value: there are none.
_decode = json.JSONDecoder().raw_decode
_dumps = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
_ESCAPED = re.compile(r'["\\\x00-\x1f]')
_BETWEEN = '","'
GROUPED_BY = {"order_lines": "order_id", "cart_lines": "cart_id"}


@dataclass
class Progress:
    """How far the preparation and the reading have got: the checkpoint of an import.

    `epoch` is that of the claim that works on the copy. `copied` are the pieces in reading order,
    `sorted` those made of them where rows of one order lie scattered. `offsets` says for each
    sorted piece, or for the copy as a whole, where the next row begins. A copy that is made again
    takes up the offsets kept in `resumes`.
    """

    phase: str = COPY
    epoch: int = 0
    original: str = ""
    lines: int = 0
    rows: int = 0
    last_key: str = ""
    is_ordered: bool = True
    is_grouped: bool = True
    evidence: dict[str, tuple[int, int, int]] = field(default_factory=dict)
    short: int = 0
    foreign: int = 0
    null: int = 0
    copied: list[Piece] = field(default_factory=list)
    sorted: list[Piece] = field(default_factory=list)
    offsets: list[int] = field(default_factory=list)
    resumes: list[int] = field(default_factory=list)
    resumes_sorted: bool = False
    chunk_rows: int = 0

    def stored(self) -> str:
        """Return the checkpoint text."""
        return json.dumps(asdict(self))

    @classmethod
    def restored(cls, text: str) -> Progress:
        """Return the progress that a checkpoint tells."""
        if not text:
            return cls()
        found = cls(**json.loads(text))
        found.copied = [Piece(*piece) for piece in found.copied]
        found.sorted = [Piece(*piece) for piece in found.sorted]
        return found

    @property
    def is_missing(self) -> bool:
        """Whether files of the copy are gone (a cleared folder, another machine, a power cut)."""
        needed = self.sorted if self.phase == ROWS and self.sorted else self.copied
        return not all(piece.is_there for piece in needed)

    def restarted(self) -> Progress:
        """Return the progress from which the copy is made again, to go on with the same row."""
        offsets, is_sorted = self.resumes, self.resumes_sorted
        if self.phase == ROWS:
            offsets, is_sorted = self.offsets, bool(self.sorted)
        return Progress(
            original=self.original,
            resumes=offsets,
            resumes_sorted=is_sorted,
            chunk_rows=self.chunk_rows,
        )


class Spooled(NamedTuple):
    """A row of the working copy, its part, and where the next one of that part begins."""

    key: str
    raw: Raw
    part: int
    end: int


def _key_position(run: ImportRun) -> int | None:
    name = GROUPED_BY.get(run.kind)
    return next((c.position for c in columns_of(run) if c.field == name), None) if name else None


def advance(run: ImportRun, progress: Progress, *, seconds: float) -> Progress:
    """Return the progress after working on the copy for about `seconds`."""
    if progress.phase == COPY:
        return _copy(run, progress, seconds)
    deadline = time.monotonic() + seconds
    while progress.phase == SORT:
        progress = _sort(run, progress)
        if time.monotonic() >= deadline:
            break
    return progress


def _copy(run: ImportRun, before: Progress, seconds: float) -> Progress:
    path, record = Path(run.path), record_of(run.kind)
    dialect = dialect_at(path, record, name=run.file_name)
    names, header_lines, _first = header_of(path, dialect, name=run.file_name)
    now = Progress.restored(before.stored())
    _compare_original(path, run, now)
    now.lines = now.lines or header_lines
    types = {item.name: item.type for item in record.fields}
    evidence = {
        c.position: OrderEvidence(tuple(now.evidence.get(str(c.position), (0, 0, 0))))  # type: ignore[arg-type]
        for c in columns_of(run)
        if c.hint == "date" or types.get(c.field) in ("moment", "past")
    }
    watch = _Grouping(_key_position(run), now, is_whole=not before.lines)
    with open_binary(path) as stream:
        lines = Lines(stream, dialect.encoding)
        rows = Rows(lines, dialect, consumed=now.lines, width=len(names))
        iterator, is_over = iter(rows), False

        def blocks() -> Iterator[bytes]:
            nonlocal is_over
            deadline = time.monotonic() + seconds  # Skipping the lines read before is over by now.
            while not is_over:
                block = list(islice(iterator, LOOK_EVERY))
                is_over = len(block) < LOOK_EVERY
                for row in block:
                    for position, seen in evidence.items():
                        if row.cells:
                            seen.add(row.cells[position].strip())
                watch.look(block)
                now.rows += len(block)
                now.lines = rows.consumed
                yield _packed(block)
                if time.monotonic() >= deadline:
                    return

        now.copied.append(store(run, f"{now.epoch}.copy{len(now.copied)}", blocks()))
        now.short += rows.short
        now.foreign += lines.foreign
        now.null += lines.null
    now.evidence = {str(position): seen.state for position, seen in evidence.items()}
    watch.keep(now)
    if is_over:
        is_sorted = watch.position is None or now.is_ordered or now.is_grouped
        if now.resumes:
            is_sorted = not now.resumes_sorted
        now.phase, now.offsets = (ROWS, now.resumes or [0]) if is_sorted else (SORT, [0])
    return now


def _packed(block: Sequence[Raw]) -> bytes:
    """Return the rows as JSON lines."""
    if _ESCAPED.search("".join(["".join(row.cells) or "\\" for row in block])):
        text = "".join([_dumps(row) + "\n" for row in block])
    else:
        text = "".join([f'[{row.line},["{_BETWEEN.join(row.cells)}"]]\n' for row in block])
    return text.encode("utf-8", "replace")


def _compare_original(path: Path, run: ImportRun, progress: Progress) -> None:
    """Remember the file, and refuse to go on in another one: rows would be lost or doubled."""
    found = path.stat()
    original = f"{found.st_size} {found.st_mtime_ns}"
    if progress.original not in ("", original):
        raise ImportFileError(
            _("The file %(name)s was changed while it was imported.") % {"name": run.file_name},
            hint=_("Import it again; rows that are stored already are left as they are."),
        )
    progress.original = original


class _Grouping:
    """Watches whether all rows of an order stand together, in bounded memory."""

    def __init__(self, position: int | None, progress: Progress, *, is_whole: bool) -> None:
        self.position = position
        self.last = progress.last_key
        self.is_ordered = progress.is_ordered
        self.is_grouped = progress.is_grouped and is_whole
        self.seen: set[int] = set()

    def look(self, rows: Sequence[Raw]) -> None:
        """Look at the next rows."""
        position = self.position
        if position is None:
            return
        last = self.last
        for key in [row.cells[position].strip() for row in rows if row.cells]:
            if key == last:
                continue
            if (len(key), key) < (len(last), last):
                self.is_ordered = False
            if self.is_grouped:
                mark = hash(key)
                self.is_grouped = mark not in self.seen and len(self.seen) < SET_LIMIT
                self.seen.add(mark)
            last = key
        self.last = last

    def keep(self, progress: Progress) -> None:
        """Store what was found."""
        progress.last_key, progress.is_ordered = self.last, self.is_ordered
        progress.is_grouped = self.is_grouped


def _sort(run: ImportRun, before: Progress) -> Progress:
    """Write the next stretch of the copy, sorted by order, as a piece of its own."""
    now = Progress.restored(before.stored())
    position = _key_position(run)
    lines = list(islice(lines_of(now.copied, now.offsets[0]), SORT_ROWS))
    now.offsets = [now.offsets[0] + sum(map(len, lines))]
    stretch = []
    for line in lines:
        number, cells, *_rest = _decode(line.decode())[0]
        key = cells[position].strip() if position is not None and cells else ""
        stretch.append((key, number, line))
    if stretch:
        stretch.sort()
        name = f"{now.epoch}.sort{len(now.sorted)}"
        now.sorted.append(store(run, name, (line for _key, _number, line in stretch)))
    if len(stretch) < SORT_ROWS:
        now.phase, now.offsets = ROWS, now.resumes or [0] * len(now.sorted)
    return now


def _read_part(
    pieces: Sequence[Piece], part: int, offset: int, position: int | None
) -> Iterator[Spooled]:
    for line in lines_of(pieces, offset):
        offset += len(line)
        raw = Raw(*_decode(line.decode())[0])
        cells = raw.cells
        key = cells[position].strip() if position is not None and cells else ""
        yield Spooled(key, raw, part, offset)


def read_rows(run: ImportRun, progress: Progress, *, count: int) -> list[Spooled]:
    """Return about the next `count` rows; rows of one order are never torn apart."""
    position = _key_position(run)
    if progress.sorted:
        parts = [
            _read_part(progress.sorted[number : number + 1], number, offset, position)
            for number, offset in enumerate(progress.offsets)
        ]
        merged: Iterator[Spooled] = heapq.merge(*parts)  # By key, then line.
    else:
        merged = _read_part(progress.copied, 0, progress.offsets[0], position)
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
