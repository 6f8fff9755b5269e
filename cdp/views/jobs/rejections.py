"""The rows that a job could not take, as a file."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from django.http import HttpRequest, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from cdp.ingest.rejects import neutral
from cdp.models import Job
from cdp.pages import page, user_of


@require_GET
@page("cdp.view_contact_data")
def download(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Send the rejected rows of a job: line, reason, the row itself. Rows may name customers."""
    job = get_object_or_404(Job.objects.visible_to(user_of(request)), pk=pk)
    answer = StreamingHttpResponse(_lines(job), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="job-{job.pk}-rejected.csv"'
    return answer


def _lines(job: Job) -> Iterator[str]:
    line = io.StringIO()
    writer = csv.writer(line)
    line.write("\ufeff")  # Spreadsheets tell the encoding by it.
    writer.writerow([_("line"), _("reason"), _("row")])
    rows = job.rejections.values_list("position", "reason", "content")
    for position, reason, content in rows.iterator():
        writer.writerow([position, neutral(reason), neutral(content)])
        yield line.getvalue()
        line.seek(0)
        line.truncate()
    yield line.getvalue()
