"""One check or one import: its progress, what came of it, and the rows that were rejected."""

from __future__ import annotations

from django.contrib import messages
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from cdp.ingest import uploads
from cdp.ingest.exceptions import ImportFileError
from cdp.ingest.rejects import rejects_lines
from cdp.ingest.report import GROUPED_ROWS, grouped_reasons
from cdp.ingest.upload_jobs import start_checked_import
from cdp.ingest.words import KIND_USES
from cdp.jobs.progress import subjects_of
from cdp.models import LIVE_STATES, ImportKind, ImportRun, Job, JobState, Upload, User
from cdp.pages import page, show, user_of
from cdp.schedules import FOLLOW_UPS

NEEDED_FIRST = (
    ImportKind.CUSTOMERS,
    ImportKind.PRODUCTS,
    ImportKind.ORDERS,
    ImportKind.ORDER_LINES,
)


@page("cdp.add_importrun")
@require_GET
def detail(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Show how far it is, and then what came of it."""
    run = _visible(user_of(request), pk)
    job = run.job
    context: dict[str, object] = {
        "run": run,
        "job": job,
        "job_subject": subjects_of([job])[job.pk] if job else "",
        "upload": _upload(user_of(request), run),
        "is_done": job is not None and job.state == JobState.DONE,
        "row_count": run.new_count + run.changed_count + run.unchanged_count + run.rejected_count,
        "taken_count": run.new_count + run.changed_count + run.unchanged_count,
        "notes": run.notes.order_by("key"),
        "reasons": grouped_reasons(run),
        "is_bounded": run.rejected_count > GROUPED_ROWS,
        "columns": run.columns.all(),
        "use": KIND_USES[run.kind],
        "next_kind": _next_kind(),
        "follow_ups": _follow_ups(job) if job and not run.is_dry_run else [],
    }
    title = _("Import: check") if run.is_dry_run else _("Import: result")
    return show(request, "cdp/imports/run.html", context, title=title)


def _visible(user: User, pk: int) -> ImportRun:
    """Return the run; checks are for who uploaded the file, imports for all who may import."""
    run = get_object_or_404(ImportRun.objects.select_related("job__user"), pk=pk)
    owner = run.job.user_id if run.job else None
    if run.is_dry_run and owner != user.pk and not user.has_perm("cdp.view_every_job"):
        raise Http404
    return run


def _upload(user: User, run: ImportRun) -> Upload | None:
    """Return the file behind the run, as long as it is kept and this run is its last."""
    return uploads.waiting_for(user).filter(Q(validation=run) | Q(run=run)).first()


def _next_kind() -> str:
    """Return what a shop should bring next, or nothing if all that matters most is there."""
    done = ImportRun.objects.filter(is_dry_run=False, job__state=JobState.DONE)
    kinds = set(done.values_list("kind", flat=True).distinct().order_by())
    return next((str(ImportKind(kind).label) for kind in NEEDED_FIRST if kind not in kinds), "")


def _follow_ups(job: Job) -> list[Job]:
    """Return the work that the import has set off, as far as it has begun."""
    kinds = set(FOLLOW_UPS.get("import", ()))
    kinds.update(*(FOLLOW_UPS.get(kind, ()) for kind in kinds))
    if job.finished_at is None or job.state != JobState.DONE:
        return []
    later = Job.objects.filter(kind__in=kinds).filter(
        Q(created_at__gte=job.finished_at) | Q(state__in=LIVE_STATES)
    )
    return list(later.order_by("pk")[: len(kinds)])


@page("cdp.add_importrun")
@require_POST
def start(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Import a file as it was checked."""
    upload = get_object_or_404(uploads.visible_to(user_of(request)), pk=pk)
    try:
        run = start_checked_import(upload, now=timezone.now(), user=user_of(request))
    except ImportFileError as error:
        messages.error(request, str(error))
        return redirect("imports:mapping", upload.pk)
    return redirect("imports:detail", run.pk)


@page("cdp.add_importrun")
@require_GET
def rejects(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Hand out the rejected rows, each with its reason, to be corrected and imported again."""
    run = _visible(user_of(request), pk)
    answer = StreamingHttpResponse(
        (line.encode() for line in rejects_lines(run)), content_type="text/csv; charset=utf-8"
    )
    name = f"rejected-{run.file_name.removesuffix('.gz').removesuffix('.csv')}.csv"
    answer["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name)
    answer["X-Content-Type-Options"] = "nosniff"
    return answer
