"""The background job that keeps the members of segments up to date."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from cdp.jobs.base import JobKind, Step, job_kinds
from cdp.models import Job
from segments.models import Segment
from segments.refreshing import due_segments, refresh_segment


@job_kinds.register
class RefreshSegmentsJob(JobKind[int]):
    """Refreshes the segments that are due, one per chunk; the checkpoint lists those to do.

    A segment that cannot be computed keeps its members and shows why; the others go on.
    """

    key = "refresh_segments"
    label = gettext_lazy("segments")

    def plan(self, job: Job, *, now: datetime) -> Step:
        """List the segments that are due, each after those it asks for."""
        keys = [segment.pk for segment in due_segments(now=now)]
        return _step(keys, done=0, total=len(keys))

    def read(self, job: Job, *, now: datetime) -> int:
        """Return the key of the next segment."""
        return _to_do(job)[0]

    def write(self, job: Job, chunk: int, *, now: datetime) -> Step:
        """Refresh the segment, unless it was deleted meanwhile."""
        segment = Segment.objects.filter(pk=chunk).first()
        if segment is not None:
            refresh_segment(segment, now=now)
        return _step(_to_do(job)[1:], done=1, total=job.total)


def _to_do(job: Job) -> list[int]:
    return [int(key) for key in job.checkpoint.split()]


def _step(keys: list[int], *, done: int, total: int | None) -> Step:
    return Step(
        checkpoint=" ".join(map(str, keys)),
        done=done,
        total=total,
        message=None if keys else _summary(total or 0),
        is_finished=not keys,
    )


def _summary(total: int) -> str:
    if not total:
        return _("Every segment was up to date.")
    said = ngettext("Refreshed %(count)s segment.", "Refreshed %(count)s segments.", total)
    failed = Segment.objects.filter(is_archived=False).exclude(error="").count()
    if failed:
        said += " " + ngettext(
            "%(failed)s could not be computed; its page says why.",
            "%(failed)s could not be computed; their pages say why.",
            failed,
        )
    return said % {"count": total, "failed": failed}
