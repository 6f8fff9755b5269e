"""Connections: what was entered is stored apart from its secrets, and opened to talk."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime

from cdp.models import User
from integrations.credentials.sealing import SealedText
from integrations.destinations import Destination, SecretField, destinations
from integrations.exceptions import DestinationError, NotAuthorized
from integrations.models import Connection, ConnectionState
from integrations.network.http import Patience


def secret_names(destination: Destination) -> set[str]:
    """Return the names of the settings that are secrets."""
    fields = destination.Settings.base_fields
    return {name for name, field in fields.items() if isinstance(field, SecretField)}


def store_settings(
    connection: Connection, entered: Mapping[str, object], *, now: datetime, user: User | None
) -> None:
    """Put the cleaned data of a `Settings` form into the connection, without saving it.

    A secret that was left empty stays as it is, so the stored ones must open unless all are new.
    Accepted terms keep who accepted them first.
    """
    secrets = secret_names(destinations.get(connection.destination))
    fresh = {name: str(entered[name]) for name in secrets if entered.get(name)}
    kept = stored_secrets(connection) if fresh.keys() != secrets else {}
    connection.credentials = sealed(json.dumps(kept | fresh))
    connection.settings = {name: value for name, value in entered.items() if name not in secrets}
    if entered.get("accepts_terms") and connection.terms_accepted_at is None:
        connection.terms_accepted_at, connection.terms_accepted_by = now, user


def sealed(text: str) -> SealedText:
    """Return the text sealed as the credentials of a connection."""
    return SealedText.of(text, owner="integrations.Connection.credentials")


def stored_secrets(connection: Connection) -> dict[str, str]:
    """Return the secrets, opened; raise `CredentialsUnreadable` where the key is missing."""
    if not connection.credentials:
        return {}
    found: dict[str, str] = json.loads(connection.credentials.reveal())
    return found


def declared(connection: Connection) -> Destination:
    """Return what the destination of a connection declares under its settings, without secrets."""
    return destinations.get(connection.destination).configured(connection.settings)


def connected(connection: Connection, *, patience: Patience | None = None) -> Destination:
    """Return the destination of a connection, ready to talk; `close` it afterwards.

    Raise `CredentialsUnreadable` where the stored secrets do not open.
    """
    entered = {**connection.settings, **stored_secrets(connection)}
    return destinations.get(connection.destination).connect(entered, patience=patience)


def note_failure(connection: Connection, error: DestinationError, *, now: datetime) -> None:
    """Keep what the service refused, and stop the connection where a person has to mend it."""
    connection.error, connection.hint = error.message[:1000], error.hint[:1000]
    connection.failed_at = now
    changed = ["error", "hint", "failed_at"]
    if isinstance(error, NotAuthorized) and connection.state == ConnectionState.ACTIVE:
        connection.state = ConnectionState.STOPPED
        changed.append("state")  # Else it is somebody else's: a user may pause meanwhile.
    connection.save(update_fields=changed)
