"""After how many days an item is wanted again, learned from those who bought it again."""

from __future__ import annotations

import numpy as np

from analytics.predictive.frames import Flags, Floats, Integers
from analytics.predictive.purchases import Pairs, Purchases

ENOUGH_REPEATS = 30
DUE_FROM = 0.9


def cycles(bought: Purchases, *, day: int, enough: int = ENOUGH_REPEATS) -> Floats:
    """Return each item's median days between a customer's purchases of it before `day`: (items,).

    NaN, "nothing known", for an item with fewer than `enough` repeat purchases.
    """
    known = bought.before(day)
    same = (np.diff(known.customer) == 0) & (np.diff(known.item) == 0)
    item, gap = known.item[1:][same], np.diff(known.day)[same]
    order = np.lexsort((gap, item))
    item, gap = item[order], gap[order]
    count = np.bincount(item, minlength=bought.item_count)
    start = np.cumsum(count) - count
    result = np.full(bought.item_count, np.nan)
    full = np.flatnonzero(count >= max(enough, 1))
    low, high = start[full] + (count[full] - 1) // 2, start[full] + count[full] // 2
    result[full] = (gap[low] + gap[high]) / 2
    return result


def own_cycles(had: Pairs, item_cycle: Floats) -> Floats:
    """Return for each pair the days after which the customer wants the item again; NaN if unknown.

    The customer's mean own gap and the item's cycle, which counts as two own gaps: a single long
    gap is no habit yet.
    """
    gaps = had.count - 1
    general = item_cycle[had.item]
    return (had.last_day - had.first_day + 2.0 * general) / (gaps + 2.0)


def due(had: Pairs, cycle: Floats, *, day: int) -> Flags:
    """Return which pairs are due: the silence in the item has reached 0.9 of the cycle."""
    with np.errstate(invalid="ignore"):
        return np.nan_to_num((day - had.last_day) / cycle, nan=0.0) >= DUE_FROM


def due_items(had: Pairs, item_cycle: Floats, *, day: int) -> tuple[Integers, Integers]:
    """Return (customer, item) of everything due by the customer's own cycle at `day`."""
    chosen = due(had, own_cycles(had, item_cycle), day=day)
    return had.customer[chosen], had.item[chosen]
