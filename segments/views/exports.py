"""The page of one export: how far it is, its file, and the questions before a selection's."""

from __future__ import annotations

from django.conf import settings
from django.http import FileResponse, HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from cdp.models import CustomerSelection
from cdp.pages import page, show, user_of
from segments.dialects import DIALECTS
from segments.exceptions import SegmentError
from segments.exporting import (
    HandingOutRefused,
    columns_of,
    download_name,
    open_export,
    start_export,
    state_of,
    visible_exports,
)
from segments.models import Export
from segments.views.handout_forms import ExportForm


@page("cdp.export_customers")
@require_safe
def export(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Show how far an export is and where its file is."""
    return _shown(request, get_object_or_404(visible_exports(user_of(request)), pk=pk))


@page("cdp.export_customers")
@require_safe
def file(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Give the file to whoever may have it; say on its page why not."""
    found = get_object_or_404(visible_exports(user_of(request)), pk=pk)
    try:
        path = open_export(found, user=user_of(request), now=timezone.now())
    except HandingOutRefused as error:
        return _shown(request, found, error=str(error), status=410)
    response = FileResponse(
        path.open("rb"),
        as_attachment=True,
        filename=download_name(found),
        content_type=DIALECTS[found.dialect].content_type,
    )
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "no-store, private"
    return response


@page("cdp.export_customers")
@require_http_methods(["GET", "HEAD", "POST"])
def selection(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Ask for columns and form of a file of chosen customers, then begin to write it."""
    user = user_of(request)
    chosen = get_object_or_404(CustomerSelection, pk=pk, user=user)
    begun = visible_exports(user).filter(selection=chosen).first()
    if begun is not None:
        return redirect("segments:export", begun.pk)
    form = ExportForm(request.POST or None, user=user)
    if form.is_bound and form.is_valid():
        try:
            begun = start_export(
                user=user,
                now=timezone.now(),
                selection=chosen,
                columns=form.cleaned_data["columns"],
                dialect=form.cleaned_data["dialect"],
            )
        except SegmentError as error:
            form.add_error(None, str(error))
        else:
            return redirect("segments:export", begun.pk)
    context = {
        "form": form,
        "count": chosen.rows.count(),
        "export_days": settings.EXPORT_DAYS,
    }
    return show(request, "segments/export_selection.html", context, title=_("Export customers"))


def _shown(
    request: HttpRequest, found: Export, *, error: str = "", status: int = 200
) -> HttpResponseBase:
    context = {
        "export": found,
        "job": found.job,
        "state": state_of(found, now=timezone.now()),
        "columns": columns_of(found),
        "saved_as": download_name(found),
        "subject": found.segment.name if found.segment else _("selected customers"),
        "error": error,
    }
    return show(request, "segments/export.html", context, title=_("Export"), status=status)
