"""The language of what a job says: that of whoever asked for it, who reads it on a page."""

from __future__ import annotations

from django.conf import settings
from django.utils import translation

from cdp.models import Job


def speaking_for(job: Job) -> translation.override:
    """Return the context in which texts come in the language of the job's user, or the shop's."""
    language = job.user.language if job.user is not None else ""
    return translation.override(language or settings.LANGUAGE_CODE)
