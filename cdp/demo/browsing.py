"""What the customers of a chunk did without buying: carts left behind and won back, pages and
products viewed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cdp.demo.assortment import INTERESTS
from cdp.demo.baskets import LEAF_CHOICES, Buyers, Lines, fill_baskets
from cdp.demo.calendar import DAY_SECONDS, HISTORY_DAYS, Calendar
from cdp.demo.catalogue import Catalogue
from cdp.demo.draw import Choices, Integers, chance, joined
from cdp.demo.habits import HABIT, Shoppers
from cdp.demo.people import People
from cdp.demo.purchases import Purchases

CART_DAYS = 540  # how long the shop keeps carts, and how long events
EVENT_DAYS = 240
KINDS = ("page_view", "product_view", "search", "add_to_cart", "email_open", "email_click")
KIND = {kind: number for number, kind in enumerate(KINDS)}


@dataclass(frozen=True)
class Carts:
    """Carts: customer -1 is a stranger, moment 0 never, order -1 none."""

    customers: Integers
    started_at: Integers
    abandoned_at: Integers
    orders: Integers

    def __len__(self) -> int:
        return len(self.customers)


@dataclass(frozen=True)
class Events:
    """Events; a product of -1 is none. What was searched or visited follows from `leaves` (-1:
    none).
    """

    customers: Integers
    kinds: Integers
    moments: Integers
    products: Integers
    leaves: Integers


def make_carts(
    rng: np.random.Generator,
    shoppers: Shoppers,
    people: People,
    purchases: Purchases,
    *,
    catalogue: Catalogue,
    calendar: Calendar,
) -> tuple[Carts, Lines]:
    """Return carts that were left, carts that became an order after all, and carts still open at
    the end.
    """
    counts = rng.poisson(np.where(shoppers.habits == HABIT["one_time"], 0.30, 0.50))
    customers = np.repeat(np.arange(len(shoppers)), counts)
    started_at = calendar.end_at - (rng.random(len(customers)) * CART_DAYS * DAY_SECONDS).astype(
        np.int64
    )
    started_at = calendar.moments(rng, calendar.days_of(started_at))
    is_open = chance(rng, 0.002, len(customers))
    started_at = np.where(
        is_open, calendar.end_at - rng.integers(60, 3000, len(customers)), started_at
    )
    known = people.registered_at[customers] <= started_at
    customers, started_at = customers[known], started_at[known]
    left_at = started_at + rng.integers(3600, 3 * 3600, len(customers))
    left = Carts(
        customers=np.where(chance(rng, 0.12, len(customers)), -1, customers),
        started_at=started_at,
        abandoned_at=np.where(left_at < calendar.end_at, left_at, 0),
        orders=np.full(len(customers), -1),
    )
    buyers = Buyers.of(shoppers, customers)
    left_lines = fill_baskets(rng, buyers, started_at, catalogue=catalogue, calendar=calendar)
    orders = purchases.orders
    won = np.flatnonzero(
        (orders.totals > 0)
        & (orders.customers >= 0)
        & (orders.placed_at > calendar.end_at - CART_DAYS * DAY_SECONDS)
        & chance(rng, 0.07, len(orders))
    )
    began_at = orders.placed_at[won] - rng.integers(4 * 3600, 70 * 3600, len(won))
    back = Carts(
        orders.customers[won], began_at, began_at + rng.integers(3600, 3 * 3600, len(won)), won
    )
    position = np.full(len(orders), -1)
    position[won] = np.arange(len(won)) + len(left)
    lines = purchases.lines
    taken = np.flatnonzero(position[lines.baskets] >= 0)
    back_lines = Lines(
        position[lines.baskets[taken]],
        lines.numbers[taken],
        lines.products[taken],
        lines.quantities[taken],
        lines.unit_prices[taken],
        np.zeros(len(taken), dtype=np.int64),
    )
    plain = Lines(
        left_lines.baskets,
        left_lines.numbers,
        left_lines.products,
        left_lines.quantities,
        left_lines.unit_prices,
        np.zeros(len(left_lines.baskets), dtype=np.int64),
    )
    return joined(left, back), joined(plain, back_lines)


def make_events(
    rng: np.random.Generator,
    shoppers: Shoppers,
    people: People,
    purchases: Purchases,
    carts: Carts,
    cart_lines: Lines,
    *,
    mailable: Integers,
    catalogue: Catalogue,
    calendar: Calendar,
) -> Events:
    """Return what is on record about visits to the shop, sorted by customer and time."""
    parts = [
        _before_orders(rng, purchases, catalogue, calendar),
        _strolls(rng, shoppers, people, catalogue, calendar),
        _from_carts(carts, cart_lines, calendar),
        _mail(rng, mailable, people, calendar),
    ]
    events = parts[0]
    for part in parts[1:]:
        events = joined(events, part)
    order = np.lexsort((events.moments, events.customers))
    return Events(
        events.customers[order],
        events.kinds[order],
        events.moments[order],
        events.products[order],
        events.leaves[order],
    )


def _since(calendar: Calendar) -> int:
    return calendar.end_at - EVENT_DAYS * DAY_SECONDS


def _before_orders(
    rng: np.random.Generator, purchases: Purchases, catalogue: Catalogue, calendar: Calendar
) -> Events:
    """Return views of products before they were ordered, and some searches for them."""
    orders, lines = purchases.orders, purchases.lines
    candidates = (
        (orders.customers >= 0)
        & (orders.channels < 2)
        & (orders.totals > 0)
        & (orders.placed_at > _since(calendar))
    )
    seen = np.flatnonzero(candidates[lines.baskets] & chance(rng, 0.75, len(lines.baskets)))
    moments = orders.placed_at[lines.baskets[seen]] - rng.integers(120, 5 * 3600, len(seen))
    customers, products = orders.customers[lines.baskets[seen]], lines.products[seen]
    is_search = chance(rng, 0.18, len(seen))
    views = Events(
        customers,
        np.full(len(seen), KIND["product_view"]),
        moments,
        products,
        np.full(len(seen), -1),
    )
    searched = np.flatnonzero(is_search)
    searches = Events(
        customers[searched],
        np.full(len(searched), KIND["search"]),
        moments[searched] - 40,
        np.full(len(searched), -1),
        catalogue.leaves[products[searched]],
    )
    return joined(views, searches)


def _strolls(
    rng: np.random.Generator,
    shoppers: Shoppers,
    people: People,
    catalogue: Catalogue,
    calendar: Calendar,
) -> Events:
    """Return visits that led to nothing: pages, products and searches by interest and season."""
    counts = rng.poisson(1.1, len(shoppers))
    customers = np.repeat(np.arange(len(shoppers)), counts)
    days = HISTORY_DAYS - 1 - (EVENT_DAYS * rng.random(len(customers)) ** 1.4).astype(np.int64)
    moments = calendar.moments(rng, days)
    known = people.registered_at[customers] <= moments
    customers, days, moments = customers[known], days[known], moments[known]
    rows = calendar.months[days] * len(INTERESTS) + shoppers.interests[customers]
    leaves = LEAF_CHOICES.draw(rng, rows)
    products = catalogue.draw(
        rng,
        leaves,
        levels=shoppers.price_levels[customers],
        brands=shoppers.brands[customers],
        moments=moments,
    )
    kinds = Choices((0.34, 0.52, 0.14)).draw_many(rng, len(customers))
    is_view = kinds == KIND["product_view"]
    return Events(
        customers, kinds, moments, np.where(is_view, products, -1), np.where(is_view, -1, leaves)
    )


def _from_carts(carts: Carts, lines: Lines, calendar: Calendar) -> Events:
    """Return that products were put into carts."""
    recent = (carts.customers >= 0) & (carts.started_at > _since(calendar))
    found = np.flatnonzero(recent[lines.baskets])
    return Events(
        carts.customers[lines.baskets[found]],
        np.full(len(found), KIND["add_to_cart"]),
        carts.started_at[lines.baskets[found]] + lines.numbers[found],
        lines.products[found],
        np.full(len(found), -1),
    )


def _mail(
    rng: np.random.Generator, mailable: Integers, people: People, calendar: Calendar
) -> Events:
    """Return newsletters opened by those who get them, and clicks in them."""
    customers = np.repeat(mailable, rng.poisson(0.9, len(mailable)))
    days = HISTORY_DAYS - 1 - rng.integers(0, EVENT_DAYS, len(customers))
    moments = calendar.moments(rng, days)
    known = people.registered_at[customers] <= moments
    customers, moments = customers[known], moments[known]
    clicks = np.flatnonzero(chance(rng, 0.22, len(customers)))
    clicked_at = np.minimum(moments[clicks] + 45, calendar.end_at - 1)
    size = len(customers) + len(clicks)
    return Events(
        np.r_[customers, customers[clicks]],
        np.repeat([KIND["email_open"], KIND["email_click"]], [len(customers), len(clicks)]),
        np.r_[moments, clicked_at],
        np.full(size, -1),
        np.full(size, -1),
    )
