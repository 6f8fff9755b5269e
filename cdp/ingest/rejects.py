"""The rejected rows of an import as a file that can be corrected and imported again."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings

from cdp.ingest.headers import OWN_HEADERS
from cdp.models import ImportRun, JobRejection

_DANGEROUS = ("=", "+", "-", "@", "\t", "\r")


def neutral(cell: str) -> str:
    """Return the cell so that a spreadsheet takes it for text; the importer takes the mark off
    again.
    """
    if cell.startswith(_DANGEROUS) and not cell[1:].replace(".", "").replace(",", "").isdigit():
        return f"'{cell}"
    return cell


def rejects_lines(run: ImportRun) -> Iterator[str]:
    """Yield the rejected rows as the lines of a file: where each stood, why, and its cells."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    buffer.write("\ufeff")
    headers = run.columns.values_list("header", flat=True)
    writer.writerow([*OWN_HEADERS, *map(neutral, headers)])
    yield _taken(buffer)
    rows = JobRejection.objects.filter(job=run.job_id, job__isnull=False).order_by("position")
    for position, reason, content in rows.values_list("position", "reason", "content").iterator():
        cells = next(csv.reader([content]), [])
        writer.writerow([position, reason, *map(neutral, cells)])
        yield _taken(buffer)


def _taken(buffer: io.StringIO) -> str:
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return text


def write_rejects(run: ImportRun, *, path: Path | None = None) -> Path | None:
    """Write the rejected rows (to the data folder) and return the path; None if there are none."""
    if run.job_id is None or not JobRejection.objects.filter(job=run.job_id).exists():
        return None
    if path is None:
        folder: Path = settings.DATA_DIR / "rejects"
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{run.created_at:%Y%m%d-%H%M%S}-{run.pk}-{run.kind}.csv"
    with path.open("w", encoding="utf-8", newline="") as stream:
        stream.writelines(rejects_lines(run))
    return path
