"""Background work that survives its worker: the queue is the nudge, the `Job` row is the truth."""

from cdp.jobs.base import JobKind, Rejection, Step, job_kinds

__all__ = ["JobKind", "Rejection", "Step", "job_kinds"]
