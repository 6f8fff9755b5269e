"""The list of jobs, the page of one, and the part of it that a script keeps up to date."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from cdp.jobs import job_kinds
from cdp.jobs.heartbeat import pulse
from cdp.jobs.progress import kind_label, lacks_worker, subjects_of
from cdp.models import ImportRun, Job
from cdp.pages import page, show, user_of
from cdp.views.jobs.filters import JobFilter

JOBS_PER_PAGE = 25
SHOWN_REJECTIONS = 50


@page("cdp.view_job")
def jobs(request: HttpRequest) -> HttpResponseBase:
    """Show the jobs that the user may see, the newest first."""
    visible = Job.objects.visible_to(user_of(request))
    chosen = JobFilter(request.GET, visible, user=user_of(request))
    # A job's checkpoint may be long and is of no use here.
    found = chosen.qs.select_related("user").defer("checkpoint").order_by("-pk")
    rows = Paginator(found, JOBS_PER_PAGE).get_page(request.GET.get("page"))
    now = timezone.now()
    sign = pulse(now=now)
    shown = list(rows)
    subjects = subjects_of(shown)
    context = {
        "rows": rows,
        "jobs": [(job, subjects[job.pk]) for job in shown],
        "form": chosen.form,
        "is_filtered": any(request.GET.get(name) for name in chosen.filters),
        "pulse": sign,
        "lacks_worker": lacks_worker(shown, sign, now=now),
    }
    return show(request, "cdp/jobs/list.html", context, title=_("Jobs"))


@page("cdp.view_job")
def job(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Show one job: how it stands, when it did what, and what it could not take."""
    found = _visible(request, pk)
    now = timezone.now()
    sign = pulse(now=now)
    context = {
        "job": found,
        "subject": _subject(found),
        "outcome_url": _outcome_url(found),
        "rejections": found.rejections.all()[:SHOWN_REJECTIONS],
        # The page of an import gives its rows with their own header, to be corrected.
        "has_rejections_file": not ImportRun.objects.filter(job=found).exists(),
        "pulse": sign,
        "lacks_worker": found.is_live and lacks_worker([found], sign, now=now),
    }
    title = _("Job %(number)s: %(kind)s") % {"number": found.pk, "kind": kind_label(found.kind)}
    return show(request, "cdp/jobs/detail.html", context, title=title)


@page("cdp.view_job")
def state(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Return how one job stands now, without the shell."""
    found = _visible(request, pk)
    now = timezone.now()
    sign = pulse(now=now)
    context = {
        "job": found,
        "subject": _subject(found),
        "pulse": sign,
        "lacks_worker": found.is_live and lacks_worker([found], sign, now=now),
    }
    return render(request, "components/_job_state.html", context)


def _visible(request: HttpRequest, pk: int) -> Job:
    visible = Job.objects.visible_to(user_of(request)).select_related("user")
    return get_object_or_404(visible, pk=pk)


def _subject(found: Job) -> str:
    return subjects_of([found])[found.pk]


def _outcome_url(found: Job) -> str:
    """Return the address that shows what came of a job, if its kind has one."""
    route = job_kinds.get(found.kind).page if found.kind in job_kinds else ""
    return reverse(route, args=[found.target]) if route and found.target else ""
