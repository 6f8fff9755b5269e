"""Jobs on a page: how one stands, and lengths of time in words."""

from __future__ import annotations

from django import template
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cdp.jobs.progress import Progress, progress_of
from cdp.models import Job
from cdp.templatetags.cdp_pages import NOTHING

register = template.Library()


@register.filter
def progress(job: Job) -> Progress:
    """Return how a job stands now: `{% with stand=job|progress %}`."""
    return progress_of(job, now=timezone.now())


@register.filter
def duration(seconds: int | None) -> str:
    """Return a length of time in its largest unit; a dash for None."""
    if seconds is None:
        return NOTHING
    if seconds < 1:
        return _("under a second")
    if seconds < 90:
        return ngettext("%(count)d second", "%(count)d seconds", seconds) % {"count": seconds}
    minutes = round(seconds / 60)
    if minutes < 90:
        return ngettext("%(count)d minute", "%(count)d minutes", minutes) % {"count": minutes}
    hours = round(seconds / 3600)
    return ngettext("%(count)d hour", "%(count)d hours", hours) % {"count": hours}
