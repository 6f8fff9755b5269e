"""The lease of a job: claim it, store a step under it, give it up; all under the claim's epoch.

The lease is measured by the clock of whoever holds it. It only decides who tries; that two never
both store is decided by the epoch, which each claim raises. So a wrong clock costs a repeated
chunk, never a row.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from cdp.jobs.base import Rejection, Step
from cdp.jobs.language import speaking_for
from cdp.jobs.requests import follow_up, nudge
from cdp.models import Job, JobRejection, JobState
from cdp.models.job import JobQuerySet

MAX_ATTEMPTS = 5


class LeaseLost(Exception):
    """Somebody else works on the job, or it was cancelled: what is not committed does not count."""


def lease_end(now: datetime) -> datetime:
    """Return until when a lease that is given now lasts."""
    return now + timedelta(seconds=settings.JOB_LEASE_SECONDS)


def claim(job_id: int, *, now: datetime, epoch: int | None = None) -> Job | None:
    """Take the job and return it, or None if it is not to be had (at this `epoch`, if given).

    A job asked to cancel, or claimed too often without progress, is ended instead.
    """
    wanted = Job.objects.claimable(now).filter(pk=job_id)
    if epoch is not None:
        wanted = wanted.filter(epoch=epoch)
    with transaction.atomic():
        taken = wanted.update(
            state=JobState.RUNNING,
            epoch=F("epoch") + 1,
            attempts=F("attempts") + 1,
            lease_until=lease_end(now),
            next_attempt_at=None,
            started_at=Coalesce("started_at", now),
        )
        if not taken:
            return None
        job = Job.objects.select_related("user").get(pk=job_id)
        with speaking_for(job):
            if job.cancel_requested:
                settle_cancelled(job, now=now)
                return None
            if job.attempts > MAX_ATTEMPTS:
                _settle_stuck(job, now=now)
                return None
        return job


def store(job: Job, step: Step, *, now: datetime, hand_over: bool) -> dict[str, object]:
    """Record the step and return the new values; raise `LeaseLost` if the job is no longer ours.

    Call it inside the transaction that wrote the chunk, and `remember` the values once that has
    committed. With `hand_over` the job goes back to the queue.
    """
    changes: dict[str, object] = {
        "checkpoint": step.checkpoint,
        "done": job.done + step.done,
        "rejected": job.rejected + _store_rejections(job, step.rejections),
        "attempts": 0,
        "progressed_at": now,
        "lease_until": lease_end(now),
    }
    if step.total is not None:
        changes["total"] = step.total
    if step.message is not None:
        changes["message"] = step.message[:1000]
    if step.is_finished:
        changes |= {"state": JobState.DONE, "lease_until": None, "finished_at": now}
    elif hand_over:
        changes |= {"state": JobState.QUEUED, "lease_until": None}
    if not _held(job).filter(cancel_requested=False).update(**changes):
        raise LeaseLost
    if step.is_finished:
        follow_up(job, JobState.DONE, now=now)
    elif hand_over:
        nudge(job)
    return changes


def settle(
    job: Job,
    state: JobState,
    message: str = "",
    *,
    now: datetime,
    next_attempt_at: datetime | None = None,
) -> bool:
    """Leave the claimed job in another state and update `job`; return whether it was still ours."""
    changes: dict[str, object] = {
        "state": state,
        "lease_until": None,
        "next_attempt_at": next_attempt_at,
        "finished_at": None if state in (JobState.WAITING, JobState.QUEUED) else now,
    }
    if message:
        changes["message"] = message[:1000]
    with transaction.atomic():
        if not _held(job).update(**changes):
            return False
        if state == JobState.QUEUED:
            nudge(job)
        elif state != JobState.WAITING:
            follow_up(job, state, now=now)
    remember(job, changes)
    return True


def settle_cancelled(job: Job, *, now: datetime) -> None:
    """End the claimed job because somebody asked it to stop."""
    settle(job, JobState.CANCELLED, _("The job was cancelled."), now=now)


def _settle_stuck(job: Job, *, now: datetime) -> None:
    said = _(
        "The job was begun %(attempts)s times and never finished a step: its worker was killed or "
        "ran out of memory or time each time. Look into the worker's log, then retry the job."
    )
    settle(job, JobState.STUCK, said % {"attempts": MAX_ATTEMPTS}, now=now)


def remember(job: Job, changes: dict[str, object]) -> None:
    """Bring the row in memory up to what has been committed."""
    for name, value in changes.items():
        setattr(job, name, value)


def is_cancelled(job: Job) -> bool:
    """Whether the job is still ours and was asked to stop."""
    return _held(job).filter(cancel_requested=True).exists()


def _held(job: Job) -> JobQuerySet:
    return Job.objects.filter(pk=job.pk, epoch=job.epoch, state=JobState.RUNNING)


def _store_rejections(job: Job, rejections: Sequence[Rejection]) -> int:
    """Store the rows that an earlier run has not stored yet and return how many those were."""
    if not rejections:
        return 0
    known = set(
        JobRejection.objects.filter(
            job_id=job.pk, position__in=[rejection.position for rejection in rejections]
        ).values_list("position", flat=True)
    )
    rows = {
        rejection.position: JobRejection(
            job_id=job.pk,
            position=rejection.position,
            reason=_storable(rejection.reason)[:500],
            content=_storable(rejection.content),
        )
        for rejection in rejections
        if rejection.position not in known
    }
    JobRejection.objects.bulk_create(rows.values())
    return len(rows)


def _storable(value: str) -> str:
    """Make text of unknown origin fit for a database column: no NUL, no lone surrogates."""
    return value.replace("\x00", "\N{SYMBOL FOR NULL}").encode("utf-8", "replace").decode("utf-8")
