"""Small kinds of jobs for tests: they count numbers and fail where they are told to."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django_q.models import OrmQ

from cdp.jobs import JobKind, Rejection, Step, job_kinds
from cdp.jobs.runner import run_job
from cdp.models import Job, Tag

CHUNK = 4


class FakeClock:
    """A clock that stands still until it is set."""

    def __init__(self, moment: datetime) -> None:
        self.moment = moment

    def __call__(self) -> datetime:
        return self.moment

    def advance(self, seconds: float) -> datetime:
        self.moment += timedelta(seconds=seconds)
        return self.moment


@dataclass
class Behaviour:
    """What the counting kind does out of the ordinary."""

    total: int = 10
    poison: dict[int, Exception] = field(default_factory=dict)
    can_reject: bool = True
    before_write: Callable[[Job], None] = lambda job: None
    after_write: Callable[[Job], None] = lambda job: None
    before_read: Callable[[Job], None] = lambda job: None
    written: list[list[int]] = field(default_factory=list)


class Counting(JobKind[list[int]]):
    """Writes a tag per number; a number written twice breaks the tags' unique key."""

    key = "counting"
    label = "counting"
    behaviour = Behaviour()

    def plan(self, job: Job, *, now: datetime) -> Step:
        return Step(checkpoint="0", total=self.behaviour.total, message="Counting.")

    def read(self, job: Job, *, now: datetime) -> list[int]:
        self.behaviour.before_read(job)
        start = int(job.checkpoint)
        return list(range(start, min(start + CHUNK, self.behaviour.total)))

    def write(self, job: Job, chunk: list[int], *, now: datetime) -> Step:
        self.behaviour.before_write(job)
        for number in chunk:
            Tag.objects.create(key=f"{job.pk}-{number}", name=str(number))
            if number in self.behaviour.poison:
                raise self.behaviour.poison[number]
        self.behaviour.after_write(job)
        self.behaviour.written.append(chunk)
        return self._step(chunk)

    def halve(self, job: Job, chunk: list[int]) -> Sequence[list[int]]:
        middle = len(chunk) // 2
        return (chunk[:middle], chunk[middle:]) if middle else (chunk,)

    def reject(self, job: Job, chunk: list[int], error: Exception) -> Step | None:
        if not self.behaviour.can_reject:
            return None
        refused = Rejection(
            position=chunk[0], reason=f"Refused {chunk[0]}.", content="a\x00b\udc80"
        )
        return self._step(chunk, refused)

    def _step(self, chunk: list[int], *refused: Rejection) -> Step:
        end = chunk[-1] + 1 if chunk else self.behaviour.total
        return Step(
            checkpoint=str(end),
            done=len(chunk),
            rejections=refused,
            is_finished=end == self.behaviour.total,
        )


class OneFile(JobKind[None]):
    """Work on one fixed target: a second request means the same."""

    key = "one_file"
    label = "one file"
    reruns = False

    def read(self, job: Job, *, now: datetime) -> None:
        return None

    def write(self, job: Job, chunk: None, *, now: datetime) -> Step:
        return Step(is_finished=True)


class After(OneFile):
    """What follows the counting."""

    key = "after"
    reruns = True


@contextmanager
def registered(*kinds: type[JobKind]) -> Iterator[None]:
    """Add kinds to the registry of the process for the time of a test."""
    before = dict(job_kinds._entries)
    for kind in kinds:
        job_kinds.register(kind)
    try:
        yield
    finally:
        job_kinds._entries.clear()
        job_kinds._entries.update(before)


def numbers_of(job: Job) -> list[int]:
    """Return what the counting job has left in the database."""
    prefix = f"{job.pk}-"
    keys = Tag.objects.filter(key__startswith=prefix).values_list("key", flat=True)
    return sorted(int(key.removeprefix(prefix)) for key in keys)


def run(job: Job, clock: FakeClock) -> Job:
    """Do what one nudge does and return the job as it is then."""
    run_job(job.pk, clock=clock)
    job.refresh_from_db()
    return job


def nudges() -> list[tuple[int, int]]:
    """Return the arguments of the tasks in the queue."""
    return [row.task["args"] for row in OrmQ.objects.order_by("pk")]
