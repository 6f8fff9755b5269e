"""Files brought to the import page: kept under a random name, removed when nobody needs them."""

from __future__ import annotations

import os
import secrets
import shutil
from datetime import datetime, timedelta
from pathlib import Path
from typing import cast

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db.models import QuerySet

from cdp.models import LIVE_STATES, ImportRun, Job, JobRejection, JobState, Upload, User

KEPT_DAYS = 7
NAME_LIMIT = 255


def folder() -> Path:
    """Return the folder that only the site itself may look into."""
    place: Path = settings.DATA_DIR / "uploads"
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    return place


def keep(file: UploadedFile, *, user: User, now: datetime) -> Upload:
    """Keep an uploaded file; its name is remembered, but never used as a path."""
    path = folder() / secrets.token_hex(16)
    temporary = getattr(file, "temporary_file_path", None)
    if temporary is not None:
        shutil.move(temporary(), path)
    else:
        with path.open("wb") as stream:
            stream.writelines(file.chunks())
    os.chmod(path, 0o600)
    return Upload.objects.create(
        user=user,
        file_name=shown_name(file.name or ""),
        file_size=path.stat().st_size,
        path=str(path),
        created_at=now,
    )


def shown_name(name: str) -> str:
    """Return the name without folders and without characters that cannot be seen."""
    last = name.replace("\\", "/").rpartition("/")[2]
    return "".join(filter(str.isprintable, last)).strip()[-NAME_LIMIT:] or "file.csv"


def visible_to(user: User) -> QuerySet[Upload]:
    """Return the uploads of a user; all of them for who sees every job."""
    found = Upload.objects.select_related("user", "validation__job", "run__job")
    if user.has_perm("cdp.view_every_job"):
        return found
    return found.filter(user=user)


def waiting_for(user: User) -> QuerySet[Upload]:
    """Return the uploads of a user that are not taken in yet."""
    return visible_to(user).exclude(path="")


def discard(upload: Upload) -> None:
    """Delete an upload with its file."""
    _unlink(upload)
    upload.delete()


def discard_imported(run_id: int) -> None:
    """Delete the file of an import that is done; one that failed may be retried and needs it."""
    for upload in Upload.objects.filter(run=run_id, run__job__state=JobState.DONE):
        _unlink(upload)
        Upload.objects.filter(pk=upload.pk).update(path="")


def discard_expired(*, now: datetime) -> None:
    """Delete uploads and checks that nobody took further for a week, and what killed uploads
    left.
    """
    earliest = now - timedelta(days=KEPT_DAYS)
    old = Upload.objects.filter(created_at__lt=earliest)
    live = Job.objects.live().filter(kind="import").values("target")
    busy = {int(target) for target in live.values_list("target", flat=True) if target.isdigit()}
    for upload in old:
        if not busy.intersection({upload.validation_id, upload.run_id}):
            discard(upload)
    checks = ImportRun.objects.filter(
        is_dry_run=True, created_at__lt=earliest, checked_upload__isnull=True
    ).exclude(job__state__in=LIVE_STATES)
    JobRejection.objects.filter(job__in=checks.values("job")).delete()
    checks.delete()
    known = set(Upload.objects.values_list("path", flat=True))
    for path in folder().iterdir():
        is_old = path.stat().st_mtime < earliest.timestamp()
        if is_old and str(path) not in known:
            path.unlink(missing_ok=True)


def _unlink(upload: Upload) -> None:
    path = Path(cast(str, upload.path))
    if upload.path and path.parent == folder():
        path.unlink(missing_ok=True)
