"""The address at which a service calls us: made, closed, and what is heard there."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256

from django.db import transaction

from cdp.models import User
from integrations.connecting.connections import declared
from integrations.connecting.keeping import record
from integrations.models import Connection
from integrations.withdrawals import take_withdrawals

SECRET_BYTES = 32


def new_hook(connection: Connection, *, user: User | None, now: datetime) -> str:
    """Return the secret of a new address for this connection; the one before is dead from now on.

    Only its hash is kept: it cannot be had again.
    """
    secret = secrets.token_urlsafe(SECRET_BYTES)
    _store(connection, _hash(secret), "address for calls made", user=user, now=now)
    return secret


def drop_hook(connection: Connection, *, user: User | None, now: datetime) -> None:
    """Close the address of this connection."""
    _store(connection, "", "address for calls closed", user=user, now=now)


def hook_of(secret: str) -> Connection | None:
    """Return the connection whose address has this secret, None for any other secret.

    One that is paused or stopped still listens: who unsubscribes must be heard.
    """
    return Connection.objects.filter(hook_hash=_hash(secret)).first()


def hear(connection: Connection, call: Mapping[str, str], *, now: datetime) -> int:
    """Take in what a service called with; return for how many customers it was news."""
    destination = declared(connection)
    if not destination.calls_us:
        return 0
    return len(take_withdrawals(connection, destination.heard(call, now=now), now=now))


def _store(
    connection: Connection, hook_hash: str, what: str, *, user: User | None, now: datetime
) -> None:
    with transaction.atomic():
        connection.hook_hash = hook_hash
        connection.save(update_fields=["hook_hash"])
        record(connection, what, user, now=now)


def _hash(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()
