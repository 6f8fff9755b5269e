"""Keeping the query planner informed after tables were filled."""

from __future__ import annotations

from django.db import DEFAULT_DB_ALIAS, connections, models

from cdp.bulk.staging import quote


def analyze(*tables: type[models.Model], using: str = DEFAULT_DB_ALIAS) -> None:
    """Gather the planner's statistics of these tables; a plan made on stale ones can take a thousand times as long."""
    connection = connections[using]
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f"ANALYZE {quote(connection, table._meta.db_table)}")
