"""How often a customer orders: occasions, gaps between them, and how much silence is normal."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analytics.predictive.frames import Flags, Floats, Integers

GAPS_USED = 8
CADENCE_CAP_DAYS = 540.0
MERGE_DAYS = 3
UNMERGED_BELOW_DAYS = 14.0
SHORT_GAP_DAYS = 30
ENOUGH_GAPS = 4


@dataclass(frozen=True)
class Days:
    """The distinct order days of customers 0..n-1, sorted by customer and day."""

    customer: Integers
    day: Integers

    def where(self, chosen: Flags) -> Days:
        """Return the chosen days."""
        return Days(self.customer[chosen], self.day[chosen])

    def gaps(self) -> tuple[Integers, Integers]:
        """Return (customer, days to the customer's previous day) for all but each customer's first
        day.
        """
        same = self.customer[1:] == self.customer[:-1]
        return self.customer[1:][same], np.diff(self.day)[same]


def order_days(customer: Integers, day: Integers) -> Days:
    """Return the distinct days of orders that are sorted by customer (0..n-1) and day."""
    keep = np.ones(customer.size, np.bool_)
    keep[1:] = (customer[1:] != customer[:-1]) | (day[1:] != day[:-1])
    return Days(customer[keep], day[keep])


def occasions(days: Days, *, merge_days: int) -> Days:
    """Return the order days that are occasions: a day up to `merge_days` after an occasion belongs
    to it.

    Walks along all runs of close days at once, one occasion per step, so the number of steps is
    that of the longest run.
    """
    if merge_days == 0 or not days.day.size:
        return days
    starts = np.ones(days.day.size, np.bool_)
    starts[1:] = (days.customer[1:] != days.customer[:-1]) | (np.diff(days.day) > merge_days)
    run = np.cumsum(starts)
    width = int(days.day.max()) + merge_days + 1
    place = days.customer * width + days.day
    is_occasion = starts.copy()
    frontier = np.flatnonzero(starts[:-1] & ~starts[1:])
    while frontier.size:
        following = np.searchsorted(place, place[frontier] + merge_days, side="right")
        inside = following < place.size
        frontier, following = frontier[inside], following[inside]
        frontier = following[run[following] == run[frontier]]
        is_occasion[frontier] = True
    return days.where(is_occasion)


def last_gaps(days: Days, *, count: int) -> Floats:
    """Return for `count` customers their last 8 gaps in days, newest first: (count, 8), NaN where
    there is none.
    """
    customer, gap = days.gaps()
    table = np.full((count, GAPS_USED), np.nan)
    ends = np.searchsorted(customer, np.arange(count), side="right")
    age = ends[customer] - 1 - np.arange(customer.size)
    recent = age < GAPS_USED
    table[customer[recent], age[recent]] = gap[recent]
    return table


@dataclass(frozen=True)
class Cadence:
    """Per customer: number of own gaps used, their median (capped) and spread in log days; NaN
    without own cadence.
    """

    gap_count: Integers
    median: Floats
    spread: Floats

    @property
    def is_own(self) -> Flags:
        """Whether the customer has a cadence of their own."""
        return ~np.isnan(self.median)


def cadence(gaps: Floats) -> Cadence:
    """Return the cadence from a table of last gaps (customers, 8).

    m = median(g), s = sqrt(mean((ln g - ln m)^2)), then m is capped at 540 days. A single gap under
    30 days is taken as a follow-up, not as a cadence.
    """
    known = ~np.isnan(gaps)
    count = known.sum(axis=1)
    ordered = np.sort(gaps, axis=1)
    rows = np.arange(len(gaps))
    low = ordered[rows, np.maximum(count - 1, 0) // 2]
    high = ordered[rows, np.minimum(count // 2, GAPS_USED - 1)]
    median = np.where(count > 0, (low + high) / 2, np.nan)
    median[(count == 1) & (median < SHORT_GAP_DAYS)] = np.nan
    deviation = np.where(known, np.log(gaps) - np.log(median)[:, None], 0.0)
    spread = np.sqrt((deviation**2).sum(axis=1) / np.maximum(count, 1))
    own = ~np.isnan(median)
    spread[~own] = np.nan
    return Cadence(np.where(own, count, 0), np.minimum(median, CADENCE_CAP_DAYS), spread)


@dataclass(frozen=True)
class Patience:
    """Per customer: days of silence after which they slip away, and after which they are lost."""

    slip: Floats
    lost: Floats


def patience(
    own: Cadence,
    *,
    floor_few: float,
    floor: float,
    lost_floor: float,
    one_time_slip: float,
    one_time_lost: float,
) -> Patience:
    """Return T_slip = max(floor, f*m) with f = clamp(exp(0.84 s), 1.25, 2), and T_lost = max(floor,
    2 T_slip).

    Customers without a cadence of their own get the shop's figures for one-time buyers.
    """
    tolerance = np.clip(np.exp(0.84 * own.spread), 1.25, 2.0)
    floors = np.where(own.gap_count < ENOUGH_GAPS, floor_few, floor)
    slip = np.where(own.is_own, np.maximum(floors, tolerance * own.median), one_time_slip)
    lost = np.where(own.is_own, np.maximum(lost_floor, 2 * slip), one_time_lost)
    return Patience(slip.astype(np.float64), lost.astype(np.float64))
