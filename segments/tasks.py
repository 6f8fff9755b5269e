"""The background jobs of segments: keeping members up to date; exports register here too."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

import segments.handouts.export_job  # noqa: F401 - registers the job kind "export"
from cdp import selections
from cdp.jobs.base import JobKind, Step, job_kinds
from cdp.jobs.key_list import keys_left, step_over
from cdp.models import CustomerSelection, Job
from segments.compiler import everybody
from segments.lists import ADD, change_list
from segments.models import Segment
from segments.refreshing import affected_by, due_segments, refresh_segment

LIST_PIECE = 20_000


@job_kinds.register
class RefreshSegmentsJob(JobKind[int]):
    """Refreshes the segments that are due, one per chunk; the checkpoint lists those to do.

    With a segment as target: that one and those that ask for it, due or not. A segment that cannot
    be computed keeps its members and shows why; the others go on.
    """

    key = "refresh_segments"
    label = gettext_lazy("segments")

    def plan(self, job: Job, *, now: datetime) -> Step:
        """List the segments that are due, each after those it asks for."""
        if job.target:
            chosen = affected_by(Segment.objects.filter(pk=job.target))
        else:
            chosen = due_segments(now=now)
        keys = [segment.pk for segment in chosen]
        return step_over(keys, done=0, total=len(keys), summary=_summary)

    def read(self, job: Job, *, now: datetime) -> int:
        """Return the key of the next segment."""
        return keys_left(job)[0]

    def write(self, job: Job, chunk: int, *, now: datetime) -> Step:
        """Refresh the segment, unless it was deleted meanwhile."""
        segment = Segment.objects.filter(pk=chunk).first()
        if segment is not None:
            refresh_segment(segment, now=now)
        return step_over(keys_left(job)[1:], done=1, total=job.total, summary=_summary)


@job_kinds.register
class ChangeListJob(JobKind[list[int]]):
    """Adds the customers of one selection to a list or removes them; the checkpoint is the last
    one dealt with.

    The target is the selection of those for whom it makes a difference; its argument says which
    list, and whether they enter or leave.
    """

    key = "change_list"
    label = gettext_lazy("Members of a list")
    reruns = False
    page = "customers:selection"

    def subjects(self, targets: Collection[str]) -> Mapping[str, str]:
        """Return the names of the lists."""
        selected = CustomerSelection.objects.filter(pk__in=targets)
        lists = {
            pk: argument.partition(" ")[2]
            for pk, argument in selected.values_list("pk", "argument")
        }
        names = dict(Segment.objects.filter(pk__in=lists.values()).values_list("pk", "name"))
        return {str(pk): names[int(key)] for pk, key in lists.items() if int(key) in names}

    def plan(self, job: Job, *, now: datetime) -> Step:
        """Count the customers to change."""
        return Step(checkpoint="0", total=selections.size_of(selections.with_key(job.target)))

    def read(self, job: Job, *, now: datetime) -> list[int]:
        """Return the next customers."""
        return selections.next_piece(int(job.target), after=int(job.checkpoint), size=LIST_PIECE)

    def write(self, job: Job, chunk: list[int], *, now: datetime) -> Step:
        """Change the list."""
        change = selections.with_key(job.target)
        action, key = selections.purpose_of(change)
        if not chunk:
            return Step(
                checkpoint=job.checkpoint, message=_list_summary(job, action), is_finished=True
            )
        piece = selections.selected_keys(change, after=int(job.checkpoint), upto=chunk[-1])
        change_list(action, key, everybody().filter(pk__in=piece), now=now)
        return Step(checkpoint=str(chunk[-1]), done=len(chunk), total=job.total)


def _list_summary(job: Job, action: str) -> str:
    if action == ADD:
        said = ngettext(
            "%(count)s customer was added to the list.",
            "%(count)s customers were added to the list.",
            job.done,
        )
    else:
        said = ngettext(
            "%(count)s customer was removed from the list.",
            "%(count)s customers were removed from the list.",
            job.done,
        )
    return said % {"count": job.done}


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
