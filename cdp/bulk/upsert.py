"""Idempotent writing of many rows: insert what is new, update what differs, leave the rest."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from django.db import DEFAULT_DB_ALIAS, connections, models, transaction

from cdp.bulk.staging import Row, adapted, columns_of, fill_staging, load, quote


@dataclass(frozen=True)
class UpsertResult:
    """Primary keys of the rows added and altered, and how many were already equal or stale."""

    new: list[int] = field(default_factory=list)
    changed: list[int] = field(default_factory=list)
    unchanged: int = 0

    @property
    def touched(self) -> list[int]:
        """Primary keys of all rows that are different now."""
        return [*self.new, *self.changed]


def merge_by_key(rows: Iterable[Row], width: int) -> list[Row]:
    """Return one row per key (the first `width` values): later values win, None says nothing."""
    rows = list(rows)
    keys = [tuple(row[:width]) for row in rows]
    if len(set(keys)) == len(keys):
        return rows
    merged: dict[tuple[object, ...], Row] = {}
    for key, row in zip(keys, rows, strict=True):
        before = merged.get(key)
        if before is not None:
            row = [old if new is None else new for old, new in zip(before, row, strict=True)]
        merged[key] = row
    return list(merged.values())


def _default(target: models.Field) -> object:
    if target.has_default():
        return target.get_default()
    if target.null or not target.empty_strings_allowed:
        return None
    return ""


def _unnamed(model: type[models.Model], columns: Sequence[str]) -> list[models.Field]:
    """Return the fields that `columns` leaves out but that every new row needs a default for."""
    return [
        item
        for item in model._meta.concrete_fields
        if not item.primary_key
        and not item.generated
        and item.attname not in columns
        and _default(item) is not None
    ]


def upsert(
    model: type[models.Model],
    columns: Sequence[str],
    rows: Iterable[Row],
    *,
    key: Sequence[str],
    insert_only: Sequence[str] = (),
    clear_nulls: bool = False,
    newer_by: str | None = None,
    using: str = DEFAULT_DB_ALIAS,
) -> UpsertResult:
    """Write `rows` (values in the order of `columns`, attribute names) by the unique columns `key`.

    `key` must be the first columns. None means "not said": an existing value stays, a new row gets
    the field's default; with `clear_nulls` None is written. `insert_only` columns are set when a
    row is added and never changed. `newer_by` names a moment column: a row whose moment is older
    than the stored one changes nothing. Rows with the same key inside one call are merged, later
    ones winning.
    """
    if list(columns[: len(key)]) != list(key):
        raise ValueError("The key columns must come first.")
    staged = merge_by_key(rows, len(key))
    if not staged:
        return UpsertResult()
    connection = connections[using]
    fields = columns_of(model, columns)
    table = quote(connection, model._meta.db_table)
    pk = quote(connection, model._meta.pk.column)
    names = {
        name: quote(connection, item.column) for name, item in zip(columns, fields, strict=True)
    }
    on_key = " AND ".join(f"t.{names[name]} = s.{names[name]}" for name in key)
    mutable = [name for name in columns if name not in key and name not in insert_only]
    on_sqlite = connection.vendor == "sqlite"
    differs = "IS NOT" if on_sqlite else "IS DISTINCT FROM"
    returned = pk if on_sqlite else f"t.{pk}"

    def value(name: str) -> str:
        return f"s.{names[name]}" if clear_nulls else f"COALESCE(s.{names[name]}, t.{names[name]})"

    with transaction.atomic(using=using):
        stage = fill_staging(model, columns, staged, using=using)
        with connection.cursor() as cursor:
            changed: list[int] = []
            if mutable:
                conditions = [
                    on_key,
                    "(" + " OR ".join(f"t.{names[n]} {differs} {value(n)}" for n in mutable) + ")",
                ]
                if newer_by is not None:
                    moment = names[newer_by]
                    conditions.append(
                        f"(s.{moment} IS NULL OR t.{moment} IS NULL OR s.{moment} >= t.{moment})"
                    )
                assignments = ", ".join(f"{names[n]} = {value(n)}" for n in mutable)
                cursor.execute(
                    f"UPDATE {table} AS t SET {assignments} "
                    f"FROM {stage} AS s WHERE {' AND '.join(conditions)} RETURNING {returned}"
                )
                changed = [row[0] for row in cursor.fetchall()]
            unnamed = _unnamed(model, columns)
            every = [*fields, *unnamed]
            defaults = adapted([[_default(item) for item in every]], every, connection)[0]
            picks = [
                f"s.{names[name]}" if default is None else f"COALESCE(s.{names[name]}, %s)"
                for name, default in zip(columns, defaults, strict=False)
            ] + ["%s"] * len(unnamed)
            targets = ", ".join(quote(connection, item.column) for item in every)
            cursor.execute(
                f"INSERT INTO {table} ({targets}) SELECT {', '.join(picks)} FROM {stage} AS s "
                f"WHERE NOT EXISTS (SELECT 1 FROM {table} AS t WHERE {on_key}) RETURNING {pk}",
                cast("list[Any]", [default for default in defaults if default is not None]),
            )
            new = [row[0] for row in cursor.fetchall()]
    return UpsertResult(new, changed, len(staged) - len(new) - len(changed))


def insert_rows(
    model: type[models.Model],
    columns: Sequence[str],
    rows: Iterable[Row],
    *,
    using: str = DEFAULT_DB_ALIAS,
) -> int:
    """Add `rows` that are known to be new (values in the order of `columns`); return how many.

    Raises `IntegrityError` when one exists already. This is the fastest road: COPY into the
    table itself.
    """
    connection = connections[using]
    unnamed = _unnamed(model, columns)
    fields = [*columns_of(model, columns), *unnamed]
    constants = [_default(item) for item in unnamed]
    values = adapted(
        ([*row, *constants] for row in rows) if constants else rows, fields, connection
    )
    table = quote(connection, model._meta.db_table)
    names = ", ".join(quote(connection, item.column) for item in fields)
    with transaction.atomic(using=using), connection.cursor() as cursor:
        load(connection, cursor, table, names, values)
    return len(values)


@dataclass(frozen=True)
class Comparison:
    """The rows that are new or say something else than the stored ones, and what is stored beyond
    them: primary key to scope value.
    """

    differing: list[Row]
    unlisted: dict[int, object]


def compare(
    model: type[models.Model],
    columns: Sequence[str],
    rows: Sequence[Row],
    *,
    key: Sequence[str],
    using: str = DEFAULT_DB_ALIAS,
) -> Comparison:
    """Compare `rows` with all that is stored under the same first key column.

    As in `upsert`, `key` must be the first columns, rows have different keys, and None means "not
    said". Where most rows are stored already this is cheaper than staging them.
    """
    if not rows:
        return Comparison([], {})
    connection = connections[using]
    fields = columns_of(model, columns)
    table = quote(connection, model._meta.db_table)
    pk = quote(connection, model._meta.pk.column)
    # The sign makes SQLite return moments as they are stored, instead of parsing each.
    sign = "+" if connection.vendor == "sqlite" else ""
    names = [quote(connection, field.column) for field in fields]
    scope = list({row[0] for row in rows})
    listed = "IN (" + ", ".join(["%s"] * len(scope)) + ")"
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {pk}, {', '.join(sign + name for name in names)} FROM {table} "
            f"WHERE {names[0]} {listed}",
            cast("list[Any]", scope),
        )
        width = len(key)
        stored = {found[1 : width + 1]: found for found in cursor.fetchall()}
    differing = []
    for row, values in zip(rows, adapted(rows, fields, connection), strict=True):
        found = stored.pop(tuple(values[:width]), None)
        if found is None or (
            found[1:] != values
            and any(
                new is not None and new != old for new, old in zip(values, found[1:], strict=True)
            )
        ):
            differing.append(row)
    return Comparison(differing, {found[0]: found[1] for found in stored.values()})


def delete_unlisted(
    model: type[models.Model],
    columns: Sequence[str],
    rows: Iterable[Row],
    *,
    scope: str,
    using: str = DEFAULT_DB_ALIAS,
) -> list[int]:
    """Delete rows that share their `scope` value with a listed row but are not listed themselves.

    `columns` identify a row and include `scope`: with scope `order_id` and columns (order_id,
    external_id) an order keeps exactly the listed lines. Returns the deleted primary keys.
    """
    staged = list(rows)
    if not staged:
        return []
    connection = connections[using]
    names = {
        n: quote(connection, f.column)
        for n, f in zip(columns, columns_of(model, columns), strict=True)
    }
    table = quote(connection, model._meta.db_table)
    pk = quote(connection, model._meta.pk.column)
    if connection.vendor == "sqlite":  # It would walk through the whole list for every row.
        listed = ", ".join(names.values())
        unlisted = f"({listed}) NOT IN (SELECT {listed} FROM {{stage}})"
    else:
        same = " AND ".join(f"s.{column} = {table}.{column}" for column in names.values())
        unlisted = f"NOT EXISTS (SELECT 1 FROM {{stage}} AS s WHERE {same})"
    with transaction.atomic(using=using):
        stage = fill_staging(model, columns, staged, using=using)
        with connection.cursor() as cursor:
            cursor.execute(
                f"DELETE FROM {table} WHERE {names[scope]} IN (SELECT {names[scope]} FROM {stage}) "
                f"AND {unlisted.format(stage=stage)} RETURNING {pk}"
            )
            return [row[0] for row in cursor.fetchall()]
