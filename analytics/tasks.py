"""The background job that keeps statistics and labels up to date."""

from __future__ import annotations

from datetime import datetime
from importlib import import_module
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from cdp.jobs.base import JobKind, Step, job_kinds
from cdp.models import Job

if TYPE_CHECKING:
    from analytics.refresh import Chunk


@job_kinds.register
class RefreshJob(JobKind["Chunk"]):
    """Computes statistics and labels; the checkpoint is the position of the refresh as text.

    The engine is imported when a job runs: this module is loaded by every process, and numpy must
    not be.
    """

    key = "refresh"
    label = _("statistics and classification")

    def plan(self, job: Job, *, now: datetime) -> Step:
        """Begin the refresh that was asked for."""
        position, total = import_module("analytics.refresh").plan(now=now)
        return Step(checkpoint=position.to_text(), total=total)

    def read(self, job: Job, *, now: datetime) -> Chunk:
        """Read and compute the next chunk."""
        engine = import_module("analytics.refresh")
        chunk: Chunk = engine.read(engine.Position.from_text(job.checkpoint))
        return chunk

    def write(self, job: Job, chunk: Chunk, *, now: datetime) -> Step:
        """Store the chunk."""
        engine = import_module("analytics.refresh")
        position, done = engine.write(engine.Position.from_text(job.checkpoint), chunk, now=now)
        is_finished = position.phase == engine.DONE
        return Step(
            checkpoint=position.to_text(),
            done=done,
            total=job.done + done if is_finished else None,
            message=engine.summary(position.refresh) if is_finished else engine.stage(position),
            is_finished=is_finished,
        )
