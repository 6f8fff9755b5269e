"""Set-at-a-time writing: with the columnar replica, the only home of SQL."""

from cdp.bulk.equalise import make_equal
from cdp.bulk.filling import (
    analyze,
    clear,
    indexes_afterwards,
    insert_prepared,
    last_id,
    reset_sequences,
)
from cdp.bulk.select import insert_select, stage_ids
from cdp.bulk.upsert import (
    Comparison,
    UpsertResult,
    compare,
    delete_unlisted,
    insert_rows,
    merge_by_key,
    upsert,
)

__all__ = [
    "Comparison",
    "UpsertResult",
    "analyze",
    "clear",
    "compare",
    "delete_unlisted",
    "indexes_afterwards",
    "insert_prepared",
    "insert_rows",
    "insert_select",
    "last_id",
    "make_equal",
    "merge_by_key",
    "reset_sequences",
    "stage_ids",
    "upsert",
]
