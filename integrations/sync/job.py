"""The background job that brings one audience in line, step by step."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cdp.exceptions import RegularsError
from cdp.jobs.base import JobKind, Step, job_kinds
from cdp.jobs.requests import enqueue
from cdp.models import Job, JobState
from integrations.models import Audience, RunState, SyncRun
from integrations.sync.beginning import run_of
from integrations.sync.failing import Failed, SyncFailed
from integrations.sync.lines import close_line, requests_made
from integrations.sync.phases import PHASES
from integrations.sync.place import Place
from integrations.sync.requests import SYNC
from integrations.sync.work import LIVE, Outcome, Work


@job_kinds.register
class SyncJob(JobKind[Outcome | None]):
    """Works on the live run of an audience, its target, until it has ended or has to wait.

    The place is kept in the run, so that another job can go on; the checkpoint names the run. What
    was sent and not stored is sent again: every call may be repeated.
    """

    key = SYNC
    label = gettext_lazy("Audience")
    page = "audiences:detail"

    def subjects(self, targets: Collection[str]) -> Mapping[str, str]:
        """Return the names of the audiences over there."""
        named = Audience.objects.filter(pk__in=targets).values_list("pk", "outside_name")
        return {str(pk): name for pk, name in named}

    def plan(self, job: Job, *, now: datetime) -> Step:
        """Take up the run that waits, or begin one."""
        return _begun(job, now=now)

    def read(self, job: Job, *, now: datetime) -> Outcome | None:
        """Do the next step at the service; None: there is no run to go on with."""
        run = _run_of(job)
        if run is None:
            return None
        work = Work(job, run, Place.of(run), now)
        if run.state == RunState.FAILED:
            raise SyncFailed(run.error, hint=run.hint)
        before = requests_made()
        try:
            outcome = PHASES[work.place.phase](work)
        except RegularsError as error:
            outcome = Failed(error)
        outcome.requests = max(0, requests_made() - before)
        return outcome

    def write(self, job: Job, chunk: Outcome | None, *, now: datetime) -> Step:
        """Store what the step did."""
        if chunk is None:
            return _begun(job, now=now)
        audience = _locked(job)
        run = _run_of(job)
        if run is None or audience is None:
            return _begun(job, now=now)
        work = Work(job, run, Place.of(run), now)
        chunk.store(work)
        if chunk.requests and not isinstance(chunk, Failed):
            work.place.put_off = 0
        work.count(requests=chunk.requests)
        work.store()
        if work.is_over and run.state != RunState.WAITING and work.audience.asked_kinds:
            enqueue(SYNC, job.target, now=now, user=job.user)
        return Step(
            checkpoint=f"{run.pk} {work.place.steps}",
            done=work.done,
            total=run.to_add + run.to_update + run.to_remove or None,
            message=work.message,
            is_finished=work.is_over,
        )

    def clean_up(self, job: Job) -> None:
        """Let the run end as the job has: cancelled or failed."""
        close_line()
        state = Job.objects.filter(pk=job.pk).values_list("state", flat=True).first()
        if state not in (JobState.CANCELLED, JobState.FAILED, JobState.STUCK):
            return
        is_cancelled = state == JobState.CANCELLED
        for run in SyncRun.objects.filter(job=job.pk, state=RunState.RUNNING):
            run.state = RunState.CANCELLED if is_cancelled else RunState.FAILED
            run.finished_at = job.finished_at
            run.error = "" if is_cancelled else job.message
            run.save(update_fields=["state", "finished_at", "error"])


def _begun(job: Job, *, now: datetime) -> Step:
    """Take up or begin the run, and name it in the checkpoint."""
    audience = _locked(job)
    if audience is None:
        return Step(message=_("The audience does not exist any more."), is_finished=True)
    run = run_of(job, audience, now=now)
    if run is None:
        said = _("Nothing was sent: the connection “%(name)s” was stopped.")
        return Step(message=said % {"name": audience.connection.name}, is_finished=True)
    return Step(checkpoint=f"{run.pk} {Place.of(run).steps} {job.epoch}")


def _locked(job: Job) -> Audience | None:
    found = Audience.objects.select_for_update(of=("self",)).select_related("connection")
    return found.filter(pk=job.target).first()


def _run_of(job: Job) -> SyncRun | None:
    """Return the run that the job works on, None if it has ended otherwise than by its failure.

    One that failed under an earlier claim is begun anew: the job was retried.
    """
    number = job.checkpoint.partition(" ")[0]
    related = ("audience__connection", "audience__segment")
    run = SyncRun.objects.select_related(*related).filter(pk=int(number or 0)).first()
    if run is None or run.state in LIVE:
        return run
    has_just_failed = run.state == RunState.FAILED and Place.of(run).epoch == job.epoch
    return run if has_just_failed else None
