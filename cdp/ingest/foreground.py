"""Importing a file from a command: progress on the terminal, a report, and the rejects file."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from tqdm import tqdm

from cdp.ingest.job import start_import
from cdp.ingest.opening import open_import
from cdp.ingest.rejects import write_rejects
from cdp.ingest.report import report
from cdp.jobs.runner import run_in_foreground
from cdp.models import ImportRun, Job, JobState

Say = Callable[[str], object]


class _Bar:
    """A progress bar fed with a job."""

    def __init__(self, title: str) -> None:
        self._bar = tqdm(desc=title, unit=" rows", unit_scale=True, leave=False)

    def __call__(self, job: Job) -> None:
        if job.total is not None:
            self._bar.total = job.total
        self._bar.update(job.done - self._bar.n)

    def close(self) -> None:
        """Take the bar off the terminal."""
        self._bar.close()


def import_file(
    path: Path,
    kind: str,
    *,
    source: str,
    mapping: dict[str, str] | None,
    now: datetime,
    say: Say,
) -> ImportRun:
    """Take one file in and say what came of it; return the run, whose job tells whether it ended well."""
    run = open_import(path, kind, now=now, source=source, mapping=mapping)
    bar = _Bar(run.file_name)
    try:
        job = run_in_foreground(start_import(run, now=now), progress=bar)
    finally:
        bar.close()
    run.refresh_from_db()
    run.job = job
    for line in report(run):
        say(line)
    if job.state != JobState.DONE:
        say(f"The import did not end: {job.message}")
    rejects = write_rejects(run)
    if rejects is not None:
        say(f"  Rejected rows: {rejects}")
    return run
