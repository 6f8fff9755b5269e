"""The tasks of the queue; each is found by its dotted name, gets ids only and may run twice."""

from __future__ import annotations

from django.utils import timezone

import cdp.ingest.job
import cdp.tagging_job  # noqa: F401 - both register their kinds of job
from cdp.jobs import runner
from cdp.jobs.tick import tick as do_what_is_due


def run_job(job_id: int, epoch: int) -> None:
    """Work on a job for a slice of time."""
    runner.run_job(job_id, epoch)


def tick() -> None:
    """Do what is due; `manage.py worker` asks for it every minute."""
    do_what_is_due(now=timezone.now())
