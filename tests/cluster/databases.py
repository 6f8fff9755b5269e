"""The laboratory's databases: made once, then copied for each test, on the test run's engine."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from copy import deepcopy
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from django.conf import settings
from django.db import connection, connections

_numbers = count(1)


@dataclass(frozen=True)
class Database:
    """A database of the laboratory: its name (a file for SQLite) and its address."""

    name: str
    url: str


@contextmanager
def database(folder: Path, *, template: Database | None = None) -> Iterator[Database]:
    """Make an empty database, or a copy of one that nobody uses just then; remove it in the end."""
    if connection.vendor == "postgresql":
        name = f"regulars_lab_{os.getpid()}_{next(_numbers)}"
        copied = f' TEMPLATE "{template.name}"' if template else ""
        _on_server(f'CREATE DATABASE "{name}"{copied}')
        try:
            address = urlsplit(settings.DATABASE_URL)._replace(path=f"/{name}")
            yield Database(name, urlunsplit(address))
        finally:
            _on_server(f'DROP DATABASE "{name}" WITH (FORCE)')
        return
    name = str(folder / "lab.sqlite3")
    if template:
        with (
            closing(sqlite3.connect(template.name)) as source,
            closing(sqlite3.connect(name)) as to,
        ):
            source.backup(to)
    yield Database(name, f"sqlite:///{name}")


@contextmanager
def connected_to(database: Database) -> Iterator[None]:
    """Let the models of this process work on the database."""
    ordinary = connections["default"]
    own = type(ordinary)(deepcopy(ordinary.settings_dict) | {"NAME": database.name}, "default")
    connections["default"] = own
    try:
        yield
    finally:
        own.close()
        connections["default"] = ordinary


def _on_server(statement: str) -> None:
    with connection._nodb_cursor() as cursor:
        cursor.execute(statement)
