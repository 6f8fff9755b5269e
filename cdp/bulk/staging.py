"""Temporary tables that receive rows fast: COPY on PostgreSQL, executemany on SQLite."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, cast

from django.db import connections, models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper

from cdp.money import MoneyField, to_units

Row = Sequence[object]
Adapter = Callable[[object], object]


def quote(connection: BaseDatabaseWrapper, name: str | None) -> str:
    """Return an identifier quoted for this database."""
    return connection.ops.quote_name(str(name))


def columns_of(model: type[models.Model], names: Sequence[str]) -> list[models.Field]:
    """Return the concrete fields with these attribute names (`customer_id` for a foreign key)."""
    fields = {field.attname: field for field in model._meta.concrete_fields}
    return [fields[name] for name in names]


def sqlite_moment(value: object) -> object:
    """Return a moment as SQLite text in UTC; anything else unchanged."""
    if not isinstance(value, datetime):
        return value
    if value.tzinfo is not UTC:
        value = value.astimezone(UTC)
    return value.isoformat(" ").removesuffix("+00:00")


class _Memo(dict[object, object]):
    """Remembers what a function made of each value: columns repeat few values over and over."""

    def __init__(self, function: Adapter) -> None:
        super().__init__()
        self._function = function

    def __missing__(self, value: object) -> object:
        result = self[value] = self._function(value)
        return result


def adapter(field: models.Field, connection: BaseDatabaseWrapper) -> Adapter | None:
    """Return what turns a Python value into this database's, or None where the driver does it."""
    if isinstance(field, models.ForeignKey):
        return adapter(field.target_field, connection)
    if isinstance(field, MoneyField):
        return _Memo(lambda value: None if value is None else to_units(value)).__getitem__  # type: ignore[arg-type]
    if isinstance(field, models.DateTimeField):
        # Not remembered: two moments of a repeated hour are equal, and yet an hour apart.
        return sqlite_moment if connection.vendor == "sqlite" else None
    if isinstance(field, models.DecimalField | models.DateField | models.BooleanField):
        if connection.vendor == "postgresql":
            return None
        return _Memo(
            lambda value: None if value is None else field.get_db_prep_save(value, connection)
        ).__getitem__
    return None


def adapted(
    rows: Iterable[Row], fields: Sequence[models.Field], connection: BaseDatabaseWrapper
) -> list[Row]:
    """Return the rows with every value as the database driver wants it."""
    adapters = [(position, adapter(field, connection)) for position, field in enumerate(fields)]
    needed = [(position, adapt) for position, adapt in adapters if adapt is not None]
    if not needed:
        return list(rows)
    columns: list[Iterable[object]] = list(zip(*rows, strict=True))
    if not columns:
        return []
    for position, adapt in needed:
        columns[position] = map(adapt, columns[position])
    return list(zip(*columns, strict=True))


def load(
    connection: BaseDatabaseWrapper,
    cursor: CursorWrapper,
    table: str,
    columns: str,
    rows: Sequence[Row],
) -> None:
    """Add `rows` to a table by the fastest road of this database; names come quoted."""
    if connection.vendor == "postgresql":
        with (
            connection.wrap_database_errors,
            cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy,
        ):
            for row in rows:
                copy.write_row(row)
    elif rows:
        marks = ", ".join(["%s"] * len(rows[0]))
        cursor.executemany(
            f"INSERT INTO {table} ({columns}) VALUES ({marks})",
            cast("Sequence[Sequence[Any]]", rows),
        )


def _column_type(field: models.Field, connection: BaseDatabaseWrapper) -> str | None:
    return field.rel_db_type(connection) if field.is_relation else field.db_type(connection)


def fill_staging(
    model: type[models.Model], names: Sequence[str], rows: Iterable[Row], *, using: str
) -> str:
    """Put `rows` into an empty temporary table like `columns` of `model`; return its quoted name.

    Must run inside a transaction. Every column of the temporary table may be NULL.
    """
    connection = connections[using]
    fields = columns_of(model, names)
    table = model._meta.db_table
    digest = hashlib.sha256(",".join([table, *names]).encode()).hexdigest()[:12]
    name = quote(connection, f"stage_{digest}")
    columns = ", ".join(quote(connection, field.column) for field in fields)
    values = adapted(rows, fields, connection)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                f"CREATE TEMPORARY TABLE IF NOT EXISTS {name} ON COMMIT DELETE ROWS AS "
                f"SELECT {columns} FROM {quote(connection, table)} WITH NO DATA"
            )
            cursor.execute(f"TRUNCATE {name}")
            load(connection, cursor, name, columns, values)
            cursor.execute(f"ANALYZE {name}")
        else:
            types = ", ".join(
                f"{quote(connection, field.column)} {_column_type(field, connection)}"
                for field in fields
            )
            cursor.execute(f"CREATE TEMPORARY TABLE IF NOT EXISTS {name} ({types})")
            cursor.execute(f"DELETE FROM {name}")
            load(connection, cursor, name, columns, values)
    return name
