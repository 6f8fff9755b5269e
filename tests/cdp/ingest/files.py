"""Writing a file, taking it in through the job, and telling what came of it."""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cdp.ingest.job import start_import
from cdp.ingest.opening import open_import
from cdp.jobs.runner import run_in_foreground
from cdp.models import ImportRun, JobState
from tests.conftest import NOW


@dataclass(frozen=True)
class Result:
    """The counts, reasons by line, and notes of a finished import."""

    run: ImportRun
    new: int
    changed: int
    unchanged: int
    reasons: dict[int, str]
    notes: dict[str, int]

    @property
    def counts(self) -> tuple[int, int, int, int]:
        return self.new, self.changed, self.unchanged, len(self.reasons)


def put(folder: Path, content: str | bytes, name: str = "file.csv") -> Path:
    path = folder / name
    data = content.encode() if isinstance(content, str) else content
    path.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
    return path


def take(
    folder: Path,
    kind: str,
    content: str | bytes,
    *,
    name: str = "file.csv",
    source: str = "shop",
    mapping: dict[str, str] | None = None,
    is_dry_run: bool = False,
    now: datetime = NOW,
) -> Result:
    path = put(folder, content, name)
    run = open_import(path, kind, now=now, source=source, mapping=mapping, is_dry_run=is_dry_run)
    job = run_in_foreground(start_import(run, now=now), clock=lambda: now, pause=lambda _s: None)
    assert job.state == JobState.DONE, job.message
    return result_of(run)


def result_of(run: ImportRun) -> Result:
    run.refresh_from_db()
    assert run.job is not None
    reasons = dict(run.job.rejections.values_list("position", "reason"))
    assert run.rejected_count == len(reasons) == run.job.rejected
    total = run.new_count + run.changed_count + run.unchanged_count + run.rejected_count
    assert run.job.done == run.job.total == total
    return Result(
        run,
        run.new_count,
        run.changed_count,
        run.unchanged_count,
        reasons,
        dict(run.notes.values_list("key", "count")),
    )
