"""How a job stands, for people: its state in words, why it waits, its speed, what is left."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cdp.jobs.base import job_kinds
from cdp.jobs.heartbeat import Pulse
from cdp.jobs.requests import RETRYABLE_STATES
from cdp.models import Job, JobState

# A job that is due is taken within seconds by a worker that has nothing else to do.
PATIENCE = timedelta(minutes=1)
# Before that a rate is guesswork.
SECONDS_TO_A_RATE = 1.0


class Standing(Enum):
    """What people call the states of a job, with the colour of its badge."""

    QUEUED = gettext_lazy("waiting for a worker"), "info"
    RUNNING = gettext_lazy("running"), "info"
    STOPPING = gettext_lazy("stopping"), "warn"
    STALLED = gettext_lazy("stalled"), "bad"
    WAITING = gettext_lazy("tries again later"), "warn"
    DONE = gettext_lazy("done"), "good"
    REJECTED = gettext_lazy("done, with rejected rows"), "warn"
    FAILED = gettext_lazy("failed"), "bad"
    STUCK = gettext_lazy("gave up"), "bad"
    CANCELLED = gettext_lazy("cancelled"), ""

    def __init__(self, label: Promise, tone: str) -> None:
        self.label = label
        self.tone = tone


_ENDED = {
    JobState.FAILED: Standing.FAILED,
    JobState.STUCK: Standing.STUCK,
    JobState.CANCELLED: Standing.CANCELLED,
}


@dataclass(frozen=True)
class Progress:
    """A job in words and figures; what cannot be told yet is None. `rate` is units a second."""

    label: str
    standing: Standing
    reason: str
    percent: int | None
    rate: float | None
    seconds_left: int | None
    seconds_taken: int | None
    can_be_cancelled: bool
    can_be_retried: bool


def progress_of(job: Job, *, now: datetime) -> Progress:
    """Return how the job stands; asks the database nothing."""
    standing = _standing(job, now=now)
    rate = _rate(job)
    return Progress(
        label=kind_label(job.kind),
        standing=standing,
        reason=_reason(job, standing),
        percent=_percent(job),
        rate=rate,
        seconds_left=_seconds_left(job, rate) if standing is Standing.RUNNING else None,
        seconds_taken=_seconds_taken(job, now=now),
        can_be_cancelled=job.is_live and not job.cancel_requested,
        can_be_retried=job.state in RETRYABLE_STATES,
    )


def kind_label(key: str) -> str:
    """Return what people call a kind of job; of a kind that this version does not know, its key."""
    label = str(job_kinds.get(key).label) if key in job_kinds else key.replace("_", " ")
    return label[:1].upper() + label[1:]


def lacks_worker(jobs: Iterable[Job], sign: Pulse, *, now: datetime) -> bool:
    """Whether the workers are silent. One that has just begun shows no sign before its first task
    ends, but a job that runs does.
    """
    if sign.is_alive:
        return False
    runs = {Standing.RUNNING, Standing.STOPPING}
    return not any(_standing(job, now=now) in runs for job in jobs if job.is_live)


def subjects_of(jobs: Sequence[Job]) -> dict[int, str]:
    """Return by the job's number what each works on, with one question for each kind."""
    targets: dict[str, set[str]] = {}
    for job in jobs:
        if job.target and job.kind in job_kinds:
            targets.setdefault(job.kind, set()).add(job.target)
    names = {kind: job_kinds.get(kind).subjects(sorted(ids)) for kind, ids in targets.items()}
    return {job.pk: names.get(job.kind, {}).get(job.target, "") for job in jobs}


def _standing(job: Job, *, now: datetime) -> Standing:
    if job.state == JobState.DONE:
        return Standing.REJECTED if job.rejected else Standing.DONE
    if job.state in _ENDED:
        return _ENDED[JobState(job.state)]
    if job.state == JobState.WAITING and job.next_attempt_at and job.next_attempt_at > now:
        return Standing.WAITING
    if job.state == JobState.RUNNING:
        if job.lease_until is None or job.lease_until <= now:
            return Standing.STALLED
        return Standing.STOPPING if job.cancel_requested else Standing.RUNNING
    if job.progressed_at is None:
        return Standing.QUEUED
    # Between two slices of work the job stands in the queue for a moment.
    quiet = now - job.progressed_at
    return Standing.RUNNING if quiet < PATIENCE else Standing.QUEUED


def _reason(job: Job, standing: Standing) -> str:
    """Return why nothing goes on, if nothing does."""
    if standing is Standing.STALLED:
        return _(
            "Its worker ended without a word. Another one goes on from the last step as soon as "
            "it is free."
        )
    if standing is Standing.STOPPING:
        return _("It stops before its next step counts; what is stored stays stored.")
    return ""


def _percent(job: Job) -> int | None:
    if job.state == JobState.DONE:
        return 100
    if not job.total:
        return None
    return min(int(100 * job.done / job.total), 100)


def _rate(job: Job) -> float | None:
    end = job.finished_at or job.progressed_at
    if not job.done or job.started_at is None or end is None:
        return None
    seconds = (end - job.started_at).total_seconds()
    return job.done / seconds if seconds >= SECONDS_TO_A_RATE else None


def _seconds_left(job: Job, rate: float | None) -> int | None:
    if not rate or not job.total:
        return None
    return round(max(job.total - job.done, 0) / rate)


def _seconds_taken(job: Job, *, now: datetime) -> int | None:
    if job.started_at is None:
        return None
    return max(round(((job.finished_at or now) - job.started_at).total_seconds()), 0)
