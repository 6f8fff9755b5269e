"""What is in the orders and carts: products by season, interest, price level and what goes with
what; and discounts.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cdp.demo.assortment import COMPANIONS, INTERESTS, LEAVES, SEASONS
from cdp.demo.calendar import Calendar
from cdp.demo.catalogue import Catalogue
from cdp.demo.draw import Choices, Flags, Floats, Integers, chance, positions_in_group
from cdp.demo.habits import HABIT, HABITS, Shoppers

MOST_LINES = 12
_LEAF_NUMBER = {leaf.path[2]: number for number, leaf in enumerate(LEAVES)}
_PERCENTS = np.array([10, 15, 20, 25, 30, 40, 50])
_ORDINARY, _CAMPAIGN = Choices((4, 3, 2, 0.5, 0.3, 0, 0)), Choices((1, 1, 3, 2, 3, 1.5, 0.5))
_CONSUMABLES = np.array(
    [leaf.price < 20 and leaf.season in ("flat", "gift") for leaf in LEAVES], dtype=bool
)


def _leaf_choices() -> Choices:
    """Return the demand for every leaf, a row for each month and interest."""
    rows = [
        [
            leaf.popularity
            * SEASONS[leaf.season][month]
            * (7.0 if leaf.interest == interest else 0.35)
            for leaf in LEAVES
        ]
        for month in range(12)
        for interest in INTERESTS
    ]
    return Choices(rows)


LEAF_CHOICES = _leaf_choices()


@dataclass(frozen=True)
class Buyers:
    """Who fills the baskets, one entry per basket, whether known to the shop or a guest."""

    habits: Integers
    interests: Integers
    price_levels: Integers
    brands: Integers
    staples: Integers

    @staticmethod
    def of(shoppers: Shoppers, customers: Integers) -> Buyers:
        """Return the shoppers behind these customer numbers; -1, a guest, shops like the customer
        before them.
        """
        known = np.where(customers < 0, np.arange(len(customers)) % len(shoppers), customers)
        habits = np.where(customers < 0, HABIT["one_time"], shoppers.habits[known])
        staples = np.where(customers < 0, -1, shoppers.staples[known])
        return Buyers(
            habits,
            shoppers.interests[known],
            shoppers.price_levels[known],
            shoppers.brands[known],
            staples,
        )


@dataclass(frozen=True)
class Lines:
    """Lines of baskets, sorted by basket. Money is in cents; `amounts` is what is paid for the
    line.
    """

    baskets: Integers
    numbers: Integers
    products: Integers
    quantities: Integers
    unit_prices: Integers
    discounts: Integers

    @property
    def amounts(self) -> Integers:
        """Regular price of the line less its discount."""
        return self.quantities * self.unit_prices - self.discounts

    def sums(self, values: Integers, count: int) -> Integers:
        """Return the sum of a value of the lines for each of `count` baskets."""
        return np.bincount(self.baskets, weights=values, minlength=count).round().astype(np.int64)


def fill_baskets(
    rng: np.random.Generator,
    buyers: Buyers,
    moments: Integers,
    *,
    catalogue: Catalogue,
    calendar: Calendar,
) -> Lines:
    """Return the lines of one basket for each of `buyers` at each of `moments`, without voucher."""
    days = calendar.days_of(moments)
    further = np.array([habit.lines for habit in HABITS])[buyers.habits]
    further = np.where(further > 0, further, 0.8)
    counts = 1 + np.minimum(rng.poisson(further), MOST_LINES - 1)
    baskets = np.repeat(np.arange(len(moments)), counts)
    rows = calendar.months[days[baskets]] * len(INTERESTS) + buyers.interests[baskets]
    leaves = LEAF_CHOICES.draw(rng, rows)
    is_staple = (positions_in_group(baskets) == 0) & (buyers.staples[baskets] >= 0)
    leaves = np.where(is_staple, buyers.staples[baskets], leaves)
    baskets, leaves, is_staple = _with_companions(rng, baskets, leaves, is_staple)
    products = catalogue.draw(
        rng,
        leaves,
        levels=buyers.price_levels[baskets],
        brands=buyers.brands[baskets],
        moments=moments[baskets],
    )
    products = np.where(is_staple, catalogue.first_of_leaf[leaves], products)
    _, first = np.unique(baskets * len(catalogue) + products, return_index=True)
    kept = np.sort(first)
    kept = kept[np.argsort(baskets[kept], kind="stable")]
    baskets, leaves, products = baskets[kept], leaves[kept], products[kept]
    quantities = _quantities(rng, buyers.habits[baskets], leaves)
    unit_prices = catalogue.list_prices[products]
    percents = _percents(rng, buyers, baskets, calendar.campaigns[days[baskets]])
    return Lines(
        baskets,
        positions_in_group(baskets) + 1,
        products,
        quantities,
        unit_prices,
        quantities * unit_prices * percents // 100,
    )


def _with_companions(
    rng: np.random.Generator, baskets: Integers, leaves: Integers, is_staple: Flags
) -> tuple[Integers, Integers, Flags]:
    """Add lines of what goes with the lines that are there."""
    more_baskets, more_leaves = [baskets], [leaves]
    for bought, companion, share in COMPANIONS:
        found = np.flatnonzero(leaves == _LEAF_NUMBER[bought])
        found = found[chance(rng, share, len(found))]
        more_baskets.append(baskets[found])
        more_leaves.append(np.full(len(found), _LEAF_NUMBER[companion]))
    all_baskets, all_leaves = np.concatenate(more_baskets), np.concatenate(more_leaves)
    staple = np.r_[is_staple, np.zeros(len(all_leaves) - len(leaves), dtype=bool)]
    order = np.argsort(all_baskets, kind="stable")
    return all_baskets[order], all_leaves[order], staple[order]


def _quantities(rng: np.random.Generator, habits: Integers, leaves: Integers) -> Integers:
    """Return one piece mostly, two or three of cheap things, boxes for wholesale customers."""
    count = len(leaves)
    several = chance(rng, np.where(_CONSUMABLES[leaves], 0.45, 0.06), count)
    pieces = np.where(several, rng.integers(2, 4, count), 1)
    return np.where(habits == HABIT["wholesale"], rng.choice([2, 3, 4, 5, 6, 10], count), pieces)


def _percents(
    rng: np.random.Generator, buyers: Buyers, baskets: Integers, campaigns: Floats
) -> Integers:
    """Return the discount on each line in percent: bargain hunters wait for it, premium buyers do
    not.
    """
    count = len(baskets)
    appeal = np.array([1.45, 1.0, 0.6])[buyers.price_levels[baskets]]
    is_reduced = chance(rng, np.minimum(campaigns * appeal, 0.9), count)
    in_campaign = campaigns > 0.2
    percent = np.where(
        in_campaign,
        _PERCENTS[_CAMPAIGN.draw_many(rng, count)],
        _PERCENTS[_ORDINARY.draw_many(rng, count)],
    )
    reduced = np.where(is_reduced, percent, 0)
    return np.where(buyers.habits[baskets] == HABIT["wholesale"], np.maximum(reduced, 25), reduced)
