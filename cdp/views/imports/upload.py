"""Taking in the files that somebody dropped or picked."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from cdp.ingest import uploads
from cdp.ingest.receiving import MEGABYTE
from cdp.pages import is_fragment, page, user_of


@page("cdp.add_importrun")
@require_POST
def upload(request: HttpRequest) -> HttpResponseBase:
    """Keep the files and go on to the columns; a script is told where that is."""
    now, user = timezone.now(), user_of(request)
    files = [file for file in request.FILES.getlist("files") if file.name]
    if not files:
        return _refused(request, _complaint(request))
    kept = [uploads.keep(file, user=user, now=now) for file in files]
    address = reverse("imports:list")
    if len(kept) == 1:
        address = reverse("imports:mapping", args=[kept[0].pk])
    if is_fragment(request):
        return JsonResponse({"address": address}, status=201)
    return redirect(address)


def _complaint(request: HttpRequest) -> str:
    if int(request.META.get("CONTENT_LENGTH") or 0) > settings.UPLOAD_LIMIT_MB * MEGABYTE:
        return _(
            "The file is larger than %(limit)s MB. Pack it with gzip (.csv.gz), or split it in two."
        ) % {"limit": settings.UPLOAD_LIMIT_MB}
    return _("No file arrived. Choose a CSV file.")


def _refused(request: HttpRequest, text: str) -> HttpResponseBase:
    if is_fragment(request):
        return HttpResponse(text, status=400, content_type="text/plain; charset=utf-8")
    messages.error(request, text)
    return redirect("imports:list")
