"""The files of an audience that is kept as a file here: who may have them takes them along."""

from __future__ import annotations

from django.http import FileResponse, Http404, HttpRequest, HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from cdp.models import AuditAction, AuditEntry
from cdp.pages import page, user_of
from integrations.stored_files import FILE_RIGHT, files_of, open_file
from integrations.views.audiences.frame import audience_of


@page(FILE_RIGHT)
@require_safe
def file(request: HttpRequest, pk: int, name: str) -> HttpResponseBase:
    """Give a file, and note who took it."""
    audience = audience_of(pk)
    found = next((one for one in files_of(audience) if one.name == name), None)
    gone = _("This file is no longer kept. Take the latest one of the audience.")
    if found is None:
        raise Http404(gone)
    try:
        stream = open_file(audience, name)
    except FileNotFoundError:
        raise Http404(gone) from None
    AuditEntry.objects.record(
        AuditAction.EXPORT_READ,
        now=timezone.now(),
        user=user_of(request),
        subject=f"audience {audience.pk}",
        details=name,
    )
    response = FileResponse(
        stream, as_attachment=True, filename=found.title, content_type="text/csv; charset=utf-8"
    )
    response["X-Content-Type-Options"] = "nosniff"
    return response
