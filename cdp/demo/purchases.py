"""The orders of a chunk with their money and fate: paid, pending, cancelled, refunded, or sent back
as a return.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cdp.demo.baskets import Buyers, Lines, fill_baskets
from cdp.demo.calendar import DAY_SECONDS, Calendar
from cdp.demo.catalogue import Catalogue
from cdp.demo.draw import Choices, Flags, Integers, chance, joined, positions_in_group
from cdp.demo.habits import Shoppers, Visits
from cdp.demo.places import COUNTRIES

STATUSES = ("pending", "paid", "fulfilled", "partially_refunded", "refunded", "cancelled")
STATUS = {status: number for number, status in enumerate(STATUSES)}
CHANNELS = ("web", "app", "store", "phone")
_PAID = np.array([status in ("paid", "fulfilled", "partially_refunded") for status in STATUSES])
_VAT = np.array([country.vat_percent for country in COUNTRIES])
_HOME_SHIPPING, _FOREIGN_SHIPPING = 495, 895


@dataclass(frozen=True)
class Orders:
    """Orders and returns, one entry each; customer -1 is a guest, moment 0 never, money is in
    cents.
    """

    customers: Integers
    placed_at: Integers
    countries: Integers
    channels: Integers
    statuses: Integers
    cancelled_at: Integers
    totals: Integers
    discounts: Integers
    shipping: Integers
    taxes: Integers
    refunded: Integers

    def __len__(self) -> int:
        return len(self.customers)

    @property
    def is_paid(self) -> Flags:
        """The orders that count as purchases."""
        return _PAID[self.statuses] & (self.totals > 0)


@dataclass(frozen=True)
class Refunds:
    """Money given back: for which order, when, how much."""

    orders: Integers
    moments: Integers
    totals: Integers


@dataclass(frozen=True)
class Purchases:
    """Everything that was ordered in a chunk; returns stand behind the orders."""

    orders: Orders
    lines: Lines
    refunds: Refunds


def make_purchases(
    rng: np.random.Generator,
    shoppers: Shoppers,
    visits: Visits,
    *,
    catalogue: Catalogue,
    calendar: Calendar,
) -> Purchases:
    """Return the orders made at these visits."""
    buyers = Buyers.of(shoppers, visits.customers)
    lines = fill_baskets(rng, buyers, visits.moments, catalogue=catalogue, calendar=calendar)
    count = len(visits.moments)
    is_first = (positions_in_group(visits.customers) == 0) & (visits.customers >= 0)
    lines = _with_vouchers(rng, lines, is_first, count)
    known = np.where(visits.customers < 0, rng.integers(0, len(shoppers), count), visits.customers)
    countries = shoppers.countries[known]
    goods = lines.sums(lines.amounts, count)
    is_home = countries == 0
    shipping = np.where(
        goods >= np.where(is_home, 6000, 9000),
        0,
        np.where(is_home, _HOME_SHIPPING, _FOREIGN_SHIPPING),
    )
    totals = goods + shipping
    statuses, cancelled_at = _fates(rng, visits.moments, calendar)
    refunds, statuses, refunded = _refunds(
        rng, visits.moments, statuses, totals, lines=lines, calendar=calendar
    )
    orders = Orders(
        customers=visits.customers,
        placed_at=visits.moments,
        countries=countries,
        channels=Choices((0.66, 0.22, 0.09, 0.03)).draw_many(rng, count),
        statuses=statuses,
        cancelled_at=cancelled_at,
        totals=totals,
        discounts=lines.sums(lines.discounts, count),
        shipping=shipping,
        taxes=totals * _VAT[countries] // (100 + _VAT[countries]),
        refunded=refunded,
    )
    return _with_returns(rng, orders, lines, refunds, calendar=calendar)


def _with_vouchers(rng: np.random.Generator, lines: Lines, is_first: Flags, count: int) -> Lines:
    """Take a further 10 % off: a welcome voucher on some first orders, a newsletter's on a few
    others.
    """
    has_voucher = chance(rng, np.where(is_first, 0.18, 0.05), count)
    further = np.where(has_voucher[lines.baskets], lines.amounts // 10, 0)
    return Lines(
        lines.baskets,
        lines.numbers,
        lines.products,
        lines.quantities,
        lines.unit_prices,
        lines.discounts + further,
    )


def _fates(
    rng: np.random.Generator, moments: Integers, calendar: Calendar
) -> tuple[Integers, Integers]:
    """Return the status of each order and when it was cancelled (0: never)."""
    count = len(moments)
    age = calendar.end_at - moments
    statuses = np.where(age < 3 * DAY_SECONDS, STATUS["paid"], STATUS["fulfilled"])
    is_pending = chance(rng, np.where(age < 2 * DAY_SECONDS, 0.08, 0.004), count)
    statuses = np.where(is_pending, STATUS["pending"], statuses)
    cancelled_at = moments + rng.integers(300, 2 * DAY_SECONDS, count)
    is_cancelled = chance(rng, 0.022, count) & (cancelled_at < calendar.end_at)
    statuses = np.where(is_cancelled, STATUS["cancelled"], statuses)
    return statuses, np.where(is_cancelled, cancelled_at, 0)


def _refunds(
    rng: np.random.Generator,
    moments: Integers,
    statuses: Integers,
    totals: Integers,
    *,
    lines: Lines,
    calendar: Calendar,
) -> tuple[Refunds, Integers, Integers]:
    """Return the refunds, the statuses after them and what was refunded per order."""
    count = len(moments)
    refunded_at = moments + rng.integers(2 * DAY_SECONDS, 25 * DAY_SECONDS, count)
    may = (refunded_at < calendar.end_at) & np.isin(statuses, (STATUS["paid"], STATUS["fulfilled"]))
    luck = rng.random(count)
    first_line = np.flatnonzero(lines.numbers == 1)
    line_count = np.bincount(lines.baskets, minlength=count)
    is_whole = may & (luck < 0.013)
    is_part = may & (luck >= 0.013) & (luck < 0.05) & (line_count > 1)
    given = np.where(is_whole, totals, np.where(is_part, lines.amounts[first_line], 0))
    statuses = np.where(is_whole, STATUS["refunded"], statuses)
    statuses = np.where(is_part, STATUS["partially_refunded"], statuses)
    found = np.flatnonzero(given > 0)
    return Refunds(found, refunded_at[found], given[found]), statuses, given


def _with_returns(
    rng: np.random.Generator, orders: Orders, lines: Lines, refunds: Refunds, *, calendar: Calendar
) -> Purchases:
    """Add returns, orders with a negative total, sending the last line of an earlier order back."""
    returned_at = orders.placed_at + rng.integers(4 * DAY_SECONDS, 30 * DAY_SECONDS, len(orders))
    is_back = (orders.statuses == STATUS["fulfilled"]) & (returned_at < calendar.end_at)
    found = np.flatnonzero(is_back & (orders.totals > 2000) & chance(rng, 0.045, len(orders)))
    last_line = np.flatnonzero(np.r_[lines.baskets[1:] != lines.baskets[:-1], True])[found]
    totals = -lines.amounts[last_line]
    none = np.zeros(len(found), dtype=np.int64)
    vat = _VAT[orders.countries[found]]
    returns = Orders(
        customers=orders.customers[found],
        placed_at=returned_at[found],
        countries=orders.countries[found],
        channels=orders.channels[found],
        statuses=np.full(len(found), STATUS["fulfilled"]),
        cancelled_at=none,
        totals=totals,
        discounts=-lines.discounts[last_line],
        shipping=none,
        taxes=-(-totals * vat // (100 + vat)),
        refunded=none,
    )
    back = Lines(
        baskets=np.arange(len(found)) + len(orders),
        numbers=np.ones(len(found), dtype=np.int64),
        products=lines.products[last_line],
        quantities=-lines.quantities[last_line],
        unit_prices=lines.unit_prices[last_line],
        discounts=-lines.discounts[last_line],
    )
    return Purchases(joined(orders, returns), joined(lines, back), refunds)
