"""What must happen again and again: forgotten jobs, daily runs, tidying up."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from django.db import transaction
from django_q.models import Failure

from cdp.jobs.base import job_kinds
from cdp.jobs.requests import enqueue, nudge
from cdp.lockouts import forget_old_attempts
from cdp.models import DailyRun, Heartbeat, Job, Shop
from cdp.periods import local_day
from cdp.schedules import DAILY, WATCHED
from cdp.sessions import forget_old_sessions

FAILURES_KEPT_DAYS = 30
DAILY_RUNS_KEPT_DAYS = 400
HEARTBEATS_KEPT_DAYS = 1


def tick(*, now: datetime) -> None:
    """Do what is due; may run twice at once and late."""
    nudge_claimable_jobs(now=now)
    start_daily_runs(now=now)
    start_watched(now=now)


def nudge_claimable_jobs(*, now: datetime) -> None:
    """Nudge every job that is due or whose worker died; a second nudge does no harm."""
    for job in Job.objects.claimable(now).order_by("pk").iterator(chunk_size=500):
        nudge(job)


def start_daily_runs(*, now: datetime) -> None:
    """Start what is due today in the shop's zone and has not been started for this local date.

    A time that the clocks skip at night is due when they have skipped it; one that comes twice is
    due the first time.
    """
    zone = Shop.objects.current().zone
    today = local_day(now, zone)
    for daily in DAILY:
        if daily.kind in job_kinds and now >= datetime.combine(
            today, daily.at, tzinfo=zone
        ).astimezone(UTC):
            with transaction.atomic():
                if _is_first(daily.kind, today, now=now):
                    enqueue(daily.kind, now=now)
    if _is_first("tidy", today, now=now):
        tidy(now=now)


def start_watched(*, now: datetime) -> None:
    """Ask for the kinds of job that find themselves due."""
    for key in WATCHED:
        if key in job_kinds and job_kinds.get(key).is_due(now=now):
            enqueue(key, now=now)


def tidy(*, now: datetime) -> None:
    """Remove records of the queue and of ourselves, and files, that nobody asks for any more."""
    Failure.objects.filter(stopped__lt=now - timedelta(days=FAILURES_KEPT_DAYS)).delete()
    DailyRun.objects.filter(started_at__lt=now - timedelta(days=DAILY_RUNS_KEPT_DAYS)).delete()
    Heartbeat.objects.filter(beat_at__lt=now - timedelta(days=HEARTBEATS_KEPT_DAYS)).delete()
    forget_old_attempts(now=now)
    forget_old_sessions(now=now)
    for kind in job_kinds:
        kind.tidy(now=now)


def _is_first(name: str, day: date, *, now: datetime) -> bool:
    """Whether nothing of this name was started for the local day yet; from now on it was."""
    _run, is_created = DailyRun.objects.get_or_create(
        name=name, local_date=day, defaults={"started_at": now}
    )
    return is_created
