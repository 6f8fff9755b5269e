"""The products of a demo shop: made once per shop, then drawn from by leaf category and price
level.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from cdp.demo.assortment import BRANDS, COLOURS, LEAVES, MODELS, Leaf
from cdp.demo.calendar import DAY_SECONDS, Calendar
from cdp.demo.draw import Choices, Flags, Floats, Integers

PRICE_LEVELS = (
    -1.5,
    0.0,
    1.5,
)  # how strongly cheap, average and premium buyers prefer dear products
_STREAM = (
    1_000_003  # keeps the numbers drawn for products apart from those of any chunk of customers
)


@dataclass(frozen=True)
class Catalogue:
    """All products, those of a leaf category standing together. Prices are in cents."""

    names: list[str]
    skus: list[str]
    attributes: list[tuple[tuple[str, str], ...]]
    leaves: Integers
    brands: Integers
    list_prices: Integers
    prices: Integers
    is_available: Flags
    first_seen_at: Integers
    first_of_leaf: Integers
    choices: Choices

    def __len__(self) -> int:
        return len(self.names)

    def draw(
        self,
        rng: np.random.Generator,
        leaves: Integers,
        *,
        levels: Integers,
        brands: Integers,
        moments: Integers,
    ) -> Integers:
        """Return a product for each leaf: sold at that moment, by price level, rather of the
        favourite brand.
        """
        rows = leaves * len(PRICE_LEVELS) + levels
        chosen = self.first_of_leaf[leaves]  # the first product of every leaf was always sold
        fits = np.zeros(len(leaves), dtype=bool)
        for _attempt in range(3):
            candidate = self.first_of_leaf[leaves] + self.choices.draw(rng, rows)
            is_sold = self.first_seen_at[candidate] <= moments
            is_favourite = is_sold & (self.brands[candidate] == brands)
            take = is_favourite | (is_sold & ~fits)
            chosen = np.where(take, candidate, chosen)
            fits |= is_sold
        return chosen


def product_count(customers: int) -> int:
    """Return how many products a shop with this many customers sells: 600 to 4,000."""
    growth = math.log10(max(customers, 1000) / 1000) / 3
    return 600 + round(3400 * min(growth, 1.0))


def _counts(total: int) -> Integers:
    """Return how many products each leaf has: at least four, more where more is sold."""
    weights = np.sqrt([leaf.popularity for leaf in LEAVES])
    extra = (total - 4 * len(LEAVES)) * weights / weights.sum()
    counts = 4 + np.floor(extra).astype(np.int64)
    counts[: total - int(counts.sum())] += 1
    return counts


def _brands_of(leaf: Leaf) -> Choices:
    places = {leaf.interest, leaf.path[1], leaf.path[2]}
    special = {leaf.path[1], leaf.path[2]}
    weights = [
        brand.popularity * (3.0 if brand.serves & special else 1.0)
        if brand.serves & places
        else 0.0
        for brand in BRANDS
    ]
    return Choices(weights)


def _rounded(price: float) -> int:
    """Return a shop's price in cents: 24.95, 7.50, 349.00."""
    if price >= 200:
        return round(price / 10) * 1000 - 100
    if price >= 12:
        return round(price) * 100 - 5
    return max(round(price * 2) * 50, 250)


def _code(text: str, length: int) -> str:
    return "".join(letter for letter in text.upper() if "A" <= letter <= "Z")[:length]


def make_catalogue(customers: int, seed: int, calendar: Calendar) -> Catalogue:
    """Return the products of the shop; equal arguments give equal products."""
    rng = np.random.default_rng([seed, _STREAM])
    counts = _counts(product_count(customers))
    leaves = np.repeat(np.arange(len(LEAVES)), counts)
    starts = np.cumsum(counts) - counts
    names: list[str] = []
    skus: list[str] = []
    attributes: list[tuple[tuple[str, str], ...]] = []
    brands: list[int] = []
    list_prices: list[int] = []
    taken: set[str] = set()
    for number, leaf_number in enumerate(leaves):
        leaf = LEAVES[leaf_number]
        brand_number = int(_brands_of(leaf).draw_many(rng, 1)[0])
        brand = BRANDS[brand_number]
        name = f"{brand.name} {MODELS[int(rng.integers(len(MODELS)))]} {leaf.noun}"
        edition = 2
        while name in taken:
            name = f"{name.rstrip('0123456789').rstrip()} {edition}"
            edition += 1
        taken.add(name)
        names.append(name)
        skus.append(f"{_code(brand.name, 3)}-{_code(leaf.path[2], 4)}-{number + 1:05d}")
        brands.append(brand_number)
        list_prices.append(_rounded(leaf.price * brand.price_level * math.exp(rng.normal(0, 0.33))))
        attributes.append(
            (
                ("colour", COLOURS[int(rng.integers(len(COLOURS)))]),
                ("material", leaf.materials[int(rng.integers(len(leaf.materials)))]),
                ("size", leaf.sizes[int(rng.integers(len(leaf.sizes)))]),
            )
        )
    regular = np.array(list_prices, dtype=np.int64)
    is_reduced = rng.random(len(names)) < 0.15
    percent = rng.choice([10, 15, 20, 25, 30, 40], len(names))
    prices = np.where(is_reduced, regular * (100 - percent) // 100, regular)
    first_seen_at = _first_seen(rng, calendar, len(names), starts)
    return Catalogue(
        names=names,
        skus=skus,
        attributes=attributes,
        leaves=leaves,
        brands=np.array(brands, dtype=np.int64),
        list_prices=regular,
        prices=prices,
        is_available=rng.random(len(names)) < 0.93,
        first_seen_at=first_seen_at,
        first_of_leaf=starts,
        choices=_choices(rng, regular, counts, starts),
    )


def _first_seen(
    rng: np.random.Generator, calendar: Calendar, count: int, starts: Integers
) -> Integers:
    """Return when each product came into the shop: 60 % before its history, the rest while it went
    on.
    """
    age_days = np.where(
        rng.random(count) < 0.6,
        calendar.midnights.size + rng.integers(0, 700, count),
        rng.integers(3, calendar.midnights.size, count),
    )
    age_days[starts] = calendar.midnights.size + 700
    return calendar.end_at - age_days * DAY_SECONDS + 8 * 3600


def _choices(
    rng: np.random.Generator, prices: Integers, counts: Integers, starts: Integers
) -> Choices:
    """Return for every leaf and price level how its products sell: few well, most rarely."""
    weights: Floats = np.zeros((len(counts) * len(PRICE_LEVELS), int(counts.max())))
    for leaf, (start, count) in enumerate(zip(starts, counts, strict=True)):
        popularity = 1.0 / (1.0 + rng.permutation(count)) ** 0.8
        relative = np.log(prices[start : start + count] / np.median(prices[start : start + count]))
        for level, taste in enumerate(PRICE_LEVELS):
            weights[leaf * len(PRICE_LEVELS) + level, :count] = popularity * np.exp(
                taste * relative
            )
    return Choices(weights)
