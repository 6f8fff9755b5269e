"""Making the stored rows of some owners equal to the wanted ones, writing only what differs."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import DEFAULT_DB_ALIAS, models, transaction

from cdp.bulk.staging import Row
from cdp.bulk.upsert import insert_rows

PART = 1000


def make_equal(
    model: type[models.Model],
    columns: Sequence[str],
    rows: Sequence[Row],
    *,
    key_width: int,
    stored: models.QuerySet,
    using: str = DEFAULT_DB_ALIAS,
) -> tuple[list[tuple[object, ...]], list[tuple[object, ...]]]:
    """Make the rows of `stored` equal to `rows` (values in the order of `columns`).

    The first `key_width` columns identify a row. A row that says something else is deleted and
    added again: the fastest road for narrow rows without relations of their own. Returns what was
    removed and what was added; a changed row is in both.
    """
    wanted = {row[:key_width]: row for row in map(tuple, rows)}
    surplus: list[object] = []
    removed: list[tuple[object, ...]] = []
    for pk, *values in stored.order_by().values_list("pk", *columns).iterator(chunk_size=20_000):
        found = tuple(values)
        if wanted.get(found[:key_width]) == found:
            del wanted[found[:key_width]]
        else:
            surplus.append(pk)
            removed.append(found)
    added = list(wanted.values())
    with transaction.atomic(using=using):
        for start in range(0, len(surplus), PART):
            part = surplus[start : start + PART]
            model._default_manager.using(using).filter(pk__in=part).delete()
        if added:
            insert_rows(model, columns, added, using=using)
    return removed, added
