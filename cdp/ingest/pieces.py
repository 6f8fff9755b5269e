"""The files of a working copy: written once, read as one, deleted when their import has ended."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from django.conf import settings

from cdp.models import LIVE_STATES, ImportRun

LEFT_BEHIND_DAYS = 2


class Piece(NamedTuple):
    """A file of the working copy: its name in the spool folder and how many bytes count."""

    name: str
    size: int

    @property
    def path(self) -> Path:
        """Where it lies."""
        return _folder() / self.name

    @property
    def is_there(self) -> bool:
        """Whether it lies there whole."""
        return self.path.exists() and self.path.stat().st_size >= self.size


def _folder() -> Path:
    folder: Path = settings.DATA_DIR / "spool"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def store(run: ImportRun, name: str, chunks: Iterable[bytes]) -> Piece:
    """Write a piece so that it survives a power cut."""
    piece = Piece(f"import-{run.pk}.{name}.jsonl", 0)
    with piece.path.open("wb") as stream:
        stream.writelines(chunks)
        stream.flush()
        os.fsync(stream.fileno())
        return piece._replace(size=stream.tell())


def discard(run_id: int | str) -> None:
    """Delete the working copy of a run."""
    for path in _folder().glob(f"import-{run_id}.*"):
        path.unlink(missing_ok=True)


def discard_left_behind(*, now: datetime) -> None:
    """Delete what killed processes have left: old files of runs that nobody works on."""
    earliest = (now - timedelta(days=LEFT_BEHIND_DAYS)).timestamp()
    targets = ImportRun.objects.filter(job__state__in=LIVE_STATES).values_list("pk", flat=True)
    live = set(targets)
    for path in _folder().glob("import-*"):
        name = re.match(r"import-(\d+)\.", path.name)
        is_live = name is not None and int(name[1]) in live
        if not is_live and path.stat().st_mtime < earliest:
            path.unlink(missing_ok=True)


def lines_of(pieces: Sequence[Piece], offset: int) -> Iterator[bytes]:
    """Return the lines from the byte `offset` on, as if the pieces were one file."""
    for piece in pieces:
        if offset >= piece.size:
            offset -= piece.size
            continue
        with piece.path.open("rb") as stream:
            stream.seek(offset)
            offset = 0
            yield from stream
