"""Running jobs: for a slice of time as a queue task, or to their end in a command."""

from __future__ import annotations

import logging
import random
import time
import traceback
from collections.abc import Callable
from datetime import datetime, timedelta

from django.conf import settings
from django.db import InterfaceError, OperationalError, connection
from django.utils.translation import gettext as _

from cdp.exceptions import RegularsError
from cdp.jobs.base import job_kinds
from cdp.jobs.chunks import Chunks
from cdp.jobs.clock import Clock, system_clock
from cdp.jobs.language import speaking_for
from cdp.jobs.lease import LeaseLost, claim, is_cancelled, settle, settle_cancelled
from cdp.jobs.requests import cancel, enqueue, retry
from cdp.models import Job, JobState

__all__ = ["cancel", "enqueue", "retry", "run_in_foreground", "run_job"]

Progress = Callable[[Job], None]
Pause = Callable[[float], None]

MAX_BACKOFF_SECONDS = 300
FOLLOW_PAUSE_SECONDS = 0.5
SQLITE_PAUSE_SECONDS = 0.005

logger = logging.getLogger(__name__)


def run_job(job_id: int, epoch: int | None = None, *, clock: Clock = system_clock) -> None:
    """Work on the job for a slice of time, then queue the next; do nothing if it is not to be had.

    This is what a nudge in the queue calls; it may come late, twice or for a job that has ended.
    """
    job = claim(job_id, now=clock(), epoch=epoch)
    if job is not None:
        with speaking_for(job):
            seconds = settings.JOB_SLICE_SECONDS
            _work(job, clock=clock, seconds=seconds, progress=None, pause=time.sleep)


def run_in_foreground(
    job: Job,
    *,
    progress: Progress | None = None,
    clock: Clock = system_clock,
    pause: Pause = time.sleep,
) -> Job:
    """Work on the job until it ends and return it; follow it while somebody else works on it.

    `progress` is called with the job after every step. An interrupt (Ctrl-C) gives the job back to
    the queue.
    """
    while True:
        claimed = claim(job.pk, now=clock())
        if claimed is not None:
            try:
                with speaking_for(claimed):
                    _work(claimed, clock=clock, seconds=None, progress=progress, pause=pause)
            except KeyboardInterrupt:
                settle(claimed, JobState.QUEUED, now=clock())
                raise
        job = Job.objects.get(pk=job.pk)
        if progress is not None:
            progress(job)
        if not job.is_live:
            return job
        pause(FOLLOW_PAUSE_SECONDS)


def _work(
    job: Job, *, clock: Clock, seconds: float | None, progress: Progress | None, pause: Pause
) -> None:
    """Write chunks until the job ends, is not ours or the time is up; its errors end it."""
    try:
        chunks = Chunks(job, job_kinds.get(job.kind), clock=clock, seconds=seconds)
        for _step in chunks.steps():
            if progress is not None:
                progress(job)
            if connection.vendor == "sqlite":
                pause(SQLITE_PAUSE_SECONDS)  # Let another writer have its turn.
    except LeaseLost:
        if is_cancelled(job):
            settle_cancelled(job, now=clock())
    except (OperationalError, InterfaceError) as error:
        _wait_for_database(job, error, now=clock())
    except RegularsError as error:
        settle(job, JobState.FAILED, str(error), now=clock())
    except (
        Exception
    ) as error:  # The outermost loop: whatever a kind raises must end its job, not the worker.
        _log_unexpected(job, error)
        said = _(
            "The job stopped at an unexpected error (%(error)s). The log of the worker says where. "
            "Retry the job; if it fails again, report the error."
        )
        settle(job, JobState.FAILED, said % {"error": type(error).__name__}, now=clock())
    logger.info(
        "job=%s kind=%s state=%s done=%s rejected=%s epoch=%s",
        job.pk,
        job.kind,
        job.state,
        job.done,
        job.rejected,
        job.epoch,
    )


def _wait_for_database(job: Job, error: Exception, *, now: datetime) -> None:
    """Put the job off, longer each time; if that cannot be stored either, its lease lapses."""
    logger.warning("job=%s kind=%s error=%s: put off", job.pk, job.kind, type(error).__name__)
    seconds = min(2.0**job.attempts, MAX_BACKOFF_SECONDS)
    seconds *= random.uniform(0.5, 1.5)  # noqa: S311 - spreads retries, no secret
    try:
        if not connection.in_atomic_block:
            connection.close_if_unusable_or_obsolete()
        said = _("The database was not available (%(error)s). The job goes on by itself.")
        settle(
            job,
            JobState.WAITING,
            said % {"error": type(error).__name__},
            now=now,
            next_attempt_at=now + timedelta(seconds=seconds),
        )
    except (OperationalError, InterfaceError):
        logger.warning("job=%s kind=%s: left until its lease lapses", job.pk, job.kind)


def _log_unexpected(job: Job, error: Exception) -> None:
    """Log where an error arose without its text, which may quote a customer's data."""
    frames = "".join(traceback.format_tb(error.__traceback__))
    logger.error(
        "job=%s kind=%s error=%s\n%s", job.pk, job.kind, type(error).__name__, frames.rstrip()
    )
