"""What a kind of background work declares, and the registry of kinds."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from django.utils.functional import Promise

from cdp.models import Job
from cdp.registry import Registry

Chunk = TypeVar("Chunk")


@dataclass(frozen=True)
class Rejection:
    """A row that could not be taken: its position in the input, the reason, and the row as text."""

    position: int
    reason: str
    content: str = ""


@dataclass(frozen=True)
class Step:
    """The outcome of one chunk: where to go on, and what it adds to the job's counters.

    `done` counts every unit dealt with, rejected ones included, so that it reaches `total` at the
    end. A step that neither moves the checkpoint nor adds to a counter nor finishes is refused: it
    would repeat for ever.
    """

    checkpoint: str = ""
    done: int = 0
    rejections: Sequence[Rejection] = ()
    total: int | None = None
    message: str | None = None
    is_finished: bool = False


class JobKind(Generic[Chunk]):
    """One kind of background work, done in short chunks that each commit with their checkpoint.

    For every chunk `read` runs outside a transaction (files, network) and `write` inside the
    transaction that also stores the checkpoint and the counters and requires the job's epoch, so
    that a worker that lost its lease rolls back. `write` must be safe to repeat from the same
    checkpoint. Instances are shared: keep no
    state on `self`. A chunk should take about a second and never longer than TASK_TIMEOUT_SECONDS.

    What a kind keeps outside the database goes away in `clean_up` and `tidy`; both may be called
    again and while a worker that lost its lease still writes.

    `subjects` and `page` tell people what a job works on.

    `reruns` says what a request means that comes while the job is under way: another run afterwards
    (work that looks at whatever there is), or nothing (work on one fixed target, such as a file).
    """

    key: str
    label: str | Promise
    reruns: bool = True
    page: str = ""  # The name of the address, with the target as argument, that shows the outcome.

    def subjects(self, targets: Collection[str]) -> Mapping[str, str]:
        """Return what people call the things with these ids, in one query; {} without names."""
        return {}

    def plan(self, job: Job, *, now: datetime) -> Step:
        """Return the first checkpoint and the total (None while unknown) before the first chunk."""
        return Step()

    def read(self, job: Job, *, now: datetime) -> Chunk:
        """Gather what the next chunk needs, from `job.checkpoint` on. No database writes here."""
        raise TypeError(f"The job kind '{self.key}' does not say how to read a chunk.")

    def write(self, job: Job, chunk: Chunk, *, now: datetime) -> Step:
        """Store one chunk and return how far it got."""
        raise TypeError(f"The job kind '{self.key}' does not say how to write a chunk.")

    def halve(self, job: Job, chunk: Chunk) -> Sequence[Chunk]:
        """Split a failed chunk so as to isolate a poison row; one part means: cannot be split."""
        return (chunk,)

    def reject(self, job: Job, chunk: Chunk, error: Exception) -> Step | None:
        """Return the step that skips a failed, unsplittable chunk, or None to let the job fail."""
        return None

    def is_followed(self, job: Job) -> bool:
        """Whether the work that comes after this kind is asked for when this job is done."""
        return True

    def is_needed(self) -> bool:
        """Whether there is anything to do for this kind when it follows another."""
        return True

    def is_due(self, *, now: datetime) -> bool:
        """Whether a kind named in `cdp.schedules.WATCHED` is to be asked for now; be quick."""
        return False

    def clean_up(self, job: Job) -> None:
        """Remove the files of a job that has ended, in whatever state; a retry makes them again."""

    def tidy(self, *, now: datetime) -> None:
        """Remove, once a day, the files of ended jobs that a killed process has left behind."""


job_kinds: Registry[JobKind] = Registry("job kind")
