"""Tests of connections: what their credentials open at this moment, or what is wrong with them."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from integrations.connecting.connections import connected, note_failure
from integrations.destinations import Account
from integrations.exceptions import BadRequest, CredentialsUnreadable, DestinationError
from integrations.models import Connection, ConnectionState
from integrations.network.http import Patience

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

# What a test, or a run that failed, says about a connection.
FINDINGS = ("state", "account_name", "checked_at", "error", "hint", "failed_at")

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Finding:
    """What a test found: the account, or what is wrong (exactly one of them)."""

    account: Account | None = None
    error: DestinationError | CredentialsUnreadable | None = None

    @property
    def is_good(self) -> bool:
        """Whether the service answered and let us in."""
        return self.account is not None


def while_somebody_waits() -> Patience:
    """Return the patience of a page: about 15 seconds in all, whatever the service does."""
    return _patience(tries=2, seconds=5.0, in_all=10.0)


def in_the_background() -> Patience:
    """Return the patience of a command or a job: below a minute in all."""
    return _patience(tries=3, seconds=15.0, in_all=30.0)


def _patience(*, tries: int, seconds: float, in_all: float) -> Patience:
    until = time.monotonic() + in_all
    return Patience(tries=tries, longest_pause=2.0, seconds=seconds, until=until)


def probe(connection: Connection, *, patience: Patience) -> Finding:
    """Ask the service what the settings of a connection open; nothing is stored here or there."""
    try:
        destination = connected(connection, patience=patience)
    except (DestinationError, CredentialsUnreadable) as error:
        return Finding(error=error)
    try:
        return Finding(account=destination.check())
    except DestinationError as error:
        return Finding(error=error)
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        # JSON of another shape: most often the address belongs to something else.
        logger.warning("connection=%s error=%s", connection.pk, type(error).__name__)
        return Finding(error=_puzzling(destination.label))
    finally:
        destination.close()


def _puzzling(service: StrOrPromise) -> BadRequest:
    return BadRequest(
        _("%(service)s answered with something that Regulars does not understand.")
        % {"service": service},
        hint=_("Look whether the address and the account are the right ones, then test again."),
    )


def note(connection: Connection, finding: Finding, *, now: datetime) -> None:
    """Store what a test found. `checked_at` is the last moment at which all was well.

    A refusal of the credentials stops the connection. A good answer does not set a stopped one
    going: `resume` does, which somebody asks for.
    """
    logger.info("connection=%s good=%s", connection.pk, finding.is_good)
    with transaction.atomic():
        # While the service was asked, a run may have stopped the connection, or a user paused it.
        locked = Connection.objects.select_for_update(no_key=True)
        connection.refresh_from_db(fields=FINDINGS, from_queryset=locked)
        if finding.account is not None:
            connection.account_name, connection.checked_at = finding.account.name[:200], now
            if connection.state != ConnectionState.STOPPED:
                clear(connection)
            connection.save(update_fields=FINDINGS)
        elif isinstance(finding.error, DestinationError):
            note_failure(connection, finding.error, now=now)


def clear(connection: Connection) -> None:
    """Forget what the service refused, without saving."""
    connection.error, connection.hint, connection.failed_at = "", "", None


def blame(connection: Connection, error: DestinationError, *, now: datetime) -> None:
    """Remember what the service refused, without saving."""
    connection.error, connection.hint = error.message[:1000], error.hint[:1000]
    connection.failed_at = now
