"""Who bought what on which day, and what is known of it at a given day; items are products,
categories or brands.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from analytics.predictive.frames import Flags, Floats, Integers


@dataclass(frozen=True)
class Purchases:
    """The distinct (customer, item, day), sorted by these.

    Customers are 0..customer_count-1, items 0..item_count-1, days whole numbers.
    """

    customer: Integers
    item: Integers
    day: Integers
    customer_count: int
    item_count: int

    def where(self, chosen: Flags) -> Purchases:
        """Return the chosen purchases, of the same customers and items."""
        return Purchases(
            self.customer[chosen],
            self.item[chosen],
            self.day[chosen],
            self.customer_count,
            self.item_count,
        )

    def of(self, customers: Integers) -> Purchases:
        """Return the purchases of some customers, given by rising place, numbered anew from 0."""
        place = np.full(self.customer_count, -1, np.int64)
        place[customers] = np.arange(customers.size)
        kept = place[self.customer] >= 0
        return Purchases(
            place[self.customer[kept]],
            self.item[kept],
            self.day[kept],
            customers.size,
            self.item_count,
        )

    def buyers(self) -> Integers:
        """Return how many customers bought each item: (items,)."""
        first = np.ones(self.customer.size, np.bool_)
        first[1:] = (np.diff(self.customer) != 0) | (np.diff(self.item) != 0)
        return np.bincount(self.item[first], minlength=self.item_count).astype(np.int64)

    def before(self, day: int) -> Purchases:
        """Return what was known at the start of `day`."""
        return self.where(self.day < day)

    def within(self, first: int, after: int) -> Purchases:
        """Return the purchases of days first <= day < after."""
        return self.where((self.day >= first) & (self.day < after))


def purchases(
    customer: Integers, item: Integers, day: Integers, *, customer_count: int, item_count: int
) -> Purchases:
    """Return the purchases of order lines in any order; lines whose item is negative have none."""
    known = item >= 0
    customer, item, day = customer[known], item[known], day[known]
    order = np.lexsort((day, item, customer))
    customer, item, day = customer[order], item[order], day[order]
    keep = np.ones(customer.size, np.bool_)
    keep[1:] = (np.diff(customer) != 0) | (np.diff(item) != 0) | (np.diff(day) != 0)
    return Purchases(customer[keep], item[keep], day[keep], customer_count, item_count)


@dataclass(frozen=True)
class Pairs:
    """One row per (customer, item) ever bought, sorted by these.

    `count` days on which it was bought, `last_day` the latest, `first_day` the earliest; `recent`
    sums 0.5^(age / half-life) over the days.
    """

    customer: Integers
    item: Integers
    count: Integers
    first_day: Integers
    last_day: Integers
    recent: Floats
    customer_count: int
    item_count: int

    def matrix(self, values: Floats) -> csr_array:
        """Return one value per pair as a sparse (customers, items) matrix."""
        starts = np.searchsorted(self.customer, np.arange(self.customer_count + 1))
        return csr_array((values, self.item, starts), shape=(self.customer_count, self.item_count))


def pairs(bought: Purchases, *, day: int, half_life_days: float) -> Pairs:
    """Return what each customer bought before `day`."""
    known = bought.before(day)
    first = np.ones(known.customer.size, np.bool_)
    first[1:] = (np.diff(known.customer) != 0) | (np.diff(known.item) != 0)
    starts = np.flatnonzero(first)
    if not starts.size:
        nothing = np.empty(0, np.int64)
        return Pairs(
            nothing, nothing, nothing, nothing, nothing, np.empty(0),
            bought.customer_count, bought.item_count,
        )  # fmt: skip
    ends = np.append(starts[1:], known.customer.size) - 1
    weight = 0.5 ** ((day - known.day) / half_life_days)
    return Pairs(
        known.customer[starts],
        known.item[starts],
        ends - starts + 1,
        known.day[starts],
        known.day[ends],
        np.add.reduceat(weight, starts),
        bought.customer_count,
        bought.item_count,
    )


def belonging(groups: Sequence[Integers], product_count: int) -> csr_array:
    """Return which product belongs to which group: (products, groups), a 1 where it does.

    A group holds the products of a brand, of a category with all below it, or those whose name or
    attributes match a keyword; groups may overlap.
    """
    sizes = [group.size for group in groups]
    product = np.concatenate([*groups, np.empty(0, np.int64)]).astype(np.int64)
    place = np.repeat(np.arange(len(groups)), sizes)
    shape = (product_count, len(groups))
    return csr_array((np.ones(product.size), (product, place)), shape=shape)


def at_level(products: Purchases, belongs: csr_array) -> Purchases:
    """Return purchases of products as purchases of what they belong to.

    `belongs` (products, values) has a 1 for the brand, or for the leaf category and each ancestor.
    """
    starts = belongs.indptr[products.item].astype(np.int64)
    sizes = belongs.indptr[products.item + 1] - starts
    within = np.arange(sizes.sum()) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    return purchases(
        np.repeat(products.customer, sizes),
        belongs.indices[np.repeat(starts, sizes) + within].astype(np.int64),
        np.repeat(products.day, sizes),
        customer_count=products.customer_count,
        item_count=belongs.shape[1],
    )
