"""What a forecast knows of each customer on a given day: order days, their values, and rhythm."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analytics.predictive.bg_nbd import Recency
from analytics.predictive.frames import Flags, Floats, Integers

LOOK_BACK_DAYS = (30, 90, 180)
# How many columns of `rhythm`, from the first on, say how recent, frequent, rich and regular.
BENDING = 9
HALF_LIVES_DAYS = (30.0, 120.0)
# Keeps the logarithm of a long silent customer's faded count from running away.
FADED_FLOOR = 0.01


@dataclass(frozen=True)
class OrderDays:
    """The distinct order days of customers 0..customer_count-1, sorted by customer and day.

    `value` is what all orders of the day are worth in shop currency, 0 where that is not known.
    """

    customer: Integers
    day: Integers
    value: Floats
    customer_count: int

    def where(self, chosen: Flags) -> OrderDays:
        """Return the chosen days, of the same customers."""
        return OrderDays(
            self.customer[chosen], self.day[chosen], self.value[chosen], self.customer_count
        )

    def before(self, day: int) -> OrderDays:
        """Return what was known at the start of `day`."""
        return self.where(self.day < day)

    def within(self, first: int, after: int) -> OrderDays:
        """Return the days first <= day < after."""
        return self.where((self.day >= first) & (self.day < after))

    def counts(self) -> Floats:
        """Return the number of order days of each customer (customer_count,)."""
        return np.bincount(self.customer, minlength=self.customer_count).astype(np.float64)

    def values(self) -> Floats:
        """Return what each customer's orders are worth together (customer_count,)."""
        return np.bincount(self.customer, self.value, self.customer_count).astype(np.float64)


def order_days(
    customer: Integers, day: Integers, value: Floats, *, customer_count: int
) -> OrderDays:
    """Return the order days of orders sorted by customer (0..customer_count-1) and day."""
    if not customer.size:
        return OrderDays(customer, day, value, customer_count)
    starts = np.ones(customer.size, np.bool_)
    starts[1:] = (np.diff(customer) != 0) | (np.diff(day) != 0)
    first = np.flatnonzero(starts)
    return OrderDays(customer[first], day[first], np.add.reduceat(value, first), customer_count)


def sample(days: OrderDays, *, most: int) -> OrderDays:
    """Return the days of at most `most` customers, evenly spread and renumbered from 0."""
    step = -(-days.customer_count // most) if days.customer_count else 1
    if step == 1:
        return days
    chosen = days.where(days.customer % step == 0)
    return OrderDays(
        chosen.customer // step, chosen.day, chosen.value, -(-days.customer_count // step)
    )


def usual_largest(days: OrderDays, *, share: float = 0.99) -> float:
    """Return the value that this share of the valued order days does not exceed, 0 without any."""
    valued = days.value[days.value > 0]
    return float(np.quantile(valued, share)) if valued.size else 0.0


def capped(days: OrderDays, *, limit: float) -> OrderDays:
    """Return the days with no value above `limit` and above the customer's second largest.

    So one order alone never says what a customer's orders are worth, while a wholesaler who often
    orders for more than the others do keeps their level.
    """
    if not days.day.size:
        return days
    by_value = np.lexsort((-days.value, days.customer))
    owner, ordered = days.customer[by_value], days.value[by_value]
    is_second = np.zeros(owner.size, np.bool_)
    is_second[1:] = owner[1:] == owner[:-1]
    is_second[2:] &= owner[2:] != owner[:-2]
    second = np.zeros(days.customer_count)
    second[owner[is_second]] = ordered[is_second]
    highest = np.maximum(limit, second[days.customer])
    return OrderDays(days.customer, days.day, np.minimum(days.value, highest), days.customer_count)


@dataclass(frozen=True)
class Summary:
    """What is known of the customers who ordered before `today`, one entry each (n,).

    `customer` their numbers; `orders` order days, `first` and `last` days (ordinals), `revenue` and
    `valued` the value of those `valued` order days that have one.
    """

    today: int
    customer: Integers
    orders: Floats
    first: Integers
    last: Integers
    revenue: Floats
    valued: Floats

    @property
    def recency(self) -> Recency:
        """The three figures that BG/NBD needs."""
        return Recency(
            self.orders - 1.0,
            (self.last - self.first).astype(np.float64),
            (self.today - self.first).astype(np.float64),
        )

    @property
    def mean_value(self) -> Floats:
        """The mean value of a valued order day, 0 without any."""
        return self.revenue / np.maximum(self.valued, 1.0)


def summary(days: OrderDays, *, today: int) -> Summary:
    """Return what is known at the start of `today`; later days are not looked at."""
    days = days.before(today)
    starts = np.ones(days.customer.size, np.bool_)
    starts[1:] = np.diff(days.customer) != 0
    first = np.flatnonzero(starts)
    after = np.append(first[1:], days.customer.size) if first.size else first
    customer = days.customer[first]
    known = days.where(days.value > 0)
    return Summary(
        today,
        customer,
        (after - first).astype(np.float64),
        days.day[first],
        days.day[after - 1],
        days.values()[customer],
        known.counts()[customer],
    )


def rhythm(days: OrderDays, seen: Summary, *, average_value: float) -> Floats:
    """Return the features (n, k) of a regression: recency, frequency, money and own cadence.

    Logarithms of days and counts, so that they mean the same in every shop; money as a multiple of
    the shop's `average_value`. Zero where there is nothing to say.
    """
    days = days.before(seen.today)
    silence = (seen.today - seen.last).astype(np.float64)
    repeats = np.maximum(seen.orders - 1.0, 1.0)
    gap = (seen.last - seen.first) / repeats
    is_once = seen.orders == 1
    level = max(average_value, 1e-9)
    latest = np.zeros(days.customer_count)
    same = days.customer[1:] == days.customer[:-1]
    latest[days.customer[1:][same]] = np.diff(days.day)[same]
    columns = [
        np.log(silence),
        np.log(seen.orders),
        np.log((seen.today - seen.first).astype(np.float64)),
        is_once.astype(np.float64),
        np.where(is_once, 0.0, np.log1p(gap)),
        np.where(is_once, 0.0, np.log(silence) - np.log1p(gap)),
        np.log1p(latest[seen.customer]),
        np.where(seen.valued > 0, np.log1p(seen.mean_value / level), 0.0),
        np.log1p(seen.revenue / level),
    ]
    columns += [
        np.log1p(days.where(days.day >= seen.today - length).counts()[seen.customer])
        for length in LOOK_BACK_DAYS
    ]
    age = (seen.today - days.day).astype(np.float64)
    for half in HALF_LIVES_DAYS:
        faded = np.bincount(days.customer, 0.5 ** (age / half), days.customer_count)
        columns.append(np.log(faded[seen.customer] + FADED_FLOOR))
    return np.column_stack(columns)
