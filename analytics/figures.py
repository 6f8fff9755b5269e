"""The shop-wide figures of a refresh: gaps, the curve of second orders, order values."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np

from analytics.models import Refresh
from analytics.predictive import survival
from analytics.predictive.cadence import (
    MERGE_DAYS,
    UNMERGED_BELOW_DAYS,
    Days,
    occasions,
    order_days,
)
from analytics.predictive.frames import Integers, Orders, columns, dates, read_orders, units
from cdp.models import Order, Shop
from cdp.money import from_units

TRIMMED_SHARE = 0.02
CAP_SHARE = 0.99
FALLBACK_GAP_DAYS = 180.0


@dataclass
class Tally:
    """What is counted over all customers, chunk by chunk: whole numbers only, so the order does not
    matter.

    Histograms map days to counts; `returned` and `censored` hold one for each way of merging order
    days.
    """

    capped_sum: int = 0
    priced_count: int = 0
    first_day: int = 0
    last_day: int = 0
    gaps: dict[int, int] = field(default_factory=dict)
    returned: dict[str, dict[int, int]] = field(default_factory=dict)
    censored: dict[str, dict[int, int]] = field(default_factory=dict)

    def to_text(self) -> str:
        """Return the tally as text for a checkpoint."""
        return json.dumps(vars(self), separators=(",", ":"))

    @classmethod
    def from_text(cls, text: str) -> Tally:
        """Return the tally that `to_text` gave."""

        def days(counts: dict[str, int]) -> dict[int, int]:
            return {int(day): count for day, count in counts.items()}

        values = json.loads(text)
        values["gaps"] = days(values["gaps"])
        for name in ("returned", "censored"):
            values[name] = {way: days(counts) for way, counts in values[name].items()}
        return cls(**values)


def _count_days(into: dict[int, int], days: Integers) -> None:
    for day, count in zip(*np.unique(days, return_counts=True), strict=True):
        into[int(day)] = into.get(int(day), 0) + int(count)


def histogram(counts: dict[int, int]) -> Integers:
    """Return counts by day as an array indexed by day."""
    result = np.zeros(max(counts, default=-1) + 1, np.int64)
    for day, count in counts.items():
        result[day] = count
    return result


def order_cap(*, start: datetime) -> int | None:
    """Return the 99th percentile (nearest rank) of paid orders, in 1/10,000 of the currency."""
    amounts = (
        Order.objects.paid()
        .filter(placed_at__lt=start, customer__isnull=False, amount__isnull=False)
        .order_by("amount")
    )
    count = amounts.count()
    if not count:
        return None
    place = max(math.ceil(CAP_SHARE * count), 1) - 1
    (value,) = columns(amounts[place : place + 1], units("amount"))
    return int(value[0])


def read_history(after: int, end: int | None, *, start: datetime, shop: Shop) -> Orders:
    """Return the paid orders before `start` of the customers after `after` up to `end`."""
    orders = Order.objects.paid().filter(customer_id__gt=after, placed_at__lt=start)
    if end is not None:
        orders = orders.filter(customer_id__lte=end)
    return read_orders(orders, shop.zone)


def add_history(tally: Tally, orders: Orders, *, figures_day: int, cap: int | None) -> None:
    """Add the orders of some customers to the tally."""
    if not orders.at.size:
        return
    priced = orders.amount[orders.has_amount]
    tally.capped_sum += int(np.minimum(priced, cap).sum()) if cap is not None else 0
    tally.priced_count += int(priced.size)
    first, last = int(orders.day.min()), int(orders.day.max())
    tally.first_day = min(tally.first_day, first) if tally.first_day else first
    tally.last_day = max(tally.last_day, last)
    _ids, position = np.unique(orders.customer, return_inverse=True)
    days = order_days(position, orders.day)
    _count_days(tally.gaps, days.gaps()[1])
    for merge_days in (0, MERGE_DAYS):
        way = str(merge_days)
        _add_second_orders(
            occasions(days, merge_days=merge_days),
            tally.returned.setdefault(way, {}),
            tally.censored.setdefault(way, {}),
            figures_day=figures_day,
        )


def _add_second_orders(
    days: Days, returned: dict[int, int], censored: dict[int, int], *, figures_day: int
) -> None:
    first = np.flatnonzero(np.r_[True, days.customer[1:] != days.customer[:-1]])
    has_second = np.zeros(first.size, np.bool_)
    inside = first + 1 < days.customer.size
    has_second[inside] = days.customer[first[inside] + 1] == days.customer[first[inside]]
    second = first[has_second] + 1
    _count_days(returned, days.day[second] - days.day[second - 1])
    _count_days(censored, figures_day - days.day[first[~has_second]])


def trimmed_mean(counts: Integers, *, share: float) -> float | None:
    """Return the mean of the days in a histogram without the longest `share` of them, None without
    any.
    """
    total = int(counts.sum())
    if not total:
        return None
    kept = max(total - int(share * total), 1)
    below = np.minimum(np.cumsum(counts), kept)
    used = np.diff(below, prepend=0)
    return float((used * np.arange(counts.size)).sum() / kept)


def median(counts: Integers) -> float | None:
    """Return the median of the days in a histogram, None without any."""
    total = int(counts.sum())
    if not total:
        return None
    reached = np.cumsum(counts)
    low = np.searchsorted(reached, (total - 1) // 2, side="right")
    high = np.searchsorted(reached, total // 2, side="right")
    return float(low + high) / 2


def conclude(refresh: Refresh, tally: Tally, *, cap: int | None, figures_day: int) -> None:
    """Put the figures that follow from the tally on the refresh (not saved)."""
    gaps = histogram(tally.gaps)
    refresh.median_gap_days = median(gaps)
    refresh.mean_gap_days = trimmed_mean(gaps, share=TRIMMED_SHARE)
    unmerged = refresh.median_gap_days is not None and refresh.median_gap_days < UNMERGED_BELOW_DAYS
    refresh.merge_days = 0 if unmerged else MERGE_DAYS
    way = str(refresh.merge_days)
    returned = histogram(tally.returned.get(way, {}))
    refresh.second_order_count = int(returned.sum())
    history_days = figures_day - tally.first_day if tally.first_day else 0
    refresh.one_time_slip_days, refresh.one_time_lost_days = survival.one_time_patience(
        returned, histogram(tally.censored.get(way, {})), history_days=history_days
    )
    known = np.array([bool(tally.first_day)] * 2)
    bounds = np.array([tally.first_day, tally.last_day], np.int64)
    refresh.first_order_on, refresh.last_order_on = dates(bounds, known)
    refresh.order_cap = None if cap is None else from_units(cap)
    refresh.average_order_value = (
        from_units(round(tally.capped_sum / tally.priced_count)) if tally.priced_count else None
    )
