"""The first page of the imports: bring a file, go on with one, look at past ones."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from cdp.ingest import uploads
from cdp.ingest.examples import example
from cdp.ingest.exceptions import ImportFileError
from cdp.ingest.opening import record_of
from cdp.ingest.words import KIND_USES
from cdp.models import ImportKind, ImportRun, JobState, Upload
from cdp.pages import page, show, user_of
from cdp.views.imports.filters import ImportFilter

PER_PAGE = 25


@dataclass(frozen=True)
class Waiting:
    """An upload that is not taken in yet: how far it has got, and the page to go on with."""

    upload: Upload
    label: str | Promise
    tone: str
    address: str


@page("cdp.add_importrun")
@require_GET
def imports(request: HttpRequest) -> HttpResponseBase:
    """Show what can be done with files and what was done."""
    runs = ImportRun.objects.filter(is_dry_run=False).select_related("job__user")
    found = ImportFilter(request.GET, queryset=runs)
    rows = Paginator(found.qs, PER_PAGE).get_page(request.GET.get("page"))
    return show(
        request,
        "cdp/imports/list.html",
        {
            "waiting": [_stand(upload) for upload in uploads.waiting_for(user_of(request))],
            "rows": rows,
            "filters": found.form,
            "is_narrowed": any(request.GET.get(name) for name in found.filters),
            "has_runs": bool(rows) or runs.exists(),
            "kinds": [(kind, ImportKind(kind).label, use) for kind, use in KIND_USES.items()],
            "limit_mb": settings.UPLOAD_LIMIT_MB,
        },
        title=_("Import"),
    )


def _stand(upload: Upload) -> Waiting:
    for run, is_check in ((upload.run, False), (upload.validation, True)):
        if run is not None and run.job is not None:
            label, tone = _standing(run.job.state, is_check=is_check)
            return Waiting(upload, label, tone, reverse("imports:detail", args=[run.pk]))
    label = gettext_lazy("choose the columns")
    return Waiting(upload, label, "info", reverse("imports:mapping", args=[upload.pk]))


def _standing(state: str, *, is_check: bool) -> tuple[str | Promise, str]:
    if state == JobState.DONE:
        return gettext_lazy("checked, ready to import"), "good"
    if state in (JobState.FAILED, JobState.STUCK):
        if is_check:
            return gettext_lazy("the check did not end"), "bad"
        return gettext_lazy("the import did not end"), "bad"
    if state == JobState.CANCELLED:
        return gettext_lazy("cancelled"), "warn"
    if is_check:
        return gettext_lazy("is being checked"), "info"
    return gettext_lazy("is being imported"), "info"


@page("cdp.add_importrun")
@require_POST
def discard(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Delete an upload that is not being imported."""
    upload = get_object_or_404(uploads.waiting_for(user_of(request)), pk=pk)
    if not (upload.run and upload.run.job and upload.run.job.is_live):
        uploads.discard(upload)
    return redirect("imports:list")


@page("cdp.add_importrun")
@require_GET
def example_file(request: HttpRequest, kind: str) -> HttpResponseBase:
    """Hand out a file that shows how the shop's own could look."""
    try:
        record_of(kind)
    except ImportFileError:
        return redirect("imports:list")
    answer = HttpResponse("\ufeff" + example(kind), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{kind}.csv"'
    return answer
