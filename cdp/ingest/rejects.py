"""The rejected rows of an import as a file that can be corrected and imported again."""

from __future__ import annotations

import csv
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


def write_rejects(run: ImportRun, *, path: Path | None = None) -> Path | None:
    """Write the rejected rows (to the data folder) and return the path; None if there are none."""
    rejections = JobRejection.objects.filter(job=run.job_id).order_by("position")
    if run.job_id is None or not rejections.exists():
        return None
    if path is None:
        folder: Path = settings.DATA_DIR / "rejects"
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{run.created_at:%Y%m%d-%H%M%S}-{run.pk}-{run.kind}.csv"
    headers = list(run.columns.values_list("header", flat=True))
    with path.open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow([*OWN_HEADERS, *headers])
        for position, reason, content in rejections.values_list(
            "position", "reason", "content"
        ).iterator():
            cells = next(csv.reader([content]), [])
            writer.writerow([position, reason, *map(neutral, cells)])
    return path
