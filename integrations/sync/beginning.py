"""Which run a job works on: the one that waits, or a new one of the kind that was asked for."""

from __future__ import annotations

from datetime import datetime

from cdp.models import Job
from integrations.models import Audience, AudienceState, ConnectionState, RunKind, RunState, SyncRun
from integrations.sync.place import Place
from integrations.sync.requests import STRENGTH, possible
from integrations.sync.work import LIVE


def run_of(job: Job, audience: Audience, *, now: datetime) -> SyncRun | None:
    """Return the run to work on, which counts as begun; None if the connection was stopped.

    A waiting run goes on where it was. Only to bring up to date begins anew with its difference,
    so that what changed meanwhile is seen; one of a stronger kind takes its place. What was asked
    for and is not begun now stays in `audience.asked_kinds`.
    """
    if audience.connection.state == ConnectionState.STOPPED:
        return None
    asked = [one for one in STRENGTH if one in audience.asked_kinds.split()]
    kind = RunKind(asked[-1]) if asked else RunKind.SYNC
    if audience.state == AudienceState.ENDING:
        asked, kind = [kind], RunKind.END
    elif kind == RunKind.END:
        kind = RunKind.SYNC
    run = audience.runs.filter(state__in=LIVE).first()
    if run is not None and _takes_place(kind, run, is_asked=bool(asked)):
        run.state, run.finished_at = RunState.CANCELLED, now
        run.save(update_fields=["state", "finished_at"])
        run = None
    if run is None:
        run = SyncRun(
            audience=audience, user_id=job.user_id, kind=possible(audience, kind), started_at=now
        )
        _forget(audience, kind)
    elif asked and kind == run.kind == RunKind.SYNC:
        run.wanted = None
        run.to_add = run.to_update = run.to_remove = 0
        run.place = Place().stored()
        _forget(audience, kind)
    run.job, run.state = job, RunState.RUNNING
    run.error = run.hint = ""
    run.save()
    audience.next_run_at = None
    audience.save(update_fields=["asked_kinds", "next_run_at"])
    return run


def _takes_place(kind: RunKind, run: SyncRun, *, is_asked: bool) -> bool:
    return is_asked and STRENGTH.index(kind) > STRENGTH.index(run.kind)


def _forget(audience: Audience, kind: RunKind) -> None:
    """Take the kind off what was asked for, and with it the simplest, which it includes."""
    left = {*audience.asked_kinds.split()} - {kind.value, RunKind.SYNC.value}
    if kind == RunKind.END:
        left = set()
    audience.asked_kinds = " ".join(one for one in STRENGTH if one in left)
