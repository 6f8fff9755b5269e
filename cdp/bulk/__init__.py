"""Set-at-a-time writing: with the columnar replica, the only home of SQL."""

from cdp.bulk.select import insert_select, stage_ids
from cdp.bulk.upsert import UpsertResult, delete_unlisted, insert_rows, upsert

__all__ = ["UpsertResult", "delete_unlisted", "insert_rows", "insert_select", "stage_ids", "upsert"]
