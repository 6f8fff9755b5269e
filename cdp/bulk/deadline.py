"""Questions that may take so long and no longer, asked of the database itself."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import DEFAULT_DB_ALIAS, OperationalError, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.utils.translation import gettext

from cdp.exceptions import RegularsError

# SQLite asks for permission to go on after so many of its steps: some thousand times a second.
STEPS = 20_000
CANCELLED = "57014"


class DeadlinePassed(RegularsError):
    """The database was stopped because it needed too long for what was asked."""


@contextmanager
def deadline(seconds: float, *, using: str = DEFAULT_DB_ALIAS) -> Iterator[None]:
    """Stop the database once everything it does inside took `seconds`: `DeadlinePassed`.

    For reading only. On PostgreSQL the inside is a transaction.
    """
    connection = connections[using]
    connection.ensure_connection()
    end = time.monotonic() + seconds
    limited = _postgresql if connection.vendor == "postgresql" else _sqlite
    try:
        with limited(connection, end, seconds):
            yield
    except OperationalError as error:
        if not _is_cancelled(error):
            raise
        raise _passed(seconds) from error


def _passed(seconds: float) -> DeadlinePassed:
    return DeadlinePassed(
        gettext("The database did not answer within %(seconds)s seconds.")
        % {"seconds": f"{seconds:g}"}
    )


def _is_cancelled(error: OperationalError) -> bool:
    return getattr(error.__cause__, "sqlstate", "") == CANCELLED or str(error) == "interrupted"


@contextmanager
def _sqlite(connection: BaseDatabaseWrapper, end: float, _seconds: float) -> Iterator[None]:
    raw = connection.connection
    raw.set_progress_handler(lambda: int(time.monotonic() > end), STEPS)
    try:
        yield
    finally:
        raw.set_progress_handler(None, 0)


@contextmanager
def _postgresql(connection: BaseDatabaseWrapper, end: float, seconds: float) -> Iterator[None]:
    raw = connection.connection

    def allow(milliseconds: str) -> None:
        raw.execute("SELECT set_config('statement_timeout', %s, true)", [milliseconds])

    def with_the_rest(
        execute: Callable[..., object], sql: str, parameters: Any, many: bool, context: Any
    ) -> object:
        rest = round((end - time.monotonic()) * 1000)
        if rest <= 0:
            raise _passed(seconds)
        allow(str(rest))
        return execute(sql, parameters, many, context)

    with transaction.atomic(using=connection.alias):
        before = raw.execute("SHOW statement_timeout").fetchone()[0]
        with connection.execute_wrapper(with_the_rest):
            yield
        allow(before)
