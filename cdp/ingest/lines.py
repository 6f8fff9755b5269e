"""From the bytes of a file to its physical lines as text, whatever its encoding and packing."""

from __future__ import annotations

import codecs
import gzip
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

CELL_LIMIT = 65_536
ROW_LIMIT = 524_288
FALLBACK_ENCODING = "cp1252"


@dataclass(frozen=True)
class Dialect:
    """How a file is written. Encoding `utf-8` means: line by line, Western European where a line
    is not UTF-8.
    """

    encoding: str = "utf-8"
    delimiter: str = ","
    quote: str = '"'
    skipped_lines: int = 0


def open_binary(path: Path) -> BinaryIO:
    """Open a file for reading, unpacking gzip whatever the name says."""
    stream = path.open("rb")
    if stream.read(2) == b"\x1f\x8b":
        stream.close()
        return io.BufferedReader(cast(io.RawIOBase, gzip.open(path, "rb")), CELL_LIMIT)
    stream.seek(0)
    return stream


class Lines:
    """The physical lines of a stream as text; an endless line is cut and can be told by its
    length.
    """

    def __init__(self, stream: BinaryIO, encoding: str) -> None:
        self.stream = stream
        self.encoding = encoding
        self.foreign = 0
        self.null = 0

    def __iter__(self) -> Iterator[str]:
        if self.encoding.startswith("utf-16") or self._ends_with_returns():
            return self._wide()
        return self._bytes()

    def _ends_with_returns(self) -> bool:
        """Whether lines end with a carriage return alone, as on old Macs."""
        start = self.stream.read(CELL_LIMIT)
        self.stream.seek(0)
        return b"\n" not in start and b"\r" in start

    def _wide(self) -> Iterator[str]:
        decoder = io.IncrementalNewlineDecoder(
            codecs.getincrementaldecoder(self.encoding)("replace"), translate=True
        )
        text, is_cut, is_first, is_over = "", False, True, False
        while not is_over:
            block = self.stream.read(CELL_LIMIT)
            is_over = not block
            text += decoder.decode(block, final=is_over)
            *lines, text = text.split("\n")
            if is_over and text:
                lines.append(text)
            for line in lines:
                if not is_cut:
                    yield self._clean((line.removeprefix("\ufeff") if is_first else line) + "\n")
                is_cut = is_first = False
            if len(text) > ROW_LIMIT:
                if not is_cut:
                    yield self._clean(text)
                text, is_cut = "", True

    def _bytes(self) -> Iterator[str]:
        readline, limit, encoding = self.stream.readline, 4 * ROW_LIMIT, self.encoding
        raw = readline(limit)
        if raw.startswith(codecs.BOM_UTF8):
            raw = raw[3:]
        is_utf8 = encoding == "utf-8"
        while raw:
            if is_utf8:
                try:
                    line = raw.decode("utf-8")
                except UnicodeDecodeError:
                    self.foreign += 1
                    line = raw.decode(FALLBACK_ENCODING, errors="replace")
            else:
                line = raw.decode(encoding, errors="replace")
            yield self._clean(line) if "\0" in line else line
            while len(raw) >= limit and not raw.endswith(b"\n"):
                raw = readline(limit)
            raw = readline(limit)

    def _clean(self, line: str) -> str:
        if "\0" in line:
            self.null += 1
            line = line.replace("\0", "")
        return line or "\n"
