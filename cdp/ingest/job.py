"""The job that takes a file in: make the working copy, then understand and store it in chunks."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.db import connection, transaction
from django.db.models import F
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from cdp import bulk
from cdp.ingest import pieces, spool, uploads
from cdp.ingest.collector import collector_paused
from cdp.ingest.context import Context, Outcome, Row
from cdp.ingest.csv import as_text
from cdp.ingest.dates import OrderEvidence
from cdp.ingest.exceptions import ImportFileError
from cdp.ingest.headers import OWN_HEADERS, Column
from cdp.ingest.opening import columns_of, has_catalogue, record_of
from cdp.ingest.parse import Parsed, parse_rows
from cdp.ingest.records import FIELD_PREFIX
from cdp.ingest.spool import Progress, Spooled
from cdp.ingest.writers import TABLES, WRITERS
from cdp.jobs.base import JobKind, Rejection, Step, job_kinds
from cdp.jobs.runner import enqueue
from cdp.models import CustomerField, ImportRun, Job, Shop, User

PREPARE_SECONDS = 5.0
# A chunk must end long before the lease and the task's time are over, on slow machines too.
CHUNK_SECONDS = 2.0
CHUNK_ROWS = {"sqlite": 8000, "postgresql": 10_000}
FEWEST_CHUNK_ROWS = 100

logger = logging.getLogger(__name__)


def start_import(run: ImportRun, *, now: datetime, user: User | None = None) -> Job:
    """Queue the job that takes the file of this run in."""
    with transaction.atomic():
        job = enqueue("import", str(run.pk), now=now, user=user)
        run.job = job
        run.save(update_fields=["job"])
    return job


@dataclass(frozen=True)
class Chunk:
    """Where the import stands after this chunk, and its rows (none to prepare and to finish)."""

    run: ImportRun
    before: Progress
    after: Progress
    spooled: Sequence[Spooled] = ()
    parsed: Parsed | None = None
    read_seconds: float = 0.0


@job_kinds.register
class ImportJob(JobKind[Chunk]):
    """Takes the file of an `ImportRun` in; its id is the target."""

    key = "import"
    label = _("Import")
    page = "imports:detail"
    reruns = False

    def subjects(self, targets: Collection[str]) -> Mapping[str, str]:
        """Return the names of the files, and which of them are only looked at."""
        runs = ImportRun.objects.filter(pk__in=targets)
        return {
            str(pk): gettext("check of %(name)s") % {"name": name} if is_dry_run else name
            for pk, name, is_dry_run in runs.values_list("pk", "file_name", "is_dry_run")
        }

    def plan(self, job: Job, *, now: datetime) -> Step:
        """Begin with the working copy."""
        return Step(checkpoint=Progress().stored(), message=gettext("Reading the file."))

    @collector_paused()
    def read(self, job: Job, *, now: datetime) -> Chunk:
        """Work on the copy for a while or, once it is there, read and understand the next rows."""
        run, before = _run(job), Progress.restored(job.checkpoint)
        if before.is_missing:
            return Chunk(run, before, before.restarted())
        if before.phase in (spool.COPY, spool.SORT):
            before.epoch = job.epoch
            return Chunk(run, before, spool.advance(run, before, seconds=PREPARE_SECONDS))
        began = time.monotonic()
        count = before.chunk_rows or CHUNK_ROWS[connection.vendor]
        chunk = _understood(run, before, spool.read_rows(run, before, count=count), now=now)
        return replace(chunk, read_seconds=time.monotonic() - began)

    @collector_paused()
    def write(self, job: Job, chunk: Chunk, *, now: datetime) -> Step:
        """Store the rows and count what became of them."""
        if chunk.after.phase in (spool.COPY, spool.SORT) or chunk.before.phase != spool.ROWS:
            is_ready = chunk.after.phase == spool.ROWS
            return Step(
                checkpoint=chunk.after.stored(),
                total=chunk.after.rows if is_ready else None,
                message=gettext("Storing the rows.") if is_ready else gettext("Reading the file."),
            )
        if not chunk.spooled:
            return _finished(chunk, now=now)
        began = time.monotonic()
        parsed = chunk.parsed or Parsed()
        context = _context(chunk.run, parsed, now=now)
        writer = WRITERS[chunk.run.kind]
        if chunk.run.is_dry_run:
            outcome = _tried(writer, parsed.rows, context)
        else:
            outcome = writer(parsed.rows, context=context)
        rejections = [*parsed.rejections, *outcome.rejections]
        context.notes.merge(parsed.notes)
        context.notes.store(chunk.run)
        ImportRun.objects.filter(pk=chunk.run.pk).update(
            new_count=F("new_count") + outcome.new,
            changed_count=F("changed_count") + outcome.changed,
            unchanged_count=F("unchanged_count") + outcome.unchanged,
            rejected_count=F("rejected_count") + len(rejections),
        )
        seconds = chunk.read_seconds + time.monotonic() - began
        after = replace(chunk.after, chunk_rows=_next_count(len(chunk.spooled), seconds))
        return Step(checkpoint=after.stored(), done=len(chunk.spooled), rejections=rejections)

    def halve(self, job: Job, chunk: Chunk) -> Sequence[Chunk]:
        """Split the rows in two, never within an order."""
        rows = chunk.spooled
        cut = _cut(rows)
        if not cut:
            return (chunk,)
        now = job.progressed_at or job.created_at
        first = _understood(chunk.run, chunk.before, rows[:cut], now=now)
        return first, _understood(chunk.run, first.after, rows[cut:], now=now)

    def reject(self, job: Job, chunk: Chunk, error: Exception) -> Step | None:
        """Set rows aside that the database does not take."""
        if not chunk.spooled:
            return None
        reason = gettext("The database did not take this row. Compare it with its neighbours.")
        rejections = [
            Rejection(
                row.raw.line, row.raw.reason or reason, row.raw.text or as_text(row.raw.cells)
            )
            for row in chunk.spooled
        ]
        ImportRun.objects.filter(pk=chunk.run.pk).update(
            rejected_count=F("rejected_count") + len(rejections)
        )
        return Step(checkpoint=chunk.after.stored(), done=len(rejections), rejections=rejections)

    def is_followed(self, job: Job) -> bool:
        """A rehearsal changes nothing that others would have to look at."""
        return not ImportRun.objects.filter(pk=job.target, is_dry_run=True).exists()

    def clean_up(self, job: Job) -> None:
        """Delete the working copy, and the file itself if it was uploaded and is taken in."""
        pieces.discard(job.target)
        uploads.discard_imported(int(job.target))

    def tidy(self, *, now: datetime) -> None:
        """Delete the working copies of killed rehearsals and of workers that wrote on too long, and
        uploads that nobody took in.
        """
        pieces.discard_left_behind(now=now)
        uploads.discard_expired(now=now)


def _next_count(count: int, seconds: float) -> int:
    """Return how many rows to take next when `count` rows took so long."""
    fitting = int(count * CHUNK_SECONDS / max(seconds, 0.001))
    return max(min(fitting, 2 * count, CHUNK_ROWS[connection.vendor]), FEWEST_CHUNK_ROWS)


def _run(job: Job) -> ImportRun:
    run = ImportRun.objects.filter(pk=job.target).first()
    if run is None:
        raise ImportFileError(
            gettext("The import %(import)s does not exist any more.") % {"import": job.target},
            hint=gettext("Import the file again."),
        )
    return run


def _cut(rows: Sequence[Spooled]) -> int:
    """Return where to split: near the middle, between two orders; 0 if there is no such place."""
    is_grouped = any(row.key for row in rows)
    places, last = [], ""
    for position, row in enumerate(rows):
        if position and (not is_grouped or (row.key and last and row.key != last)):
            places.append(position)
        last = row.key or last
    return min(places, key=lambda position: abs(position - len(rows) // 2), default=0)


def _typed_columns(run: ImportRun) -> list[Column]:
    """Return the columns, custom fields that exist with the type they were declared with."""
    columns = columns_of(run)
    declared = dict(CustomerField.objects.values_list("key", "type"))
    return [
        Column(
            c.position,
            c.header,
            c.field,
            declared.get(c.field.removeprefix(FIELD_PREFIX), c.hint)
            if c.field.startswith(FIELD_PREFIX)
            else c.hint,
        )
        for c in columns
    ]


def _understood(
    run: ImportRun, before: Progress, rows: Sequence[Spooled], *, now: datetime
) -> Chunk:
    parsed = parse_rows(
        rows,
        _typed_columns(run),
        record_of(run.kind),
        zone=Shop.objects.current().zone,
        evidence=before.evidence,
        now=now,
    )
    return Chunk(run, before, spool.after(before, rows), rows, parsed)


def _context(run: ImportRun, parsed: Parsed, *, now: datetime) -> Context:
    fields = {
        c.field.removeprefix(FIELD_PREFIX): c
        for c in _typed_columns(run)
        if c.field.startswith(FIELD_PREFIX)
    }
    return Context(
        source=run.source,
        shop=Shop.objects.current(),
        now=now,
        labels={name: column.header for name, column in fields.items()},
        types={name: column.hint or "text" for name, column in fields.items()},
        torn=frozenset(parsed.torn),
        has_catalogue=has_catalogue(run),
    )


class _TakenBack(Exception):
    """Ends a trial: what was written is rolled back."""


def _tried(writer: Callable[..., Outcome], rows: Sequence[Row], context: Context) -> Outcome:
    """Return what writing would come to, without keeping anything."""
    outcomes = []
    try:
        with transaction.atomic():
            outcomes.append(writer(rows, context=context))
            raise _TakenBack
    except _TakenBack:
        return outcomes[0]


def _finished(chunk: Chunk, *, now: datetime) -> Step:
    run, progress = chunk.run, chunk.before
    notes = Context(run.source, Shop.objects.current(), now).notes
    notes.add(
        "short",
        gettext("The row has fewer cells than the header; missing ones count as empty."),
        progress.short,
    )
    foreign = gettext("The line is not UTF-8; it was read as Western European.")
    notes.add("foreign", foreign, progress.foreign)
    null = gettext("The line holds NUL characters, which were left out.")
    notes.add("null", null, progress.null)
    for column in columns_of(run):
        if not column.field and column.header not in OWN_HEADERS:
            number = gettext("number %(number)s") % {"number": column.position + 1}
            said = gettext("The column '%(name)s' is not used.")
            name = (column.header or number)[:60]
            notes.add(f"unused_{column.position}", said % {"name": name}, progress.rows)
        counts = progress.evidence.get(str(column.position), (0, 0, 0))
        seen = OrderEvidence(tuple(counts))  # type: ignore[arg-type]
        if seen.is_guess and not column.hint:
            said = gettext(
                "The dates in column '%(name)s' may be day/month or month/day; they were read as "
                "day/month. If that is wrong, map the column to '%(field)s MM/DD/YYYY'."
            )
            said %= {"name": column.header[:60], "field": column.field}
            notes.add(f"order_{column.position}", said, seen.unclear)
    notes.store(run)
    if not run.is_dry_run:
        bulk.analyze(TABLES[run.kind])
    run.refresh_from_db()
    logger.info(
        "import=%s kind=%s new=%s changed=%s rejected=%s",
        run.pk,
        run.kind,
        run.new_count,
        run.changed_count,
        run.rejected_count,
    )
    return Step(checkpoint=progress.stored(), is_finished=True, message=gettext("Finished."))
