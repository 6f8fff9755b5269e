"""The jobs that are under way, and those that failed lately."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar

from django.utils.translation import gettext_lazy

from cdp.dashboard import Card, Content, Place, cards
from cdp.jobs.heartbeat import Pulse, pulse
from cdp.jobs.progress import lacks_worker, subjects_of
from cdp.models import Job, JobState, User

SHOWN_JOBS = 3
FAILURES_SHOWN_DAYS = 7


@dataclass(frozen=True)
class RunningJobs(Content):
    """Jobs with what they work on; `more` live ones are not shown."""

    template: ClassVar[str] = "components/card_jobs.html"
    live: tuple[tuple[Job, str], ...]
    failed: tuple[tuple[Job, str], ...]
    more: int
    pulse: Pulse
    lacks_worker: bool


@cards.register
class RunningJobsCard(Card[User]):
    """Live progress where the day begins."""

    key = "running_jobs"
    title = gettext_lazy("Jobs")
    place = Place.DASHBOARD
    permission = "cdp.view_job"
    position = 20
    is_wide = True

    def content(self, subject: User, *, now: datetime) -> RunningJobs | None:
        """Gather the jobs that this user may see."""
        visible = Job.objects.visible_to(subject).defer("checkpoint")
        live = list(visible.live().order_by("pk")[: SHOWN_JOBS + 20])
        failed = list(
            visible.filter(
                state__in=(JobState.FAILED, JobState.STUCK),
                finished_at__gte=now - timedelta(days=FAILURES_SHOWN_DAYS),
            ).order_by("-pk")[:SHOWN_JOBS]
        )
        if not live and not failed:
            return None
        shown = live[:SHOWN_JOBS]
        names = subjects_of([*shown, *failed])
        sign = pulse(now=now)
        return RunningJobs(
            live=tuple((job, names[job.pk]) for job in shown),
            failed=tuple((job, names[job.pk]) for job in failed),
            more=len(live) - len(shown),
            pulse=sign,
            lacks_worker=bool(live) and lacks_worker(live, sign, now=now),
        )
