"""The background job that asks for the runs that are due."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from cdp.jobs.base import JobKind, Step, job_kinds
from cdp.jobs.requests import enqueue
from cdp.models import Job
from integrations.models import Audience
from integrations.stored_files import discard_left_behind
from integrations.sync.due import due_audiences
from integrations.sync.requests import SYNC, ask_for_run

# Who may not be anywhere any more is looked for in every so many minutes.
_MINUTES = 5


@job_kinds.register
class SyncDueJob(JobKind[None]):
    """Asks for a run of every audience that is due, after a refresh of segments or by the clock."""

    key = "sync_due"
    label = gettext_lazy("Audiences that are due")

    def is_needed(self) -> bool:
        """Whether there is an audience at all."""
        return Audience.objects.exists()

    def is_due(self, *, now: datetime) -> bool:
        """Whether an audience is; one query per audience at most in four minutes of five."""
        return any(True for _found in due_audiences(now=now, thoroughly=now.minute % _MINUTES == 0))

    def read(self, job: Job, *, now: datetime) -> None:
        """Take away what audiences left behind here that have ended."""
        discard_left_behind()

    def write(self, job: Job, chunk: None, *, now: datetime) -> Step:
        """Ask for the runs."""
        count = 0
        for audience, kind in due_audiences(now=now, thoroughly=True):
            count += 1
            if kind is None:
                enqueue(SYNC, str(audience.pk), now=now)
            else:
                ask_for_run(audience, kind, now=now)
        said = ngettext("%(count)s audience was due.", "%(count)s audiences were due.", count)
        message = said % {"count": count} if count else _("No audience was due.")
        return Step(done=count, message=message, is_finished=True)
