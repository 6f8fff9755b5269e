"""Filling tables from nothing: rows in the database's own form, indexes built afterwards,
everything emptied.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

from django.core.management.color import no_style
from django.db import DEFAULT_DB_ALIAS, connections, models, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper

from cdp.bulk.staging import Row, columns_of, load, quote

_CONSTRAINTS = (
    "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint "
    "WHERE conrelid = %s::regclass AND contype IN ('f', 'u') ORDER BY contype DESC, conname"
)
_INDEXES = (
    "SELECT c.relname, pg_get_indexdef(c.oid) FROM pg_index x JOIN pg_class c ON c.oid = "
    "x.indexrelid "
    "WHERE x.indrelid = %s::regclass AND NOT EXISTS "
    "(SELECT 1 FROM pg_constraint k WHERE k.conindid = c.oid AND k.contype IN ('p', 'u', 'x')) "
    "ORDER BY c.relname"
)


def insert_prepared(
    model: type[models.Model],
    columns: Sequence[str],
    rows: Sequence[Row],
    *,
    using: str = DEFAULT_DB_ALIAS,
) -> int:
    """Add new `rows` whose values are as the database stores them; return how many.

    Money is whole 1/10,000 of the unit, moments are UTC texts ('2026-11-24 12:00:00'). Columns left
    out get the database's default, mostly NULL. For millions of generated rows: `insert_rows` does
    the same for Python values.
    """
    connection = connections[using]
    names = ", ".join(quote(connection, field.column) for field in columns_of(model, columns))
    with transaction.atomic(using=using), connection.cursor() as cursor:
        load(connection, cursor, quote(connection, model._meta.db_table), names, rows)
    return len(rows)


def last_id(model: type[models.Model], *, using: str = DEFAULT_DB_ALIAS) -> int:
    """Return the highest primary key in use, 0 for an empty table."""
    highest = model._default_manager.using(using).aggregate(highest=models.Max("pk"))["highest"]
    return highest or 0


def reset_sequences(tables: Iterable[type[models.Model]], *, using: str = DEFAULT_DB_ALIAS) -> None:
    """Let the next new row of each table follow the highest primary key (after writing keys
    oneself).
    """
    connection = connections[using]
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), list(tables)):
            cursor.execute(statement)


def clear(tables: Iterable[type[models.Model]], *, using: str = DEFAULT_DB_ALIAS) -> None:
    """Empty these tables and every table that refers to them; primary keys start again at 1."""
    connection = connections[using]
    statements = connection.ops.sql_flush(
        no_style(),
        [model._meta.db_table for model in tables],
        reset_sequences=True,
        allow_cascade=True,
    )
    with transaction.atomic(using=using):
        _settle(connection)
        connection.ops.execute_sql_flush(statements)


def analyze(tables: Iterable[type[models.Model]], *, using: str = DEFAULT_DB_ALIAS) -> None:
    """Tell the query planner what these tables hold now."""
    connection = connections[using]
    with connection.cursor() as cursor:
        for model in tables:
            cursor.execute(f"ANALYZE {quote(connection, model._meta.db_table)}")


@contextmanager
def indexes_afterwards(
    tables: Sequence[type[models.Model]], *, using: str = DEFAULT_DB_ALIAS
) -> Iterator[None]:
    """Fill tables in one transaction; those that are empty get their indexes and foreign keys
    checked at the end.

    An error, or a kill, leaves everything as it was before. Unique keys of SQLite tables cannot be
    put off.
    """
    connection = connections[using]
    with transaction.atomic(using=using):
        empty = [m for m in tables if not m._default_manager.using(using).exists()]
        _settle(connection)
        with connection.cursor() as cursor:
            later = [
                statement
                for model in empty
                for statement in _put_off(connection, cursor, model._meta.db_table)
            ]
        yield
        with connection.cursor() as cursor:
            _settle(connection)
            if connection.vendor == "postgresql":
                cursor.execute("SET LOCAL maintenance_work_mem = '256MB'")
            # Unique keys first: a foreign key needs the one it refers to.
            for statement in sorted(later, key=lambda text: "FOREIGN KEY" in text):
                cursor.execute(statement)
    analyze(tables, using=using)


def _settle(connection: BaseDatabaseWrapper) -> None:
    """Check references that wait for the end of the transaction now: PostgreSQL alters no table
    while there are any.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def _put_off(connection: BaseDatabaseWrapper, cursor: CursorWrapper, table: str) -> list[str]:
    """Drop the secondary indexes and constraints of a table; return the statements that bring them
    back.
    """
    name = quote(connection, table)
    if connection.vendor == "sqlite":
        cursor.execute(
            "SELECT name, sql FROM sqlite_master "
            "WHERE type = 'index' AND tbl_name = %s AND sql IS NOT NULL ORDER BY name",
            [table],
        )
        indexes = cursor.fetchall()
        constraints = []
    else:
        cursor.execute(_CONSTRAINTS, [name])
        constraints = cursor.fetchall()
        cursor.execute(_INDEXES, [name])
        indexes = cursor.fetchall()
    for constraint, _definition in constraints:
        cursor.execute(f"ALTER TABLE {name} DROP CONSTRAINT {quote(connection, constraint)}")
    for index, _definition in indexes:
        cursor.execute(f"DROP INDEX {quote(connection, index)}")
    return [
        *(definition for _index, definition in indexes),
        *(
            f"ALTER TABLE {name} ADD CONSTRAINT {quote(connection, constraint)} {definition}"
            for constraint, definition in constraints
        ),
    ]
