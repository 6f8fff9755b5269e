"""The background job that gives many customers a tag or takes it from them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

from django.utils.translation import gettext_lazy, ngettext

from cdp import selections, tagging
from cdp.jobs.base import JobKind, Step, job_kinds
from cdp.models import CustomerSelection, Job, Tag


@job_kinds.register
class TagCustomersJob(JobKind[list[int]]):
    """Works through the customers of one selection; the checkpoint is the last customer dealt with.

    The target is the selection of those for whom it makes a difference; its argument says which
    tag, and whether to give or to take it.
    """

    key = "tag_customers"
    label = gettext_lazy("Tags of customers")
    reruns = False
    page = "customers:selection"

    def subjects(self, targets: Collection[str]) -> Mapping[str, str]:
        """Return the names of the tags."""
        arguments = dict(
            CustomerSelection.objects.filter(pk__in=targets).values_list("pk", "argument")
        )
        tags = {pk: argument.partition(" ")[2] for pk, argument in arguments.items()}
        names = dict(Tag.objects.filter(pk__in=tags.values()).values_list("pk", "name"))
        return {str(pk): names[int(tag)] for pk, tag in tags.items() if int(tag) in names}

    def plan(self, job: Job, *, now: datetime) -> Step:
        """Count the customers to change."""
        return Step(checkpoint="0", total=selections.size_of(selections.with_key(job.target)))

    def read(self, job: Job, *, now: datetime) -> list[int]:
        """Return the next customers."""
        return selections.next_piece(int(job.target), after=int(job.checkpoint))

    def write(self, job: Job, chunk: list[int], *, now: datetime) -> Step:
        """Change them."""
        action, tag = selections.purpose_of(selections.with_key(job.target))
        if not chunk:
            return Step(
                checkpoint=job.checkpoint, message=_summary(job, action, tag), is_finished=True
            )
        tagging.change_piece(action, tag, chunk, now=now)
        return Step(checkpoint=str(chunk[-1]), done=len(chunk), total=job.total)

    def tidy(self, *, now: datetime) -> None:
        """Remove selections nobody works with any more, once a day."""
        selections.remove_old(now=now)


def _summary(job: Job, action: str, tag_id: int) -> str:
    name = Tag.objects.filter(pk=tag_id).values_list("name", flat=True).first() or ""
    if action == tagging.ADD:
        said = ngettext(
            "Gave the tag “%(name)s” to %(count)s customer.",
            "Gave the tag “%(name)s” to %(count)s customers.",
            job.done,
        )
    else:
        said = ngettext(
            "Took the tag “%(name)s” from %(count)s customer.",
            "Took the tag “%(name)s” from %(count)s customers.",
            job.done,
        )
    return said % {"name": name, "count": job.done}
