"""Asking for runs, and changing what an audience may do: what pages and commands call."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from cdp.exceptions import RegularsError
from cdp.jobs.requests import enqueue
from cdp.models import AuditAction, AuditEntry, Job, User
from integrations.destinations import destinations
from integrations.models import Audience, AudienceState, ConnectionState, RunKind
from integrations.sync.rows import forget_members

SYNC = "sync"
DRY_RUN = "sync_dry_run"
# Weakest first: a run does what the weaker kinds do, and more.
STRENGTH: Sequence[str] = (
    RunKind.SYNC,
    RunKind.COMPARE,
    RunKind.FULL,
    RunKind.REPLACE,
    RunKind.END,
)


class SyncRefused(RegularsError):
    """What was asked of an audience is not possible as it stands."""


def ask_for_run(
    audience: Audience, kind: RunKind, *, now: datetime, user: User | None = None
) -> Job:
    """Return the job that will do a run of this kind, or that runs and will be followed by it.

    A kind the service is not capable of becomes the next best. Raise `SyncRefused` where nothing
    can be sent because the connection was stopped.
    """
    if kind == RunKind.DRY_RUN:
        return enqueue(DRY_RUN, str(audience.pk), now=now, user=user)
    with transaction.atomic():
        audience = _locked(audience)
        if audience.connection.state == ConnectionState.STOPPED:
            raise SyncRefused(
                _("Nothing can be sent: the connection “%(name)s” was stopped.")
                % {"name": audience.connection.name},
                hint=_("Its page says what is wrong. Mend it there, then press Resume."),
            )
        asked = {*audience.asked_kinds.split(), possible(audience, kind).value}
        audience.asked_kinds = " ".join(one for one in STRENGTH if one in asked)
        audience.save(update_fields=["asked_kinds"])
        return enqueue(SYNC, str(audience.pk), now=now, user=user)


def possible(audience: Audience, kind: RunKind) -> RunKind:
    """Return the kind of run, or what comes next to it at this destination."""
    destination = destinations.get(audience.connection.destination)
    if kind == RunKind.REPLACE and not destination.can_replace:
        return RunKind.FULL
    if kind == RunKind.COMPARE and not destination.is_readable:
        return RunKind.SYNC
    return kind


def release_removals(audience: Audience, *, now: datetime, user: User | None = None) -> Job:
    """Let the removals go that the brake holds back, as many as there are, and go on."""
    with transaction.atomic():
        audience = _locked(audience)
        if not audience.held_removals:
            raise SyncRefused(_("“%(name)s” holds back nothing.") % {"name": audience.outside_name})
        audience.released_removals = audience.held_removals
        audience.save(update_fields=["released_removals"])
        _record(audience, f"released {audience.held_removals} removals", now=now, user=user)
        return ask_for_run(audience, RunKind.SYNC, now=now, user=user)


def pause(audience: Audience, *, now: datetime, user: User | None = None) -> None:
    """Let nobody enter any more; whoever may not be there still leaves."""
    with transaction.atomic():
        audience = _locked(audience)
        if audience.state != AudienceState.ACTIVE:
            raise SyncRefused(
                _("“%(name)s” cannot be paused: it is %(state)s.") % _standing(audience)
            )
        audience.state, audience.next_run_at = AudienceState.PAUSED, None
        audience.save(update_fields=["state", "next_run_at"])
        _record(audience, "paused", now=now, user=user)


def resume(audience: Audience, *, now: datetime, user: User | None = None) -> Job:
    """Follow the segment again after a pause or a stop, beginning now."""
    with transaction.atomic():
        audience = _locked(audience)
        if audience.state not in (AudienceState.PAUSED, AudienceState.STOPPED):
            raise SyncRefused(
                _("“%(name)s” cannot be resumed: it is %(state)s.") % _standing(audience)
            )
        return _activate(audience, "resumed", now=now, user=user)


def recreate(audience: Audience, *, now: datetime, user: User | None = None) -> Job:
    """Make the audience again that was deleted over there, and send everybody."""
    with transaction.atomic():
        audience = _locked(audience)
        if audience.state not in (AudienceState.ACTIVE, AudienceState.STOPPED):
            raise SyncRefused(
                _("“%(name)s” cannot be made again: it is %(state)s.") % _standing(audience)
            )
        forget_members(audience, now=now)
        audience.remote_id, audience.sent_in_full_at = "", None
        audience.save(update_fields=["remote_id", "sent_in_full_at"])
        return _activate(audience, "made again", now=now, user=user)


def end(audience: Audience, *, now: datetime, user: User | None = None) -> Job:
    """Take everybody out for good."""
    with transaction.atomic():
        audience = _locked(audience)
        if audience.state == AudienceState.ENDED:
            raise SyncRefused(_("“%(name)s” has ended.") % {"name": audience.outside_name})
        audience.state = AudienceState.ENDING
        audience.error = audience.hint = ""
        audience.failed_at = None
        audience.save(update_fields=["state", "error", "hint", "failed_at"])
        _record(audience, "ending", now=now, user=user)
        return ask_for_run(audience, RunKind.END, now=now, user=user)


def _activate(audience: Audience, said: str, *, now: datetime, user: User | None) -> Job:
    audience.state = AudienceState.ACTIVE
    audience.error = audience.hint = ""
    audience.failed_at = None
    audience.save(update_fields=["state", "error", "hint", "failed_at"])
    _record(audience, said, now=now, user=user)
    return ask_for_run(audience, RunKind.SYNC, now=now, user=user)


def _locked(audience: Audience) -> Audience:
    found = Audience.objects.select_for_update(of=("self",)).select_related("connection")
    return found.get(pk=audience.pk)


def _standing(audience: Audience) -> dict[str, str]:
    return {
        "name": audience.outside_name,
        "state": str(AudienceState(audience.state).label),
    }


def _record(audience: Audience, details: str, *, now: datetime, user: User | None) -> None:
    AuditEntry.objects.record(
        AuditAction.AUDIENCE_CHANGED,
        now=now,
        user=user,
        subject=f"audience {audience.pk}",
        details=details,
    )
