"""Jobs that deal with one thing after the other: the checkpoint lists the keys left to do."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from cdp.jobs.base import Step
from cdp.models import Job


def keys_left(job: Job) -> list[int]:
    """Return the keys that the job has not dealt with, the next one first."""
    return [int(key) for key in job.checkpoint.split()]


def step_over(
    keys: Sequence[int], *, done: int, total: int | None, summary: Callable[[int], str]
) -> Step:
    """Return the step after which `keys` are left; without any the job ends with its summary.

    `summary` is asked with the number of all.
    """
    return Step(
        checkpoint=" ".join(map(str, keys)),
        done=done,
        total=total,
        message=None if keys else summary(total or 0),
        is_finished=not keys,
    )
