"""Asking for background work: enqueue, cancel, retry; the nudge is part of the transaction."""

from __future__ import annotations

from datetime import datetime
from functools import partial

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from django_q.tasks import async_task

from cdp.exceptions import RegularsError
from cdp.jobs.base import job_kinds
from cdp.models import Job, JobState, User
from cdp.schedules import FOLLOW_UPS

TASK = "cdp.tasks.run_job"
RETRYABLE_STATES = (JobState.FAILED, JobState.STUCK, JobState.CANCELLED, JobState.WAITING)


class JobRequestRefused(RegularsError):
    """A job is not in a state in which this can be asked of it."""


def enqueue(kind_key: str, target: str = "", *, now: datetime, user: User | None = None) -> Job:
    """Return the live job of this kind and target, created and nudged if there is none.

    If it has already begun and its kind reruns, another one is queued as soon as it ends: whatever
    was stored before this call is looked at by a run that begins after it.
    """
    return _enqueue(kind_key, str(target), now=now, user_id=user.pk if user else None)


def _enqueue(kind_key: str, target: str, *, now: datetime, user_id: int | None) -> Job:
    kind = job_kinds.get(kind_key)
    for _attempt in range(10):
        with transaction.atomic():
            # The lock keeps a worker from beginning the job before the caller's rows are committed.
            live = (
                Job.objects.live().select_for_update().filter(kind=kind_key, target=target).first()
            )
            if live is not None:
                if live.epoch and kind.reruns and not live.rerun_requested:
                    live.rerun_requested = True
                    live.save(update_fields=["rerun_requested"])
                return live
            try:
                with transaction.atomic():
                    job = Job.objects.create(
                        kind=kind_key, target=target, created_at=now, user_id=user_id
                    )
            except IntegrityError:
                continue  # Another process has just created it: look again.
            nudge(job)
            return job
    raise JobRequestRefused(
        _("The job '%(kind)s' could not be queued because others keep queueing and ending it.")
        % {"kind": kind_key},
        hint=_("Try again."),
    )


def nudge(job: Job) -> None:
    """Ask the workers to look at the job; call it in the transaction that made the job claimable.

    The nudge carries the epoch it was made for, so that of several nudges for one stretch of work
    only the first counts and the others cannot multiply.
    """
    async_task(TASK, job.pk, job.epoch, q_options={"group": "jobs", "save": False})


def cancel(job_id: int, *, now: datetime) -> Job:
    """Ask a live job to stop: at once if nobody works on it, else before its next step counts."""
    with transaction.atomic():
        found = (
            Job.objects.live()
            .filter(pk=job_id)
            .update(cancel_requested=True, rerun_requested=False)
        )
        if not found:
            raise JobRequestRefused(
                _("Job %(job)s cannot be cancelled: it has ended or does not exist.")
                % {"job": job_id}
            )
        is_over = (
            Job.objects.claimable(now)
            .filter(pk=job_id)
            .update(
                state=JobState.CANCELLED, lease_until=None, next_attempt_at=None, finished_at=now
            )
        )
        job = Job.objects.get(pk=job_id)
        if is_over:
            follow_up(job, JobState.CANCELLED, now=now)
        return job


def retry(job_id: int, *, now: datetime) -> Job:
    """Queue an ended or waiting job again; it goes on from its checkpoint."""
    try:
        with transaction.atomic():
            found = Job.objects.filter(pk=job_id, state__in=RETRYABLE_STATES).update(
                state=JobState.QUEUED,
                attempts=0,
                next_attempt_at=None,
                lease_until=None,
                finished_at=None,
                cancel_requested=False,
                message="",
            )
            if not found:
                raise JobRequestRefused(
                    _("Job %(job)s cannot be retried: it is under way, done or does not exist.")
                    % {"job": job_id}
                )
            job = Job.objects.get(pk=job_id)
            job_kinds.get(job.kind)
            nudge(job)
            return job
    except IntegrityError:
        raise JobRequestRefused(
            _("Job %(job)s cannot be retried: a newer job of its kind is under way.")
            % {"job": job_id},
            hint=_("Wait until that one has ended."),
        ) from None


def follow_up(job: Job, ended_as: JobState, *, now: datetime) -> None:
    """Queue what comes after a job that has ended; call it in the transaction that ended it.

    A kind that this version does not know has no files to remove and cannot run again.
    """
    if job.kind not in job_kinds:
        return
    transaction.on_commit(partial(job_kinds.get(job.kind).clean_up, job), robust=True)
    if Job.objects.filter(pk=job.pk, rerun_requested=True).exists():
        _enqueue(job.kind, job.target, now=now, user_id=job.user_id)
    if ended_as == JobState.DONE and job_kinds.get(job.kind).is_followed(job):
        for kind_key in FOLLOW_UPS.get(job.kind, ()):
            if kind_key in job_kinds and job_kinds.get(kind_key).is_needed():
                _enqueue(kind_key, "", now=now, user_id=job.user_id)
