"""From lines to rows of cells: streamed, in bounded memory, and a broken row never takes a good
one along.
"""

from __future__ import annotations

import csv
import io
from collections import deque
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cdp.ingest.lines import CELL_LIMIT, ROW_LIMIT, Dialect, Lines

ROW_LINE_LIMIT = 500
CONTENT_LIMIT = 10_000
# Lines looked at together where none of them needs care.
BLOCK_LINES = 200


class Raw(NamedTuple):
    """One row: the line it starts on, its cells, or the reason why there are none and the text as
    it stood.
    """

    line: int
    cells: list[str]
    reason: str = ""
    text: str = ""


def as_text(cells: Sequence[str]) -> str:
    """Return cells as one line of CSV."""
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="").writerow(cells)
    return buffer.getvalue()


class _Runaway(Exception):
    """The row being read has grown beyond its limits."""


class _Feed:
    """Hands lines to the csv reader, remembers those of the current row, and takes lines back."""

    def __init__(self, lines: Iterator[str], number: int) -> None:
        self.lines = lines
        self.number = number
        self.pending: list[str] = []
        self.returned: deque[str] = deque()
        self.size = 0

    def __iter__(self) -> _Feed:
        return self

    def __next__(self) -> str:
        line = self.returned.popleft() if self.returned else next(self.lines)
        self.pending.append(line)
        self.size += len(line)
        if self.size > ROW_LIMIT or len(self.pending) > ROW_LINE_LIMIT:
            raise _Runaway
        return line

    def block(self) -> list[str]:
        """Return the next few lines without remembering them."""
        block = list(self.returned)
        self.returned.clear()
        size = 0
        for line in islice(self.lines, max(BLOCK_LINES - len(block), 0)):
            block.append(line)
            size += len(line)
            if size > ROW_LIMIT:
                break
        return block

    def advance(self, count: int) -> None:
        """Let go of the first `count` lines of the current row and take the others back."""
        self.returned.extendleft(reversed(self.pending[count:]))
        self.number += count
        self.pending.clear()
        self.size = 0


def split_line(line: str, dialect: Dialect, *, strict: bool = False) -> list[str]:
    """Return the cells of one physical line; with `strict`, raise `csv.Error` at quotation
    mistakes.
    """
    options = {"delimiter": dialect.delimiter, "quotechar": dialect.quote, "strict": strict}
    if not strict and f"\\{dialect.quote}" in line:
        options |= {"escapechar": "\\", "doublequote": False}
    return next(csv.reader([line], **options), [])  # type: ignore[arg-type]


class Rows:
    """The rows of a file after `consumed` physical lines; blank rows are left out.

    `width` is the number of columns of the header; while that is being read it is None and any
    will do.
    """

    def __init__(
        self, lines: Lines, dialect: Dialect, *, consumed: int = 0, width: int | None = None
    ) -> None:
        iterator = iter(lines)
        for _line in zip(range(consumed), iterator, strict=False):
            pass
        self.dialect = dialect
        self.width = width
        self.feed = _Feed(iterator, consumed)
        self.short = 0

    @property
    def consumed(self) -> int:
        """How many physical lines the rows given so far cover."""
        return self.feed.number

    def __iter__(self) -> Iterator[Raw]:
        feed = self.feed
        while block := feed.block():
            rows = self._plain(block)
            if rows is None:
                feed.returned.extend(block)
                yield from self._careful(feed.number + len(block))
                continue
            for cells in rows:
                feed.number += 1
                if "".join(cells).strip():
                    yield Raw(feed.number, cells)

    def _plain(self, block: list[str]) -> list[list[str]] | None:
        """Return the cells of lines that are one sound row each; None if any needs more care."""
        if self.width is None or max(map(len, block)) > CELL_LIMIT:
            return None
        dialect = self.dialect
        try:
            rows = list(
                csv.reader(block, delimiter=dialect.delimiter, quotechar=dialect.quote, strict=True)
            )
        except csv.Error:
            return None
        if len(rows) != len(block) or not {self.width, 0}.issuperset(map(len, rows)):
            return None
        return rows

    def _careful(self, end: int) -> Iterator[Raw]:
        """Return the rows one by one until the line `end` is reached."""
        feed, dialect = self.feed, self.dialect
        while True:
            reader = csv.reader(
                feed, delimiter=dialect.delimiter, quotechar=dialect.quote, strict=True
            )
            try:
                for cells in reader:
                    count = len(feed.pending)
                    if count > 1 and self._swallows(cells):
                        raise csv.Error
                    row = self._checked(feed.number + 1, cells)
                    feed.advance(count)
                    if row is not None:
                        yield row
                    if feed.number >= end:
                        return
            except (csv.Error, _Runaway):
                row = self._recovered()
                feed.advance(1)
                if row is not None:
                    yield row
                if feed.number >= end:
                    return
            else:
                return

    def _swallows(self, cells: list[str]) -> bool:
        """Whether a row over several lines is really an open quotation mark that took other rows
        along.
        """
        if self.width is None:
            return False
        if len(cells) != self.width:
            return True
        return self.width > 2 and any(self._stands_alone(line) for line in self.feed.pending[1:])

    def _stands_alone(self, line: str) -> bool:
        try:
            return len(split_line(line, self.dialect, strict=True)) == self.width
        except csv.Error:
            return False

    def _recovered(self) -> Raw | None:
        """Return the row that the first pending line makes on its own, or why it makes none."""
        line = self.feed.pending[0]
        number = self.feed.number + 1
        text = line.rstrip("\r\n")
        if len(line) > ROW_LIMIT:
            return Raw(number, [], _("The row is longer than 512 kB."), text[:4000])
        try:
            return self._checked(number, split_line(line, self.dialect, strict=True))
        except csv.Error as error:
            if "end of data" in str(error):
                reason = _(
                    "A quotation mark is opened in this row and not closed. Close it or remove it."
                )
                if f"\\{self.dialect.quote}" not in line:
                    return Raw(number, [], reason, text[:4000])
        try:
            cells = split_line(line.rstrip("\r\n").replace("\r", " "), self.dialect)
        except csv.Error:
            reason = _("A cell holds more than 64 kB of text. Shorten it.")
            return Raw(number, [], reason, text[:4000])
        return self._checked(number, cells)

    def _checked(self, number: int, cells: list[str]) -> Raw | None:
        if not any(cells) or not any(cell.strip() for cell in cells):
            return None
        if self.feed.size > CELL_LIMIT and any(len(cell) > CELL_LIMIT for cell in cells):
            reason = _("A cell holds more than 64 kB of text. Shorten it.")
            return Raw(number, [], reason, self.feed.pending[0][:4000])
        width = self.width
        if width is None or len(cells) == width:
            return Raw(number, cells)
        if len(cells) < width:
            self.short += 1
            return Raw(number, cells + [""] * (width - len(cells)))
        if not any(cell.strip() for cell in cells[width:]):
            return Raw(number, cells[:width])
        said = ngettext(
            "The row has %(cells)s cells, but the header has %(columns)s column. "
            "Put a value that contains '%(mark)s' between quotation marks.",
            "The row has %(cells)s cells, but the header has %(columns)s columns. "
            "Put a value that contains '%(mark)s' between quotation marks.",
            width,
        )
        reason = said % {"cells": len(cells), "columns": width, "mark": self.dialect.delimiter}
        return Raw(number, [], reason, "".join(self.feed.pending)[:4000].rstrip("\r\n"))
