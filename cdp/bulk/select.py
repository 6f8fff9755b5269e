"""Writing what a queryset selects without fetching it: INSERT .. SELECT, a temporary set of ids."""

from __future__ import annotations

from collections.abc import Sequence

from django.apps.registry import Apps
from django.core.exceptions import EmptyResultSet
from django.db import DEFAULT_DB_ALIAS, connections, models, transaction

from cdp.bulk.staging import columns_of, quote


class StagedId(models.Model):
    """The ids put aside by `stage_ids`: a temporary table of this connection, for querysets."""

    id = models.BigIntegerField(primary_key=True)
    objects = models.Manager["StagedId"]()

    class Meta:
        app_label = "cdp"
        apps = Apps()  # A registry of its own: no table of the project, so nothing to migrate.
        managed = False
        db_table = "cdp_staged_id"

    def __str__(self) -> str:
        return str(self.pk)


def insert_select(
    model: type[models.Model],
    columns: Sequence[str],
    queryset: models.QuerySet,
    *,
    using: str = DEFAULT_DB_ALIAS,
) -> int:
    """Insert what `queryset` (a `values_list` in `columns` order) selects; return how many."""
    connection = connections[using]
    try:
        sql, parameters = queryset.query.get_compiler(using).as_sql()
    except EmptyResultSet:
        return 0
    names = ", ".join(quote(connection, item.column) for item in columns_of(model, columns))
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {quote(connection, model._meta.db_table)} ({names}) {sql}", parameters
        )
        return int(cursor.rowcount)


def stage_ids(queryset: models.QuerySet, *, using: str = DEFAULT_DB_ALIAS) -> type[StagedId]:
    """Put the distinct ids that `queryset` (one column) selects aside; return their model.

    The set replaces any earlier one of this connection and lives until the transaction ends: it
    must run inside one.
    """
    connection = connections[using]
    table = quote(connection, StagedId._meta.db_table)
    with transaction.atomic(using=using), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                f"CREATE TEMPORARY TABLE IF NOT EXISTS {table} "
                "(id bigint PRIMARY KEY) ON COMMIT DELETE ROWS"
            )
        else:
            cursor.execute(f"CREATE TEMPORARY TABLE IF NOT EXISTS {table} (id integer PRIMARY KEY)")
        cursor.execute(f"DELETE FROM {table}")
        insert_select(StagedId, ["id"], queryset, using=using)
        cursor.execute(f"ANALYZE {table}")
    return StagedId
