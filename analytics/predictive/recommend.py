"""Two lists of products per customer: what to buy again, and what is new for them."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy.sparse import csr_array

from analytics.predictive.ease import fit_ease
from analytics.predictive.frames import Flags, Floats, Integers
from analytics.predictive.purchases import Pairs, Purchases, pairs
from analytics.predictive.relations import Relation, relate, themselves

RIDGE = 300.0
MOST_ITEMS = 3000
HALF_LIFE_DAYS = 60.0
RECENT_DAYS = 60
NO_PRODUCT = -1
LEAST_AFFINITY = 1e-3
FALLBACK = 1e-9
BLOCK = 4_000_000


@dataclass(frozen=True)
class Shelf:
    """What the shop can recommend on a day.

    `products` (c,) are the candidates in rising order, `relation` what purchases say about them,
    `popularity` (c,) the purchases of the last 60 days, `freshness` (c,) these against all ever.
    """

    day: int
    products: Integers
    relation: Relation
    popularity: Floats
    freshness: Floats


@dataclass(frozen=True)
class Lists:
    """Per customer the best products first and their scores: (customers, most), both.

    NO_PRODUCT and 0 fill up where there is nothing more to name.
    """

    products: Integers
    scores: Floats


def fit_shelf(
    bought: Purchases, *, day: int, available: Flags, kin: csr_array | None = None
) -> Shelf:
    """Learn from all purchases before `day` how to rank the available products (items,).

    `kin` (candidates, items) lets new products inherit, see `relations.siblings`.
    """
    candidates = np.flatnonzero(available)
    if kin is None:
        kin = themselves(candidates, bought.item_count)
    had = pairs(bought, day=day, half_life_days=HALF_LIFE_DAYS)
    matrix = had.matrix(np.sqrt(had.recent))
    relation = relate(fit_ease(matrix, ridge=RIDGE, most=MOST_ITEMS), matrix, kin)
    lately = bought.within(day - RECENT_DAYS, day).item
    recent = np.bincount(lately, minlength=bought.item_count).astype(np.float64)
    ever = np.bincount(had.item, minlength=bought.item_count).astype(np.float64)
    return Shelf(
        day,
        candidates,
        relation,
        np.asarray(kin @ recent),
        np.asarray(kin @ ((recent + 3) / (ever + 6))),
    )


def history(bought: Purchases, shelf: Shelf) -> Pairs:
    """Return what some customers, maybe a chunk, had bought by the day of the shelf."""
    return pairs(bought, day=shelf.day, half_life_days=HALF_LIFE_DAYS)


def buy_again(shelf: Shelf, had: Pairs, *, most: int, among: Flags | None = None) -> Lists:
    """Return the products of their own history that customers will most likely want once more.

    Score: 1.5 ln(1 + days bought) + 0.2 ln popularity + 0.4 ln affinity: own frequency leads, what
    everybody buys these days and what fits the rest of the basket decides between equals. `among`
    (items,) restricts to products of a brand, a category or a keyword.
    """
    place = np.full(had.item_count, -1, np.int64)
    place[shelf.products] = np.arange(shelf.products.size)
    chosen = place[had.item] >= 0
    if among is not None:
        chosen &= among[had.item]
    customer, item, count = had.customer[chosen], had.item[chosen], had.count[chosen]
    candidate = place[item]
    affinity = _pair_affinity(shelf, had, customer, candidate)
    score = (
        1.5 * np.log1p(count)
        + 0.2 * np.log1p(shelf.popularity[candidate])
        + 0.4 * np.log(np.maximum(affinity, LEAST_AFFINITY) / LEAST_AFFINITY)
    )
    order = np.lexsort((item, -score, customer))
    customer, item, score = customer[order], item[order], score[order]
    rank = np.arange(customer.size) - np.searchsorted(customer, customer)
    first = rank < most
    lists = _empty(had.customer_count, most)
    lists.products[customer[first], rank[first]] = item[first]
    lists.scores[customer[first], rank[first]] = score[first]
    return lists


def new_for_you(shelf: Shelf, had: Pairs, *, most: int, among: Flags | None = None) -> Lists:
    """Return products that customers never bought and that fit what they have lately bought.

    Score: affinity x sqrt(freshness). Customers without any history get what most people buy.
    """
    usable = np.ones(shelf.products.size, np.bool_)
    if among is not None:
        usable = among[shelf.products]
    columns = np.flatnonzero(usable)
    lists = _empty(had.customer_count, most)
    if not columns.size or not had.customer_count:
        return lists
    matrix = had.matrix(np.sqrt(had.recent))[:, shelf.relation.items]
    score = np.maximum(np.asarray(matrix @ shelf.relation.weights[:, columns]), 0.0)
    score *= np.sqrt(shelf.freshness[columns])
    score += FALLBACK * (1.0 + shelf.popularity[columns])
    place = np.full(had.item_count, -1, np.int64)
    place[shelf.products[columns]] = np.arange(columns.size)
    own = place[had.item] >= 0
    score[had.customer[own], place[had.item[own]]] = 0.0
    best = np.argsort(-score, axis=1, kind="stable")[:, :most]
    value = np.take_along_axis(score, best, axis=1)
    named = value > 0
    width = best.shape[1]
    lists.products[:, :width] = np.where(named, shelf.products[columns][best], NO_PRODUCT)
    lists.scores[:, :width] = value
    return lists


def one_list(again: Lists, new: Lists) -> Lists:
    """Return what to buy again followed by what is new, as many as `again` has room for."""
    products = np.hstack([again.products, new.products])
    scores = np.hstack([again.scores, new.scores])
    order = np.argsort(products == NO_PRODUCT, axis=1, kind="stable")[:, : again.products.shape[1]]
    return Lists(
        np.take_along_axis(products, order, axis=1), np.take_along_axis(scores, order, axis=1)
    )


def _pair_affinity(shelf: Shelf, had: Pairs, customer: Integers, candidate: Integers) -> Floats:
    """Return the affinity of chosen pairs, sorted by customer: what each customer has times what it
    says about the candidate, in blocks of customers that fit memory.
    """
    matrix = had.matrix(np.sqrt(had.recent))[:, shelf.relation.items].tocsr()
    result = np.zeros(customer.size)
    starts, sizes = matrix.indptr[customer].astype(np.int64), np.diff(matrix.indptr)[customer]
    ends = np.searchsorted(np.cumsum(sizes), np.arange(0, sizes.sum(), BLOCK))
    edges = np.unique(np.append(ends, customer.size)).tolist()
    for first, after in pairwise(edges):
        size = sizes[first:after].astype(np.int64)
        pair = np.repeat(np.arange(after - first), size)
        place = np.arange(pair.size) - np.repeat(np.cumsum(size) - size, size)
        place += starts[first:after][pair]
        weight = shelf.relation.weights[matrix.indices[place], candidate[first:after][pair]]
        said = matrix.data[place] * weight
        result[first:after] = np.bincount(pair, said, minlength=after - first)
    return result


def _empty(count: int, most: int) -> Lists:
    return Lists(np.full((count, most), NO_PRODUCT, np.int64), np.zeros((count, most)))
