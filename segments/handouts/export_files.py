"""The files of exports: pieces that a job leaves behind at each step, and the finished whole.

Every file carries the number of its export and the epoch of the claim that wrote it: a worker that
lost its lease and writes on does no harm. Only their owner may read them.
"""

from __future__ import annotations

import os
import re
from array import array
from collections.abc import Collection, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO

from django.conf import settings

ID_BYTES = 8
LEFT_BEHIND_DAYS = 2
_NAME = re.compile(r"export-(\d+)\.\d+\.\w+")


def folder() -> Path:
    """Return the folder of exports, made if missing; nobody else on the machine looks into it."""
    path: Path = settings.DATA_DIR / "exports"
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def ids_path(export_id: int, epoch: int) -> Path:
    """Return where the customers of an export are noted."""
    return folder() / f"export-{export_id}.{epoch}.ids"


def piece_path(export_id: int, epoch: int) -> Path:
    """Return where a claim writes its rows."""
    return folder() / f"export-{export_id}.{epoch}.part"


def store_ids(path: Path, ids: array[int]) -> None:
    """Note who is to be written."""
    with _opened(path) as stream:
        stream.truncate()
        ids.tofile(stream)


def read_ids(path: Path, *, position: int, count: int) -> array[int]:
    """Return the next customers from a position on."""
    with path.open("rb") as stream:
        stream.seek(position * ID_BYTES)
        return array("q", stream.read(count * ID_BYTES))


def append(path: Path, content: bytes, *, size: int) -> int:
    """Write after the first `size` bytes, whatever a failed attempt left there; return the end."""
    with _opened(path) as stream:
        stream.truncate(size)
        stream.seek(size)
        stream.write(content)
        return stream.tell()


def has_bytes(path: Path, size: int) -> bool:
    """Whether a file lies there with so many bytes at least."""
    return path.is_file() and path.stat().st_size >= size


def join(path: Path, pieces: Sequence[tuple[Path, int]], *, ending: bytes) -> int:
    """Make one file of the first bytes of each piece so that it survives a power cut."""
    with _opened(path) as whole:
        whole.truncate()
        for piece, size in pieces:
            with piece.open("rb") as stream:
                _copy(stream, whole, size)
        whole.write(ending)
        whole.flush()
        os.fsync(whole.fileno())
        return whole.tell()


def discard_pieces(export_id: int | str) -> None:
    """Delete what only the job needs."""
    for suffix in ("ids", "part"):
        for path in folder().glob(f"export-{export_id}.*.{suffix}"):
            path.unlink(missing_ok=True)


def discard(name: str) -> None:
    """Delete a finished file."""
    (folder() / name).unlink(missing_ok=True)


def discard_left_behind(
    *, kept: Collection[str], known: Collection[int], live: Collection[int], now: datetime
) -> None:
    """Delete the files of exports that are gone, and old ones that nobody keeps or works on."""
    earliest = (now - timedelta(days=LEFT_BEHIND_DAYS)).timestamp()
    for path in folder().glob("export-*"):
        match = _NAME.fullmatch(path.name)
        export_id = int(match[1]) if match else 0
        if path.name in kept or export_id in live:
            continue
        with suppress(FileNotFoundError):
            if export_id not in known or path.stat().st_mtime < earliest:
                path.unlink()


def _opened(path: Path) -> IO[bytes]:
    return os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "r+b")


def _copy(source: IO[bytes], target: IO[bytes], size: int) -> None:
    while size > 0:
        block = source.read(min(size, 1 << 20))
        if not block:
            raise OSError("A piece of an export is shorter than it was.")
        target.write(block)
        size -= len(block)
