"""The job that writes the file of an export, chunk by chunk, and removes it when it has expired."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from cdp.jobs.base import JobKind, Step, job_kinds
from cdp.models import LIVE_STATES, Job, Shop
from segments.exceptions import SegmentError
from segments.handouts import export_files as files
from segments.handouts.dialects import DIALECTS
from segments.handouts.export import keys_of, member_ids, rows_of, selected_ids
from segments.handouts.exporting import columns_of, refuse_without_right
from segments.models import Export

CHUNK_CUSTOMERS = 2_000


@dataclass(frozen=True)
class Progress:
    """How far a file has got: the checkpoint of an export.

    `ids_epoch` is the claim that noted the `total` customers (0: nobody has yet). `position` of
    them were dealt with, `rows` written. `pieces` are the epochs that wrote and how many bytes of
    each count.
    """

    ids_epoch: int = 0
    total: int = 0
    position: int = 0
    rows: int = 0
    pieces: tuple[tuple[int, int], ...] = field(default=())

    def stored(self) -> str:
        """Return the checkpoint text."""
        return json.dumps(asdict(self))

    @classmethod
    def restored(cls, text: str) -> Progress:
        """Return the progress that a checkpoint tells."""
        values = json.loads(text) if text else {}
        pieces = tuple((epoch, size) for epoch, size in values.pop("pieces", ()))
        return cls(pieces=pieces, **values)

    def is_missing(self, export_id: int) -> bool:
        """Whether files are gone: a cleared folder, another machine, a retry after a failure."""
        if not self.ids_epoch:
            return False
        ids = files.ids_path(export_id, self.ids_epoch)
        return not files.has_bytes(ids, self.total * files.ID_BYTES) or not all(
            files.has_bytes(files.piece_path(export_id, epoch), size) for epoch, size in self.pieces
        )


@dataclass(frozen=True)
class Chunk:
    """Where the export stands after this chunk; `file` names the whole when it is finished."""

    before: Progress
    after: Progress
    moment: datetime | None = None
    file: str = ""
    file_size: int = 0


@job_kinds.register
class ExportJob(JobKind[Chunk]):
    """Writes the file of an `Export`; its id is the target.

    Who belongs in the file is noted once, at the first step: a refresh of the segment meanwhile
    changes nothing.
    """

    key = "export"
    label = gettext_lazy("Export")
    reruns = False
    page = "segments:export"

    def subjects(self, targets: Collection[str]) -> Mapping[str, str]:
        """Return the names of the segments."""
        named = Export.objects.filter(pk__in=targets).values_list("pk", "segment__name")
        return {str(pk): name or _("selected customers") for pk, name in named}

    def plan(self, job: Job, *, now: datetime) -> Step:
        """Begin with noting who is in it."""
        return Step(checkpoint=Progress().stored())

    def read(self, job: Job, *, now: datetime) -> Chunk:
        """Note who is in it, write the rows of the next customers, or make one file of all."""
        export, before = _export(job), Progress.restored(job.checkpoint)
        refuse_without_right(export.user, columns_of(export))
        if before.is_missing(export.pk):
            return Chunk(before, Progress())
        if not before.ids_epoch:
            return _noted(export, before, job.epoch)
        after = before
        if before.position < before.total or not before.pieces:
            after = _written(export, before, job.epoch)
        if after.position < after.total:
            return Chunk(before, after)
        return _joined(export, before, after, job.epoch)

    def write(self, job: Job, chunk: Chunk, *, now: datetime) -> Step:
        """Store how far the file has got; a finished one is shown to its user from now on."""
        before, after = chunk.before, chunk.after
        if not after.ids_epoch:
            # The files are gone: everything is written again.
            return Step(checkpoint=after.stored(), done=-job.done, message="")
        if chunk.file:
            Export.objects.filter(pk=job.target).update(
                path=chunk.file, file_size=chunk.file_size, row_count=after.rows
            )
        return Step(
            checkpoint=after.stored(),
            done=after.position - before.position,
            total=after.total,
            message=_message(job, chunk),
            is_finished=bool(chunk.file),
        )

    def clean_up(self, job: Job) -> None:
        """Delete the pieces; the finished file stays until it expires."""
        files.discard_pieces(job.target)

    def tidy(self, *, now: datetime) -> None:
        """Delete the files that have expired, and what nobody keeps."""
        for export in Export.objects.filter(expires_at__lte=now).exclude(path=""):
            files.discard(export.path)
            Export.objects.filter(pk=export.pk).update(path="")
        live = Export.objects.filter(job__state__in=LIVE_STATES).values_list("pk", flat=True)
        files.discard_left_behind(
            kept=set(Export.objects.exclude(path="").values_list("path", flat=True)),
            known=set(Export.objects.values_list("pk", flat=True)),
            live=set(live),
            now=now,
        )


def _export(job: Job) -> Export:
    found = Export.objects.select_related("segment", "selection", "user").filter(pk=job.target)
    export = found.first()
    if export is None:
        raise SegmentError(
            _("The export %(number)s does not exist any more.") % {"number": job.target},
            hint=_("Its segment was deleted. Export another one."),
        )
    return export


def _noted(export: Export, before: Progress, epoch: int) -> Chunk:
    """Note who is in the file: the stored members or the selection of this moment."""
    moment = None
    if export.segment is not None:
        export.segment.refresh_from_db(fields=["computed_as_of"])
        moment = export.segment.computed_as_of
        ids = member_ids(export.segment)
    elif export.selection is not None:
        ids = selected_ids(export.selection)
    else:
        raise SegmentError(
            _("The customers of this export were forgotten."), hint=_("Choose them again.")
        )
    files.store_ids(files.ids_path(export.pk, epoch), ids)
    return Chunk(before, replace(before, ids_epoch=epoch, total=len(ids)), moment=moment)


def _written(export: Export, before: Progress, epoch: int) -> Progress:
    """Append the next customers to the piece of this claim."""
    columns, dialect = columns_of(export), DIALECTS[export.dialect]
    ids = files.read_ids(
        files.ids_path(export.pk, before.ids_epoch),
        position=before.position,
        count=CHUNK_CUSTOMERS,
    )
    rows = list(rows_of(ids, columns))
    text = "" if before.pieces else dialect.opening(keys_of(columns))
    text += dialect.lines(
        keys_of(columns), rows, zone=Shop.objects.current().zone, is_first=not before.rows
    )
    sizes = dict(before.pieces)
    sizes[epoch] = files.append(
        files.piece_path(export.pk, epoch), text.encode("utf-8"), size=sizes.get(epoch, 0)
    )
    return replace(
        before,
        position=before.position + len(ids),
        rows=before.rows + len(rows),
        pieces=tuple(sizes.items()),
    )


def _joined(export: Export, before: Progress, after: Progress, epoch: int) -> Chunk:
    """Make the whole file of the pieces."""
    dialect = DIALECTS[export.dialect]
    closing = dialect.closing(is_empty=not after.rows).encode("utf-8")
    name = f"export-{export.pk}.{epoch}.{dialect.suffix}"
    pieces = [(files.piece_path(export.pk, claim), size) for claim, size in after.pieces]
    size = files.join(files.folder() / name, pieces, ending=closing)
    return Chunk(before, after, file=name, file_size=size)


def _message(job: Job, chunk: Chunk) -> str | None:
    """Return of which moment the customers are and, at the end, how many were left out."""
    if chunk.moment is not None:
        local = chunk.moment.astimezone(Shop.objects.current().zone)
        return _("Members as of %(moment)s") % {"moment": date_format(local, "DATETIME_FORMAT")}
    missing = chunk.after.total - chunk.after.rows
    if not chunk.file or not missing:
        return None
    left_out = ngettext(
        "%(count)d customer was left out: erased, or not computed yet.",
        "%(count)d customers were left out: erased, or not computed yet.",
        missing,
    ) % {"count": missing}
    return f"{job.message} · {left_out}" if job.message else left_out
