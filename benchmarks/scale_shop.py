"""Random histories of a large shop, a chunk of customers at a time, the same ones every time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from analytics.predictive.cadence import order_days as distinct_days
from analytics.predictive.frames import Floats, Integers
from analytics.predictive.interest_features import Record
from analytics.predictive.likeness import descriptions
from analytics.predictive.order_days import OrderDays, order_days
from analytics.predictive.purchases import purchases

TODAY = 740_000
DAYS = 730
ORDERS_EACH = 10
LINES_EACH = 3
PRODUCTS, BRANDS, CATEGORIES, TASTES = 5_000, 200, 300, 12
OWN_TASTE = 0.7
WORDS, WORDS_EACH = 2_000, 4


@dataclass(frozen=True)
class Chunk:
    """Some customers: their order days with values, and the record of what they bought."""

    days: OrderDays
    record: Record
    line_count: int


@dataclass(frozen=True)
class ScaleShop:
    """A shop whose products have a brand and a leaf category; customers buy mostly of one taste."""

    brand: Integers
    category: Integers
    popularity: Floats

    def chunk(self, customers: int, *, seed: int) -> Chunk:
        """Return what `customers` ordered in two years, ten orders of three lines each on average.

        Half of all orders are those of a tenth of the customers; a third ordered once.
        """
        random = np.random.default_rng(seed)
        rate = random.gamma(0.6, (ORDERS_EACH - 1) / 0.6, customers)
        count = 1 + random.poisson(rate)
        owner = np.repeat(np.arange(customers), count)
        joined = random.integers(1, DAYS, customers)
        day = TODAY - np.ceil(random.random(owner.size) * joined[owner]).astype(np.int64)
        order = np.lexsort((day, owner))
        owner, day = owner[order], day[order]
        lines = random.integers(1, 2 * LINES_EACH, owner.size)
        taste = random.integers(0, TASTES, customers)
        line_owner, line_day = np.repeat(owner, lines), np.repeat(day, lines)
        product = self._products(random, taste[line_owner])
        bought = purchases(
            line_owner, product, line_day, customer_count=customers, item_count=PRODUCTS
        )
        value = 20.0 * lines * random.gamma(4.0, 0.25, owner.size)
        return Chunk(
            order_days(owner, day, value, customer_count=customers),
            Record(distinct_days(owner, day), bought, bought),
            line_owner.size,
        )

    def descriptions(self) -> csr_array:
        """Return what is said of the products: four random words, brand and category."""
        random = np.random.default_rng(3)
        words = random.integers(0, WORDS, (PRODUCTS, WORDS_EACH)).astype(str)
        return descriptions([set(row) for row in words.tolist()], self.brand, self.category)

    def _products(self, random: np.random.Generator, taste: Integers) -> Integers:
        """Return a product for each line, of the customer's taste or of any; few sell most."""
        sought = np.searchsorted(self.popularity, random.random(taste.size))
        own = random.random(taste.size) < OWN_TASTE
        # Products of a taste are those with the same remainder, so neighbours in popularity.
        similar = np.minimum(sought - sought % TASTES + taste, PRODUCTS - 1)
        return np.where(own, similar, sought).astype(np.int64)


def scale_shop() -> ScaleShop:
    """Return the shop; popularity falls with the square root of the rank."""
    random = np.random.default_rng(1)
    share = np.cumsum(1.0 / np.sqrt(np.arange(1, PRODUCTS + 1)))
    taste = np.arange(PRODUCTS) % TASTES
    category = (random.integers(0, CATEGORIES // TASTES, PRODUCTS) * TASTES + taste).astype(int)
    return ScaleShop(random.integers(0, BRANDS, PRODUCTS), category, share / share[-1])
