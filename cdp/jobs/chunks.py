"""One claim's work on a job: chunk after chunk, each committed; a poison row is set aside."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

from django.db import InterfaceError, OperationalError, transaction

from cdp.jobs.base import JobKind, Step
from cdp.jobs.clock import Clock
from cdp.jobs.lease import LeaseLost, remember, store
from cdp.models import Job, JobState

# If so many rows fail one after the other, the fault is not in the rows and the job must fail.
MAX_POISON_ROWS = 20

logger = logging.getLogger(__name__)


class Chunks:
    """The chunks of a claimed job, written until it ends or the time is used up."""

    def __init__(self, job: Job, kind: JobKind, *, clock: Clock, seconds: float | None) -> None:
        self._job = job
        self._kind = kind
        self._clock = clock
        self._deadline = None if seconds is None else time.monotonic() + seconds
        self._poison_rows = 0

    def steps(self) -> Iterator[None]:
        """Yield after every committed step; raise `LeaseLost` or what the kind raised."""
        job, kind = self._job, self._kind
        pieces = job.attempts
        if job.progressed_at is None:
            self._commit(lambda now: kind.plan(job, now=now), is_last=False)
            yield
        while job.state == JobState.RUNNING:
            parts: Sequence = (kind.read(job, now=self._clock()),)
            # Earlier claims ended without a trace (killed, out of memory or time): try less.
            for _claim in range(1, pieces):
                parts = [half for part in parts for half in kind.halve(job, part)]
            pieces = 0
            for number, part in enumerate(parts, start=1):
                for _step in self._write(part, is_last=number == len(parts)):
                    yield
                if job.state != JobState.RUNNING:
                    return

    def _write(self, chunk: object, *, is_last: bool) -> Iterator[None]:
        """Write the chunk; if it fails, its parts; set aside the smallest part that still fails."""
        job, kind = self._job, self._kind
        try:
            self._commit(lambda now: kind.write(job, chunk, now=now), is_last=is_last)
            self._poison_rows = 0
            yield
            return
        except (LeaseLost, OperationalError, InterfaceError):
            raise
        except (
            Exception
        ) as error:  # The outermost loop of a batch: the row at fault is found and recorded.
            failure = error
        parts = kind.halve(job, chunk)
        if len(parts) > 1:
            for number, part in enumerate(parts, start=1):
                if job.state == JobState.RUNNING:
                    yield from self._write(part, is_last=is_last and number == len(parts))
            return
        self._poison_rows += 1
        step = kind.reject(job, chunk, failure)
        if step is None or self._poison_rows > MAX_POISON_ROWS:
            raise failure
        logger.warning(
            "job=%s kind=%s error=%s: row set aside", job.pk, job.kind, type(failure).__name__
        )
        self._commit(lambda now: step, is_last=is_last)
        yield

    def _commit(self, step_at: Callable[[datetime], Step], *, is_last: bool) -> None:
        """Run one transaction: what the step writes, and the step itself under the job's epoch."""
        job = self._job
        now = self._clock()
        with transaction.atomic():
            step = step_at(now)
            self._refuse_standstill(step)
            is_over = self._deadline is not None and time.monotonic() >= self._deadline
            changes = store(job, step, now=self._clock(), hand_over=is_last and is_over)
        remember(job, changes)

    def _refuse_standstill(self, step: Step) -> None:
        is_planned = self._job.progressed_at is not None
        moves = step.checkpoint != self._job.checkpoint or step.done or step.rejections
        if is_planned and not moves and not step.is_finished:
            raise RuntimeError(f"The job kind '{self._kind.key}' wrote a chunk that goes nowhere.")
