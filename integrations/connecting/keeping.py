"""Connections made, changed, paused, resumed and deleted, with who did it in the audit log."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from cdp.exceptions import RegularsError
from cdp.models import AuditAction, AuditEntry, User
from integrations.connecting.checking import FINDINGS, Finding, blame, clear, note, probe
from integrations.connecting.connections import secret_names, store_settings
from integrations.destinations import destinations
from integrations.exceptions import DestinationError
from integrations.models import AudienceState, Connection, ConnectionState, RunKind
from integrations.network.http import Patience
from integrations.sync.requests import ask_for_run

_ENTERED = (
    *FINDINGS,
    "name",
    "settings",
    "credentials",
    "terms_accepted_at",
    "terms_accepted_by",
)


class ConnectionInUse(RegularsError):
    """A connection cannot be deleted while audiences are kept at it."""


def connect(
    connection: Connection,
    entered: Mapping[str, object],
    *,
    patience: Patience,
    now: datetime,
    user: User | None,
) -> Finding:
    """Put the cleaned data of a `Settings` form into a connection, test it, and keep it.

    What works is stored; one that never worked before begins to send. What does not work is stored
    only where nothing is sent anyway: a new connection paused, so that what was entered is not
    lost. Settings that a connection sends with are not replaced by others that do not work.
    Raise `CredentialsUnreadable` where secrets can neither be read nor written.
    """
    before, is_new = dict(connection.settings), connection.pk is None
    was_idle = connection.state != ConnectionState.ACTIVE
    store_settings(connection, entered, now=now, user=user)
    finding = probe(connection, patience=patience)
    if finding.account is not None:
        if connection.state == ConnectionState.STOPPED or connection.checked_at is None:
            connection.state = ConnectionState.ACTIVE
        connection.account_name, connection.checked_at = finding.account.name[:200], now
        clear(connection)
    elif not is_new and connection.state == ConnectionState.ACTIVE:
        return finding
    else:
        if is_new:
            connection.state = ConnectionState.PAUSED
        if isinstance(finding.error, DestinationError):
            blame(connection, finding.error, now=now)
    if is_new:
        connection.user, connection.created_at = user, now
    with transaction.atomic():
        connection.save(update_fields=None if is_new else _ENTERED)
        what = "; ".join(["made" if is_new else "changed", *_changes(connection, before, entered)])
        record(connection, what, user, now=now)
        if was_idle and connection.state == ConnectionState.ACTIVE:
            catch_up(connection, now=now, user=user)
    return finding


def _changes(
    connection: Connection, before: Mapping[str, object], entered: Mapping[str, object]
) -> list[str]:
    """Return which settings are others now; of secrets only that they are."""
    secrets = secret_names(destinations.get(connection.destination))
    changed = [f"new {name}" for name in sorted(secrets) if entered.get(name)]
    for name, value in connection.settings.items():
        if value != before.get(name) and value not in ("", None):
            changed.append(f"{name}: {value}")
    return changed


def rename(connection: Connection, name: str, *, now: datetime, user: User | None) -> None:
    """Give a stored connection another name; it need not be tested for that."""
    before, connection.name = connection.name, name
    with transaction.atomic():
        connection.save(update_fields=["name"])
        record(connection, f"renamed from {before}", user, now=now)


def pause(connection: Connection, *, now: datetime, user: User | None) -> None:
    """Let nobody enter the audiences of an active connection; who may not be there still leaves."""
    with transaction.atomic():
        active = Connection.objects.filter(pk=connection.pk, state=ConnectionState.ACTIVE)
        if active.update(state=ConnectionState.PAUSED):
            record(connection, "paused", user, now=now)


def resume(
    connection: Connection, *, patience: Patience, now: datetime, user: User | None
) -> Finding:
    """Test a paused or stopped connection and, if it works, let it send again."""
    finding = probe(connection, patience=patience)
    if not finding.is_good:
        note(connection, finding, now=now)
        return finding
    with transaction.atomic():
        connection.state = ConnectionState.ACTIVE
        connection.save(update_fields=["state"])
        note(connection, finding, now=now)
        record(connection, "resumed", user, now=now)
        catch_up(connection, now=now, user=user)
    return finding


def catch_up(connection: Connection, *, now: datetime, user: User | None) -> None:
    """Ask for a run of every audience: they missed what happened while nothing was sent."""
    for audience in connection.audiences.exclude(state=AudienceState.ENDED):
        ask_for_run(audience, RunKind.SYNC, now=now, user=user)


def delete(connection: Connection, *, now: datetime, user: User | None) -> None:
    """Delete a connection with its secrets and the ledgers of its ended audiences.

    Raise `ConnectionInUse` while an audience has not ended: then people may be there whom only
    these credentials can take out.
    """
    with transaction.atomic():
        Connection.objects.select_for_update().get(pk=connection.pk)
        if connection.audiences.exclude(state=AudienceState.ENDED).exists():
            raise ConnectionInUse(
                _("“%(name)s” was not deleted, because audiences are kept there.")
                % {"name": connection.name},
                hint=_("End those audiences first. To send nothing for a while, pause it."),
            )
        record(connection, f"deleted: {connection.name}", user, now=now)
        connection.audiences.all().delete()
        connection.delete()


def record(connection: Connection, what: str, user: User | None, *, now: datetime) -> None:
    """Note in the audit log what was done to a connection; never a secret."""
    AuditEntry.objects.record(
        AuditAction.CONNECTION_CHANGED,
        now=now,
        user=user,
        subject=f"connection {connection.pk}",
        details=f"{connection.name} ({connection.destination}): {what}",
    )
