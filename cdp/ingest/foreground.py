"""Importing files from a command: progress bar, a report, the rejects file, a rehearsal."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from django.db import transaction
from django.utils.translation import gettext as _
from tqdm import tqdm

from cdp.ingest.exceptions import ImportFileError
from cdp.ingest.job import start_import
from cdp.ingest.opening import open_import
from cdp.ingest.pieces import discard
from cdp.ingest.rejects import write_rejects
from cdp.ingest.report import report
from cdp.jobs.runner import run_in_foreground
from cdp.models import LIVE_STATES, ImportColumn, ImportNote, ImportRun, Job, JobState

Say = Callable[[str], object]
Files = Sequence[tuple[str, Path]]


class _Bar:
    """A progress bar fed with a job."""

    def __init__(self, title: str) -> None:
        self._bar = tqdm(desc=title, unit=" rows", unit_scale=True, leave=False, disable=None)

    def __call__(self, job: Job) -> None:
        if job.total is not None:
            self._bar.total = job.total
        self._bar.update(job.done - self._bar.n)

    def close(self) -> None:
        """Take the bar off the terminal."""
        self._bar.close()


def import_files(
    files: Files,
    *,
    source: str,
    mapping: Mapping[str, str] | None,
    is_dry_run: bool,
    now: datetime,
    say: Say,
) -> None:
    """Take files in, one after the other, and say what came of each.

    A rehearsal does everything in one transaction and takes it back, so that later files find what
    earlier ones brought; only the runs with their counts and notes, and the rejects files, stay.
    """
    if not is_dry_run:
        for kind, path in files:
            _import_file(kind, path, source=source, mapping=mapping, now=now, say=say)
        return
    kept = []
    with transaction.atomic():
        for kind, path in files:
            run = _import_file(
                kind, path, source=source, mapping=mapping, now=now, say=say, is_dry_run=True
            )
            kept.append((run, list(run.columns.all()), list(run.notes.all())))
        transaction.set_rollback(True)
    for run, columns, notes in kept:
        _keep(run, columns, notes)
    say("Nothing was stored: this was a dry run.")


def _keep(run: ImportRun, columns: list[ImportColumn], notes: list[ImportNote]) -> None:
    """Store a rehearsed run again after its transaction was taken back."""
    run.pk, run.job, run.is_dry_run = None, None, True
    with transaction.atomic():
        run.save(force_insert=True)
        for column in columns:
            column.pk, column.run = None, run
        for note in notes:
            note.pk, note.run = None, run
        ImportColumn.objects.bulk_create(columns)
        ImportNote.objects.bulk_create(notes)


def _import_file(
    kind: str,
    path: Path,
    *,
    source: str,
    mapping: Mapping[str, str] | None,
    now: datetime,
    say: Say,
    is_dry_run: bool = False,
) -> ImportRun:
    run = _interrupted(kind, path, source)
    if run is not None and run.job is not None:
        say(f"{run.file_name}: going on with the import that was interrupted.")
        job = run.job
    else:
        with transaction.atomic():  # Killed in between, a run without a job would stay.
            run = open_import(path, kind, now=now, source=source, mapping=mapping)
            job = start_import(run, now=now)
    bar = _Bar(run.file_name)
    try:
        job = run_in_foreground(job, progress=bar)
    finally:
        bar.close()
        if is_dry_run:
            discard(run.pk)
    run.refresh_from_db()
    for line in report(run):
        say(line)
    rejects = write_rejects(run)
    if rejects is not None:
        again = "" if is_dry_run else f" (again with: manage.py rejects {job.pk})"
        say(f"  Rejected rows: {rejects}{again}")
    if job.state != JobState.DONE:
        raise ImportFileError(
            _("The import of %(name)s did not end: %(reason)s")
            % {"name": run.file_name, "reason": job.message},
            hint=_("Import the file again; rows that are stored already are left as they are."),
        )
    return run


def _interrupted(kind: str, path: Path, source: str) -> ImportRun | None:
    """Return the unfinished import of this very file, if there is one."""
    path = path.expanduser().resolve()
    if not path.is_file():
        return None
    found = (
        ImportRun.objects.filter(
            kind=kind,
            source=source,
            path=str(path),
            file_size=path.stat().st_size,
            is_dry_run=False,
            job__state__in=LIVE_STATES,
        )
        .select_related("job")
        .first()
    )
    changed_at = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    return found if found is not None and changed_at <= found.created_at else None
