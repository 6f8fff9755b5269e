"""The two jobs of an upload: the check, which writes nothing, and then the import."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from django.db import transaction
from django.utils.translation import gettext as _

from cdp.ingest.exceptions import ImportFileError
from cdp.ingest.job import start_import
from cdp.ingest.opening import open_import
from cdp.jobs.requests import JobRequestRefused, cancel
from cdp.models import (
    AuditAction,
    AuditEntry,
    ImportColumn,
    ImportRun,
    JobState,
    Upload,
    User,
)


def start_check(
    upload: Upload, kind: str, *, source: str, targets: Sequence[str], now: datetime, user: User
) -> ImportRun:
    """Queue a rehearsal of the import with these columns; an earlier one no longer counts."""
    with transaction.atomic():
        locked = _locked(upload)
        _require_file(locked)
        if locked.run is not None and locked.run.job is not None and locked.run.job.is_live:
            raise ImportFileError(
                _("The file %(name)s is being imported right now.") % {"name": upload.file_name},
                hint=_("Cancel the import first."),
            )
        run = open_import(
            Path(locked.path),
            kind,
            now=now,
            source=source,
            targets=targets,
            name=locked.file_name,
            is_dry_run=True,
        )
        before = locked.validation
        if before is not None and before.job is not None and before.job.is_live:
            with suppress(JobRequestRefused):  # It has ended meanwhile.
                cancel(before.job.pk, now=now)
        locked.validation, locked.run = run, None
        locked.save(update_fields=["validation", "run"])
        start_import(run, now=now, user=user)
    return run


def start_checked_import(upload: Upload, *, now: datetime, user: User) -> ImportRun:
    """Queue the import of a file as it was checked; asked twice, it is queued once."""
    with transaction.atomic():
        locked = _locked(upload)
        if locked.run is not None:
            return locked.run
        _require_file(locked)
        check = locked.validation
        if check is None or check.job is None or check.job.state != JobState.DONE:
            raise ImportFileError(
                _("The file %(name)s has not been checked yet.") % {"name": upload.file_name},
                hint=_("Wait until the check has ended, or check the file again."),
            )
        run = ImportRun.objects.create(
            kind=check.kind,
            source=check.source,
            path=locked.path,
            file_name=check.file_name,
            file_size=check.file_size,
            encoding=check.encoding,
            delimiter=check.delimiter,
            created_at=now,
        )
        columns = check.columns.values_list("position", "header", "field")
        ImportColumn.objects.bulk_create(
            ImportColumn(run=run, position=position, header=header, field=field)
            for position, header, field in columns
        )
        locked.run = run
        locked.save(update_fields=["run"])
        job = start_import(run, now=now, user=user)
        AuditEntry.objects.record(
            AuditAction.IMPORT_STARTED,
            now=now,
            user=user,
            subject=f"import {run.pk}",
            details=f"{run.kind}, {check.job.done:,} rows, job {job.pk}",
        )
    return run


def _locked(upload: Upload) -> Upload:
    """Return the upload as it is now, so that nobody else decides about it meanwhile."""
    Upload.objects.select_for_update().get(pk=upload.pk)
    return Upload.objects.select_related("validation__job", "run__job").get(pk=upload.pk)


def _require_file(upload: Upload) -> None:
    if not upload.path:
        raise ImportFileError(
            _("The file %(name)s is imported already and not kept any longer.")
            % {"name": upload.file_name},
            hint=_("Upload it again to import it again."),
        )
