"""What a shop's purchases teach about its assortment, and the lists that customers get of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from analytics.predictive.buying_again import buy_again, fit_buying_again, pair_affinity
from analytics.predictive.frames import Flags, Floats, Integers
from analytics.predictive.purchases import Pairs, Purchases
from analytics.predictive.recommend import (
    NO_PRODUCT,
    RECENT_DAYS,
    Lists,
    Shelf,
    fit_shelf,
    halved,
    history,
    new_for_you,
    no_lists,
    only,
)
from analytics.predictive.regression import Regression
from analytics.predictive.relations import reasons, siblings
from analytics.predictive.replenishment import cycles, due, own_cycles

# A product with fewer buyers says less about itself than its siblings do.
ENOUGH_BUYERS = 5
MOST_CANDIDATES = 3_000
NEW_SHARE = 0.2
HORIZON_DAYS = 30
CUSTOMERS_AT_ONCE = 2_000


@dataclass(frozen=True)
class Goods:
    """What the shop says of its products (p,): see `Catalogue`; `buyable` are those on sale."""

    ids: Integers
    buyable: Flags
    brand: Integers
    category: Integers
    first_day: Integers


@dataclass(frozen=True)
class Assortment:
    """What was learned about the products `ids` (p,): the shelf of candidates, what makes customers
    buy again, and each product's cycle in days (NaN: unknown).
    """

    ids: Integers
    shelf: Shelf
    again: Regression
    cycle: Floats


ASSORTMENT_PARTS = (Shelf, Regression)


@dataclass(frozen=True)
class TwoLists:
    """The lists of some customers: what they know and what is new, places of products in `ids`.

    `due` (customers, most) says which known products are due by the customer's own cycle, `reason`
    (customers, most) which purchase speaks most for a new product, NO_PRODUCT where it is simply
    popular.
    """

    again: Lists
    due: Flags
    new: Lists
    reason: Integers


def learn_assortment(bought: Purchases, goods: Goods, *, day: int) -> Assortment:
    """Learn from the purchases of a sample of customers before `day`."""
    known = bought.before(day)
    candidates = most_wanted(known, goods, day=day)
    places = np.flatnonzero(candidates)
    kin = siblings(places, buyers_of(known), goods.brand, goods.category, enough=ENOUGH_BUYERS)
    shelf = halved(fit_shelf(known, day=day, available=candidates, kin=kin))
    again = fit_buying_again(known, day=day, horizon_days=HORIZON_DAYS, available=candidates)
    return Assortment(goods.ids, shelf, again, cycles(known, day=day))


def most_wanted(known: Purchases, goods: Goods, *, day: int) -> Flags:
    """Return the products (p,) worth recommending: at most 3,000 of those on sale, up to a fifth of
    them newly stocked, the rest by purchases of the last 60 days and ever.
    """
    if goods.buyable.sum() <= MOST_CANDIDATES:
        return goods.buyable.copy()
    lately = known.within(day - RECENT_DAYS, day)
    recent = np.bincount(lately.item, minlength=known.item_count)
    ever = np.bincount(known.item, minlength=known.item_count)
    order = np.lexsort((ever, recent))[::-1]
    is_new = goods.buyable & (goods.first_day > day - RECENT_DAYS)
    newest = np.argsort(-goods.first_day, kind="stable")
    newest = newest[is_new[newest]][: int(MOST_CANDIDATES * NEW_SHARE)]
    result = np.zeros(goods.ids.size, np.bool_)
    result[newest] = True
    rest = order[(goods.buyable & ~result)[order]][: MOST_CANDIDATES - newest.size]
    result[rest] = True
    return result


def buyers_of(known: Purchases) -> Integers:
    """Return how many customers bought each item (items,)."""
    first = np.ones(known.customer.size, np.bool_)
    first[1:] = (np.diff(known.customer) != 0) | (np.diff(known.item) != 0)
    return np.bincount(known.item[first], minlength=known.item_count).astype(np.int64)


def two_lists(
    learned: Assortment, bought: Purchases, *, day: int, usable: Flags, most: int
) -> TwoLists:
    """Return the lists of customers, maybe a chunk, as of `day`, of `usable` (p,) products only."""
    shelf = only(replace(learned.shelf, day=day), usable)
    parts = [_few(learned, shelf, part, most=most) for part in _parts(bought)]
    if not parts:
        nothing = no_lists(0, most)
        return TwoLists(nothing, nothing.scores > 0, nothing, nothing.products)
    return TwoLists(
        _stacked([part.again for part in parts]),
        np.vstack([part.due for part in parts]),
        _stacked([part.new for part in parts]),
        np.vstack([part.reason for part in parts]),
    )


def _few(learned: Assortment, shelf: Shelf, bought: Purchases, *, most: int) -> TwoLists:
    had = history(bought, shelf)
    again = buy_again(learned.again, shelf, had, most=most)
    new = new_for_you(shelf, had, most=most)
    return TwoLists(
        again,
        _due(learned, had, again, day=shelf.day),
        new,
        _reasons(shelf, had, new),
    )


def _due(learned: Assortment, had: Pairs, again: Lists, *, day: int) -> Flags:
    """Return which listed products are due: by the product's cycle and the customer's own gaps, or
    by these alone where the product has no cycle.
    """
    own_gap = (had.last_day - had.first_day) / np.maximum(had.count - 1, 1)
    own_gap = np.where(had.count > 1, own_gap, np.nan)
    cycle = own_cycles(had, learned.cycle)
    is_due = due(had, np.where(np.isnan(cycle), own_gap, cycle), day=day)
    pair = had.customer * had.item_count + had.item
    listed = np.arange(had.customer_count)[:, None] * had.item_count + again.products
    found: Flags = np.isin(listed, pair[is_due]) & (again.products != NO_PRODUCT)
    return found


def _reasons(shelf: Shelf, had: Pairs, new: Lists) -> Integers:
    """Return the purchase that speaks most for each new product, as a place in the shop's items."""
    result = np.full(new.products.shape, NO_PRODUCT, np.int64)
    customer, column = np.nonzero(new.products != NO_PRODUCT)
    candidate = shelf.place(had.item_count)[new.products[customer, column]]
    speaks = pair_affinity(shelf, had, customer, candidate) > 0
    customer, column, candidate = customer[speaks], column[speaks], candidate[speaks]
    matrix = had.matrix(np.sqrt(had.recent))
    found = reasons(shelf.relation, matrix, customer, candidate, most=1)
    result[customer, column] = found[:, 0]
    return result


def _stacked(lists: list[Lists]) -> Lists:
    return Lists(
        np.vstack([one.products for one in lists]), np.vstack([one.scores for one in lists])
    )


def _parts(bought: Purchases) -> Iterator[Purchases]:
    """Yield the purchases of few customers each, renumbered from 0."""
    for first in range(0, bought.customer_count, CUSTOMERS_AT_ONCE):
        after = min(first + CUSTOMERS_AT_ONCE, bought.customer_count)
        begin, end = np.searchsorted(bought.customer, (first, after))
        yield Purchases(
            bought.customer[begin:end] - first,
            bought.item[begin:end],
            bought.day[begin:end],
            after - first,
            bought.item_count,
        )
