"""Saying what the columns of an uploaded file are, with a look at how its rows will be read."""

from __future__ import annotations

from pathlib import Path

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from cdp.ingest import uploads
from cdp.ingest.exceptions import ImportFileError
from cdp.ingest.guessing import guess_kind
from cdp.ingest.headers import chosen_columns
from cdp.ingest.opening import SOURCE_LIMIT
from cdp.ingest.preview import Look, Preview, is_date, look_at, preview_of
from cdp.ingest.records import RECORDS
from cdp.ingest.upload_jobs import start_check
from cdp.ingest.words import FIELD_WORDS
from cdp.models import ImportKind, ImportRun, Shop, Upload
from cdp.pages import is_fragment, page, show, user_of
from cdp.views.imports.columns import choices_for, first_targets, sent_targets


@page("cdp.add_importrun")
@require_http_methods(["GET", "POST"])
def mapping(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Show the columns with a preview; sent with "check", queue the check."""
    upload = get_object_or_404(uploads.visible_to(user_of(request)), pk=pk)
    if not upload.path and upload.run_id:  # Somebody has gone back after the import.
        return redirect("imports:detail", upload.run_id)
    kind = request.POST.get("kind") or request.GET.get("kind", "")
    try:
        if kind not in RECORDS:
            kind = _first_kind(upload)
        look = look_at(Path(upload.path), upload.file_name, kind)
        if request.method == "POST":
            return _sent(request, upload, look)
        targets, last = first_targets(upload, look)
        return _shown(request, upload, look, targets, source=_first_source(upload, last), last=last)
    except ImportFileError as error:
        return _unreadable(request, upload, error)


def _first_kind(upload: Upload) -> str:
    if upload.validation is not None:
        return upload.validation.kind
    return guess_kind(Path(upload.path), upload.file_name)


def _first_source(upload: Upload, last: ImportRun | None) -> str:
    run = upload.validation or last
    return run.source if run is not None else "shop"


def _sent(request: HttpRequest, upload: Upload, look: Look) -> HttpResponseBase:
    """Show the preview of the columns that were sent, or queue the check."""
    now, user = timezone.now(), user_of(request)
    targets = sent_targets(request.POST, look)
    source = request.POST.get("source", "").strip()
    if "check" in request.POST and not is_fragment(request):
        try:
            run = start_check(
                upload, look.record.kind, source=source, targets=targets, now=now, user=user
            )
        except ImportFileError as error:
            messages.error(request, str(error))
        else:
            return redirect("imports:detail", run.pk)
    return _shown(request, upload, look, targets, source=source)


def _shown(
    request: HttpRequest,
    upload: Upload,
    look: Look,
    targets: list[str],
    *,
    source: str,
    last: ImportRun | None = None,
) -> HttpResponseBase:
    columns = chosen_columns(look.record, look.headers, targets, name=upload.file_name)
    zone = Shop.objects.current().zone
    preview = preview_of(look, columns, zone=zone, now=timezone.now())
    context = {"upload": upload, "preview": preview, "complaints": _complaints(preview)}
    if is_fragment(request):
        return TemplateResponse(request, "cdp/imports/_preview.html", context)
    sources = ImportRun.objects.order_by("source").values_list("source", flat=True).distinct()
    return show(
        request,
        "cdp/imports/mapping.html",
        {
            **context,
            "kind": look.record.kind,
            "kinds": ImportKind.choices,
            "choices": choices_for(look, targets),
            "date_fields": " ".join(
                f.name for f in look.record.fields if is_date(look.record, f.name)
            ),
            "delimiter": look.dialect.delimiter,
            "encoding": look.dialect.encoding,
            "source": source,
            "sources": sources,
            "source_limit": SOURCE_LIMIT,
            "last": last,
        },
        title=_("Import: columns"),
    )


def _complaints(preview: Preview) -> list[str]:
    """Return what must be chosen before the file can be checked."""
    found = []
    for group in preview.missing:
        words = [str(FIELD_WORDS[name]) for name in group]
        if len(words) == 1:
            text = _("No column is the %(field)s yet. Choose which one it is.")
            found.append(text % {"field": words[0]})
        else:
            text = _("One of these is needed, and no column is any of them yet: %(fields)s.")
            found.append(text % {"fields": ", ".join(words)})
    for name in preview.doubled:
        text = _("Several columns are taken for the same field: %(field)s. Keep one of them.")
        found.append(text % {"field": FIELD_WORDS.get(name, name.partition(":")[2])})
    return found


def _unreadable(request: HttpRequest, upload: Upload, error: ImportFileError) -> HttpResponseBase:
    if is_fragment(request):
        return HttpResponse(str(error), status=400, content_type="text/plain; charset=utf-8")
    context = {"upload": upload, "error": error}
    return show(request, "cdp/imports/unreadable.html", context, title=_("Import: columns"))
