"""The line to a service, kept open from chunk to chunk of a job: its pace and its log-in last."""

from __future__ import annotations

import threading
from dataclasses import dataclass

from cdp.models import Job
from integrations.connecting.connections import connected
from integrations.destinations import Destination
from integrations.models import Connection
from integrations.network.http import Patience

# A job can come back later, so it does not stay long: a chunk must not outlast its lease.
PATIENCE = Patience(tries=2, longest_pause=5.0)


@dataclass
class _Line:
    owner: tuple[object, ...]
    destination: Destination


class _Lines(threading.local):
    line: _Line | None = None


_lines = _Lines()


def open_line(job: Job, connection: Connection) -> Destination:
    """Return the destination of the connection, ready to talk, the same one within a job's claim.

    Raise `CredentialsUnreadable` where the stored secrets do not open.
    """
    owner = (
        job.pk,
        job.epoch,
        connection.pk,
        repr(connection.settings),
        connection.credentials.token if connection.credentials else "",
    )
    if _lines.line is None or _lines.line.owner != owner:
        close_line()
        _lines.line = _Line(owner, connected(connection, patience=PATIENCE))
    return _lines.line.destination


def close_line() -> None:
    """Give the connections of the open line back, if there is one."""
    if _lines.line is not None:
        _lines.line.destination.close()
        _lines.line = None


def requests_made() -> int:
    """Return how many requests the open line has sent so far."""
    return _lines.line.destination.door.requests_made if _lines.line else 0
