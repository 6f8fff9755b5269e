"""How rows of customers are written as text: CSV for programs or for spreadsheets, JSON."""

from __future__ import annotations

import csv
import io
import json
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import islice
from typing import Literal
from zoneinfo import ZoneInfo

from segments.models import ExportDialect

Row = Sequence[object]
# A piece of text holds so many rows at most.
BLOCK = 200
# What a spreadsheet would run as a formula, full-width forms included.
FORMULA_STARTS = "=+-@\t\r\n＝＋－＠"
BYTE_ORDER_MARK = "\ufeff"


@dataclass(frozen=True)
class Dialect(ABC):
    """A form of file: what stands before the rows, the rows, what stands after them.

    Text is made piece by piece, so that a file may be written in several goes: `is_first` tells
    whether rows are the first of the file.
    """

    suffix: str
    content_type: str

    @abstractmethod
    def opening(self, keys: Sequence[str]) -> str:
        """Return what stands before the rows."""

    @abstractmethod
    def lines(
        self, keys: Sequence[str], rows: Sequence[Row], *, zone: ZoneInfo, is_first: bool
    ) -> str:
        """Return the rows as text, moments in `zone`."""

    @abstractmethod
    def closing(self, *, is_empty: bool) -> str:
        """Return what stands after the rows."""


@dataclass(frozen=True)
class CsvDialect(Dialect):
    """Comma-separated values. Text that a spreadsheet would run is disarmed unless `is_raw`."""

    suffix: str = "csv"
    content_type: str = "text/csv; charset=utf-8"
    delimiter: str = ","
    quoting: Literal[0, 2] = csv.QUOTE_NONNUMERIC
    is_for_spreadsheets: bool = False
    is_raw: bool = False

    def opening(self, keys: Sequence[str]) -> str:
        """Return the header; for spreadsheets after the mark by which they know the encoding."""
        mark = BYTE_ORDER_MARK if self.is_for_spreadsheets else ""
        return mark + self._written([keys])

    def lines(
        self, keys: Sequence[str], rows: Sequence[Row], *, zone: ZoneInfo, is_first: bool
    ) -> str:
        """Return a line for each row."""
        return self._written([[self._cell(value, zone) for value in row] for row in rows])

    def closing(self, *, is_empty: bool) -> str:
        """Return nothing: the last line ends the file."""
        return ""

    def _written(self, rows: Sequence[Row]) -> str:
        text = io.StringIO()
        writer = csv.writer(
            text, delimiter=self.delimiter, quoting=self.quoting, lineterminator="\r\n"
        )
        writer.writerows(rows)
        return text.getvalue()

    def _cell(self, value: object, zone: ZoneInfo) -> object:
        if value is None:
            return ""
        if isinstance(value, bool):
            return "yes" if value else "no"
        if isinstance(value, int | float | Decimal):
            return str(value).replace(".", ",") if self.is_for_spreadsheets else value
        if isinstance(value, datetime | date):
            text = _moment(value, zone)
            # Spreadsheets know a date and a time, but no offset from Greenwich.
            return text[:19].replace("T", " ") if self.is_for_spreadsheets else text
        return str(value) if self.is_raw else neutral(str(value))


@dataclass(frozen=True)
class JsonDialect(Dialect):
    """A list with an object per row; money is text, to stay exact."""

    suffix: str = "json"
    content_type: str = "application/json"

    def opening(self, keys: Sequence[str]) -> str:
        """Return the beginning of a list."""
        return "["

    def lines(
        self, keys: Sequence[str], rows: Sequence[Row], *, zone: ZoneInfo, is_first: bool
    ) -> str:
        """Return an object for each row, after a comma where others stand before."""
        objects = [
            json.dumps(
                {key: _plain(value, zone) for key, value in zip(keys, row, strict=True)},
                ensure_ascii=False,
            )
            for row in rows
        ]
        before = "\n" if is_first else ",\n"
        return before + ",\n".join(objects) if objects else ""

    def closing(self, *, is_empty: bool) -> str:
        """Return the end of the list."""
        return "]\n" if is_empty else "\n]\n"


DIALECTS: dict[str, Dialect] = {
    ExportDialect.COMMA: CsvDialect(),
    ExportDialect.SEMICOLON: CsvDialect(
        delimiter=";", quoting=csv.QUOTE_MINIMAL, is_for_spreadsheets=True
    ),
    ExportDialect.JSON: JsonDialect(),
}


def written(
    dialect: Dialect, keys: Sequence[str], rows: Iterator[Row], *, zone: ZoneInfo
) -> Iterator[str]:
    """Give a whole file in pieces of bounded size."""
    yield dialect.opening(keys)
    is_empty = True
    while block := list(islice(rows, BLOCK)):
        yield dialect.lines(keys, block, zone=zone, is_first=is_empty)
        is_empty = False
    yield dialect.closing(is_empty=is_empty)


def neutral(text: str) -> str:
    """Return text that no spreadsheet takes for a formula: where it might, with a leading '."""
    first = text.lstrip(" \u00a0\u3000\ufeff")[:1]
    return f"'{text}" if first and first in FORMULA_STARTS else text


def _plain(value: object, zone: ZoneInfo) -> object:
    if isinstance(value, datetime | date):
        return _moment(value, zone)
    return format(value, "f") if isinstance(value, Decimal) else value


def _moment(value: datetime | date, zone: ZoneInfo) -> str:
    if isinstance(value, datetime):
        return value.astimezone(zone).isoformat(timespec="seconds")
    return value.isoformat()
