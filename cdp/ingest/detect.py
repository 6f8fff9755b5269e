"""Finding out how a file is written: packing, encoding, delimiter, quotation marks."""

from __future__ import annotations

import codecs
import csv
import gzip
import re
import zlib
from collections.abc import Sequence
from pathlib import Path

from charset_normalizer import from_bytes
from django.utils.translation import gettext as _

from cdp.ingest.csv import split_line
from cdp.ingest.exceptions import ImportFileError
from cdp.ingest.lines import Dialect, open_binary
from cdp.ingest.records import Record, header_key

SAMPLE_BYTES = 1_048_576
UNPACKED_LIMIT = 64 * 2**30
PACKING_LIMIT = 200
BROKEN_PACKING = (EOFError, zlib.error, gzip.BadGzipFile)
_OTHER = ["cp1251", "cp1253", "cp932", "gb18030", "big5", "euc_kr"]
_SIGNS = "€°’‘“”„–—…\u00a0"
_LATIN = {
    "cp1252": "äöüßÄÖÜæøåÆØÅéèêëàâáíìîïóòôõúùûñçãÉÈÀÇÑÓÍÁ",
    "cp1250": "ąćęłńóśźżĄĆĘŁŃÓŚŹŻáčďéěíňřšťúůýžÁČĎÉĚÍŇŘŠŤÚŮÝŽőűŐŰöüäÖÜÄâăîşţĂÂÎŞŢôľĺđĐ",
    "cp1254": "ğışĞİŞçöüÇÖÜâîû",
    "cp1257": "āčēģīķļņšūžĀČĒĢĪĶĻŅŠŪŽąęėįųĄĘĖĮŲõäöüÕÄÖÜ",
}


def broken_packing(name: str) -> ImportFileError:
    """Return the complaint about a gzip file that ends too early or holds something else."""
    return ImportFileError(
        _("The file %(name)s is damaged or incomplete gzip.") % {"name": name},
        hint=_("Export or upload it again."),
    )


def _check_packing(path: Path, name: str) -> None:
    """Read a gzip file once to its end, so that a broken or hostile one is noticed before the work
    begins.
    """
    packed, unpacked = path.stat().st_size, 0
    try:
        with gzip.open(path, "rb") as stream:
            while block := stream.read(1_048_576):
                unpacked += len(block)
                if unpacked > UNPACKED_LIMIT or (
                    unpacked > 2**28 and unpacked > PACKING_LIMIT * packed
                ):
                    raise ImportFileError(
                        _("The file %(name)s unpacks to more than it can honestly hold.")
                        % {"name": name},
                        hint=_("Unpack it yourself and import the .csv file."),
                    )
    except BROKEN_PACKING as error:
        raise broken_packing(name) from error


def sample_of(path: Path, *, name: str = "", is_checked: bool = False) -> bytes:
    """Return the beginning of the (unpacked) file; raise `ImportFileError` if it cannot be read.

    Complaints call the file `name` where its own says nothing. A packed file is read to its end
    first, unless it `is_checked` elsewhere.
    """
    shown = name or path.name
    try:
        if not path.is_file():
            if name:
                raise ImportFileError(
                    _("The file %(name)s is not there any more.") % {"name": name},
                    hint=_("Import it again."),
                )
            raise ImportFileError(
                _("There is no file %(path)s.") % {"path": path}, hint=_("Check the path.")
            )
        with path.open("rb") as stream:
            start = stream.read(8)
        if start.startswith(b"\x1f\x8b") and not is_checked:
            _check_packing(path, shown)
        if start.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"%PDF")):
            raise ImportFileError(
                _("The file %(name)s is a spreadsheet or archive, not CSV.") % {"name": shown},
                hint=_("Save it as CSV (UTF-8) in your spreadsheet program."),
            )
        with open_binary(path) as stream:
            sample = stream.read(SAMPLE_BYTES)
    except BROKEN_PACKING as error:
        raise broken_packing(shown) from error
    except OSError as error:
        raise ImportFileError(
            _("The file %(name)s cannot be read: %(reason)s.")
            % {"name": shown, "reason": error.strerror or error}
        ) from error
    if not sample.strip(b"\0\r\n\t \xef\xbb\xbf\xff\xfe"):
        raise ImportFileError(
            _("The file %(name)s is empty.") % {"name": shown}, hint=_("Export it again.")
        )
    return sample


def encoding_of(sample: bytes) -> str:
    """Return the encoding of a file that begins with `sample`."""
    if sample.startswith(codecs.BOM_UTF8):
        return "utf-8"
    if sample.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    for wide, offset in (("utf-16-le", 1), ("utf-16-be", 0)):
        if len(sample) > 3 and sample[offset:400:2].count(0) > 0.6 * len(sample[offset:400:2]):
            return wide
    if len(sample) >= SAMPLE_BYTES:
        sample = sample[: sample.rfind(b"\n") + 1] or sample
    try:
        sample.decode("utf-8")
    except UnicodeDecodeError:
        lines = [line for line in sample.splitlines() if not line.isascii()]
        readable = sum(1 for line in lines if _is_utf8(line))
        if readable * 2 >= len(lines):
            return "utf-8"
        return _eight_bit_encoding(lines)
    return "utf-8"


def _eight_bit_encoding(lines: Sequence[bytes]) -> str:
    """Return the most likely encoding of lines that hold bytes above 127."""
    data = b"\n".join(lines[:400])
    runs = re.findall(rb"[\x80-\xff]+", data)
    if sum(map(len, runs)) < 1.8 * len(runs):
        for encoding, letters in _LATIN.items():
            if set(b"".join(runs).decode(encoding, errors="replace")).issubset(letters + _SIGNS):
                return encoding
        return "cp1252"
    words = re.sub(rb"(?<![\x80-\xff])[A-Za-z0-9@._-]+", b" ", data)
    best = from_bytes(words, cp_isolation=_OTHER).best()
    return best.encoding if best is not None else "cp1252"


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def dialect_of(sample: bytes, encoding: str, record: Record) -> Dialect:
    """Return the dialect under which the header names most fields of this kind of file."""
    text = sample[:65_536].decode(encoding, errors="replace").removeprefix("\ufeff")
    lines = [line for line in text.replace("\0", "").splitlines() if line.strip()][:50]
    if lines and lines[0].lower().startswith("sep=") and len(lines) > 1:
        return Dialect(encoding, lines[0][4:5] or ",", skipped_lines=1)
    known = {header for field in record.fields for header in field.headers}
    quote = "'" if lines and lines[0].startswith("'") and lines[0].count("'") > 1 else '"'
    best, best_score = Dialect(encoding, quote=quote), (-1, -1, -1)
    for delimiter in ",;\t|":
        dialect = Dialect(encoding, delimiter, quote)
        score = _score(lines, dialect, known)
        if score > best_score:
            best, best_score = dialect, score
    return best


def _score(lines: Sequence[str], dialect: Dialect, known: set[str]) -> tuple[int, int, int]:
    try:
        header = split_line(lines[0], dialect)
        widths = [len(split_line(line, dialect)) for line in lines[1:]]
    except (csv.Error, IndexError):
        return (-1, -1, -1)
    recognised = sum(header_key(cell) in known for cell in header)
    return (
        recognised,
        sum(width == len(header) for width in widths) if len(header) > 1 else 0,
        len(header),
    )
