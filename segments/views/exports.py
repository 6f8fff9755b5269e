"""The page of one export: how far it is, and its file."""

from __future__ import annotations

from django.http import FileResponse, HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from cdp.pages import page, show, user_of
from segments.handouts.dialects import DIALECTS
from segments.handouts.exporting import (
    HandingOutRefused,
    columns_of,
    download_name,
    open_export,
    state_of,
    visible_exports,
)
from segments.models import Export


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
    return response


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
