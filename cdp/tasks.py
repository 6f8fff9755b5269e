"""The tasks of the queue; each is found by its dotted name, gets ids only and may run twice."""

from __future__ import annotations

from cdp.jobs import runner


def run_job(job_id: int, epoch: int) -> None:
    """Work on a job for a slice of time."""
    runner.run_job(job_id, epoch)
