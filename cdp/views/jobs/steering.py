"""Cancelling and retrying jobs."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from cdp.jobs import requests
from cdp.jobs.requests import JobRequestRefused
from cdp.models import Job, JobState
from cdp.pages import page, user_of


@require_POST
@page("cdp.view_job")
def cancel(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Ask the job to stop."""

    def act() -> str:
        job = requests.cancel(pk, now=timezone.now())
        if job.state == JobState.CANCELLED:
            return _("Job %(job)s is cancelled.") % {"job": pk}
        return _("Job %(job)s stops before its next step counts.") % {"job": pk}

    return _acted(request, pk, act)


@require_POST
@page("cdp.view_job")
def retry(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Let the job go on from where it stopped."""

    def act() -> str:
        requests.retry(pk, now=timezone.now())
        return _("Job %(job)s goes on from where it stopped.") % {"job": pk}

    return _acted(request, pk, act)


def _acted(request: HttpRequest, pk: int, act: Callable[[], str]) -> HttpResponseBase:
    """Do it if the job is the user's to steer; go back to where the button was, and say so."""
    user = user_of(request)
    if not Job.objects.visible_to(user).filter(pk=pk).exists():
        raise Http404
    if not Job.objects.steerable_by(user).filter(pk=pk).exists():
        raise PermissionDenied
    try:
        messages.success(request, act())
    except JobRequestRefused as error:
        messages.error(request, str(error))
    here = request.headers.get("Referer", "")
    hosts = {request.get_host()}
    if here and url_has_allowed_host_and_scheme(here, hosts, require_https=request.is_secure()):
        return redirect(here)
    return redirect("jobs:detail", pk=pk)
