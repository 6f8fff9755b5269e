"""The frame around every tab of an audience: where it stands, what runs, when it runs next."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _

from cdp.jobs.heartbeat import pulse
from cdp.jobs.progress import lacks_worker
from cdp.models import Job, Shop
from cdp.pages import show
from integrations.audience_words import next_run_words, standing_of
from integrations.connecting.connections import declared
from integrations.models import Audience, AudienceState, ConnectionState
from integrations.sync.requests import DRY_RUN, SYNC


def audience_of(pk: int) -> Audience:
    """Return the audience of an address with its segment and connection, or say there is none."""
    return get_object_or_404(Audience.objects.select_related("segment", "connection"), pk=pk)


def live_job(audience: Audience) -> Job | None:
    """Return the job that works on the audience, if there is one."""
    kinds = (SYNC, DRY_RUN)
    return Job.objects.live().filter(kind__in=kinds, target=str(audience.pk)).order_by("pk").first()


def show_audience(
    request: HttpRequest,
    template: str,
    audience: Audience,
    context: Mapping[str, object] | None = None,
    *,
    tab: str,
    status: int = 200,
    now: datetime | None = None,
) -> HttpResponseBase:
    """Return a tab of the audience; the template extends `audiences/audience.html`."""
    now = now or timezone.now()
    job = live_job(audience)
    sign = None if job is None else pulse(now=now)
    is_over = audience.state in (AudienceState.ENDING, AudienceState.ENDED)
    frame = {
        "audience": audience,
        "destination": declared(audience.connection),
        "standing": standing_of(audience),
        "next_run": next_run_words(audience, zone=Shop.objects.current().zone),
        "tab": tab,
        "job": job,
        "pulse": sign,
        "lacks_worker": job is not None and sign is not None and lacks_worker([job], sign, now=now),
        "is_over": is_over,
        "can_run": not is_over
        and audience.state != AudienceState.STOPPED
        and audience.connection.state != ConnectionState.STOPPED,
    }
    title = _("Audience “%(name)s”") % {"name": audience.outside_name}
    return show(request, template, {**frame, **(context or {})}, title=title, status=status)
