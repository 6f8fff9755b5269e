"""The background job of a dry run: what a run would do, without a request and without a trace."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from cdp.jobs.base import JobKind, Step, job_kinds
from cdp.models import Job
from integrations.connecting.connections import declared
from integrations.models import Audience, AudienceState, MemberState, RunKind, RunState, SyncRun
from integrations.sync.brake import confirmed, held
from integrations.sync.difference import difference
from integrations.sync.requests import DRY_RUN
from integrations.wanted import THERE, held_out, may_enter, must_leave

SAMPLE = 20


@dataclass
class Figures:
    """What was counted up to the customer `after`."""

    after: int = 0
    wanted: int = 0
    to_add: int = 0
    to_update: int = 0
    to_remove: int = 0
    let_go: int = 0
    add: list[int] = field(default_factory=list)
    remove: list[int] = field(default_factory=list)
    is_complete: bool = False

    def stored(self) -> str:
        """Return the checkpoint text."""
        return json.dumps(asdict(self))

    @classmethod
    def restored(cls, text: str) -> Figures:
        """Return the figures that a checkpoint tells."""
        return cls(**(json.loads(text) if text else {}))


@job_kinds.register
class DryRunJob(JobKind[Figures]):
    """Computes the difference of an audience, its target, and keeps its figures and a sample."""

    key = DRY_RUN
    label = gettext_lazy("Dry run")
    page = "audiences:detail"

    def subjects(self, targets: Collection[str]) -> Mapping[str, str]:
        """Return the names of the audiences over there."""
        named = Audience.objects.filter(pk__in=targets).values_list("pk", "outside_name")
        return {str(pk): name for pk, name in named}

    def plan(self, job: Job, *, now: datetime) -> Step:
        """Begin with the first customer."""
        return Step(checkpoint=Figures().stored())

    def read(self, job: Job, *, now: datetime) -> Figures:
        """Count the next customers."""
        figures = Figures.restored(job.checkpoint)
        audience = _audience(job)
        if audience is None:
            figures.is_complete = True
        elif may_enter(audience):
            _count_difference(audience, figures, now=now)
        else:
            _count_leavers(audience, figures)
        return figures

    def write(self, job: Job, chunk: Figures, *, now: datetime) -> Step:
        """Keep the figures; at the end, as a run that has done nothing."""
        audience = _audience(job)
        message = None
        if chunk.is_complete and audience is not None:
            _keep(job, audience, chunk, now=now)
            message = _(
                "%(added)s to add, %(updated)s to update, %(removed)s to remove. Nothing was sent."
            ) % {"added": chunk.to_add, "updated": chunk.to_update, "removed": chunk.to_remove}
        return Step(
            checkpoint=chunk.stored(),
            done=max(0, chunk.wanted - job.done),
            message=message,
            is_finished=chunk.is_complete,
        )


def _audience(job: Job) -> Audience | None:
    related = ("connection", "segment")
    return Audience.objects.select_related(*related).filter(pk=job.target).first()


def _count_difference(audience: Audience, figures: Figures, *, now: datetime) -> None:
    destination = declared(audience.connection)
    found = difference(
        audience,
        destination,
        fields=audience.profile_fields if destination.takes_fields else (),
        after=figures.after,
        is_full=False,
        now=now,
    )
    figures.wanted += found.wanted
    figures.to_add += len(found.added)
    figures.to_update += found.updated
    figures.to_remove += len(found.removed)
    figures.let_go += found.let_go
    figures.add = [*figures.add, *found.added][:SAMPLE]
    figures.remove = [*figures.remove, *found.removed][:SAMPLE]
    if found.upto is not None:
        figures.after = found.upto
        return
    figures.to_remove += must_leave(audience).filter(customer__isnull=True).count()
    figures.is_complete = True


def _count_leavers(audience: Audience, figures: Figures) -> None:
    """An audience that does not follow its segment loses only whoever may not be there."""
    if audience.state == AudienceState.ENDING:
        leaving = audience.members.filter(state__in=THERE)
    else:
        leaving = must_leave(audience)
    figures.to_remove = leaving.count()
    known = leaving.filter(customer__isnull=False).order_by("customer_id")
    figures.remove = [key or 0 for key in known.values_list("customer_id", flat=True)[:SAMPLE]]
    figures.is_complete = True


def _keep(job: Job, audience: Audience, figures: Figures, *, now: datetime) -> None:
    run = SyncRun(
        audience=audience,
        job=job,
        user_id=job.user_id,
        kind=RunKind.DRY_RUN,
        state=RunState.DONE,
        started_at=job.started_at or now,
        finished_at=now,
        wanted=figures.wanted,
        held_out=held_out(audience).count(),
        to_add=figures.to_add,
        to_update=figures.to_update,
        to_remove=figures.to_remove,
        sample={
            "add": [str(one) for one in figures.add],
            "remove": [str(one) for one in figures.remove],
        },
    )
    unlawful = must_leave(audience).filter(customer__isnull=False)
    lawful = figures.let_go - unlawful.filter(confirmed_at__isnull=False).count()
    lawful -= unlawful.filter(confirmed_at__isnull=True, state=MemberState.IN).count()
    count = held(audience, removals=lawful, there=confirmed(audience))
    if count and may_enter(audience):
        run.notes = [
            ngettext(
                "A run would stop and ask before it removes %(count)s person.",
                "A run would stop and ask before it removes %(count)s people.",
                count,
            )
            % {"count": count}
        ]
    run.save()
