"""What a shop can recommend, and which of it is new for a customer and fits them."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.sparse import csr_array

from analytics.predictive.ease import fit_ease
from analytics.predictive.frames import Flags, Floats, Integers
from analytics.predictive.purchases import Pairs, Purchases, pairs
from analytics.predictive.relations import Relation, relate, themselves

RIDGE = 300.0
MOST_ITEMS = 3000
# A purchase fades by half in three usual gaps between a customer's purchase days.
FADING_GAPS = 3.0
HALF_LIFE_DAYS = (60.0, 365.0)
ENOUGH_GAPS = 50
RECENT_DAYS = 60
FRESH_PART = 1 / 3
PSEUDO_PURCHASES = 6.0
FRESHNESS_POWER = 0.75
NO_PRODUCT = -1
FALLBACK = 1e-9


@dataclass(frozen=True)
class Shelf:
    """What the shop can recommend on a day.

    `products` (c,) are the candidates in rising order, `relation` what purchases say about them,
    `popularity` (c,) the purchases of the last 60 days, `freshness` (c,) how much of what was ever
    bought of them is new (see `_freshness`), 1 for as much as of the whole shop; a purchase counts
    half after `half_life_days`.
    """

    day: int
    products: Integers
    relation: Relation
    popularity: Floats
    freshness: Floats
    half_life_days: float

    def place(self, item_count: int) -> Integers:
        """Return where each of the shop's items stands among the candidates, -1 for the others."""
        result = np.full(item_count, -1, np.int64)
        result[self.products] = np.arange(self.products.size)
        return result


@dataclass(frozen=True)
class Lists:
    """Per customer the best products first and their scores: (customers, most), both.

    NO_PRODUCT and 0 fill up where there is nothing more to name.
    """

    products: Integers
    scores: Floats


def fading(bought: Purchases, *, day: int) -> float:
    """Return after how many days a purchase shall count half in this shop, 60 to 365.

    What somebody bought last month says most about a grocer's customers, in a shop that people
    visit twice a year so does what they bought last year.
    """
    known = bought.before(day)
    days = np.unique(np.stack([known.customer, known.day]), axis=1)
    gaps = np.diff(days[1])[np.diff(days[0]) == 0]
    if gaps.size < ENOUGH_GAPS:
        return HALF_LIFE_DAYS[0]
    return float(np.clip(FADING_GAPS * np.median(gaps), *HALF_LIFE_DAYS))


def fit_shelf(
    bought: Purchases,
    *,
    day: int,
    available: Flags,
    kin: csr_array | None = None,
    half_life_days: float | None = None,
) -> Shelf:
    """Learn from all purchases before `day` how to rank the available products (items,).

    `kin` (candidates, items) lets new products inherit, see `relations.siblings`. Purchases fade as
    `fading` says unless told otherwise.
    """
    half_life = fading(bought, day=day) if half_life_days is None else half_life_days
    candidates = np.flatnonzero(available)
    if kin is None:
        kin = themselves(candidates, bought.item_count)
    had = pairs(bought, day=day, half_life_days=half_life)
    matrix = had.matrix(np.sqrt(had.recent))
    relation = relate(fit_ease(matrix, ridge=RIDGE, most=MOST_ITEMS), matrix, kin)
    lately = bought.within(day - RECENT_DAYS, day).item
    recent = np.bincount(lately, minlength=bought.item_count).astype(np.float64)
    return Shelf(
        day,
        candidates,
        relation,
        np.asarray(kin @ recent),
        np.asarray(kin @ _freshness(bought, had, day=day, days=FRESH_PART * half_life)),
        half_life,
    )


def _freshness(bought: Purchases, had: Pairs, *, day: int, days: float) -> Floats:
    """Return of each item (items,) the share of its purchases that is new, of the last `days`, over
    the shop's share.

    `days` is one usual gap of the shop between purchases, at least 20 days. Six purchases at
    the shop's share steady what few have bought. All 1 where nothing is new.
    """
    latest = bought.within(day - round(days), day).item
    ever = np.bincount(had.item, minlength=bought.item_count).astype(np.float64)
    if not latest.size:
        return np.ones(bought.item_count)
    usual = latest.size / ever.sum()
    new = np.bincount(latest, minlength=bought.item_count) / usual
    fresh: Floats = (new + PSEUDO_PURCHASES) / (ever + PSEUDO_PURCHASES)
    return fresh


def halved(shelf: Shelf) -> Shelf:
    """Return the shelf with weights of half the size, to be stored: ranks stay what they are."""
    weights = shelf.relation.weights.astype(np.float32)
    return replace(shelf, relation=replace(shelf.relation, weights=weights))


def only(shelf: Shelf, usable: Flags) -> Shelf:
    """Return the shelf with those of its products that `usable` (items,) names."""
    kept = usable[shelf.products]
    if kept.all():
        return shelf
    said = shelf.relation
    relation = Relation(said.items, said.weights[:, kept], said.typical[kept])
    return replace(
        shelf,
        products=shelf.products[kept],
        relation=relation,
        popularity=shelf.popularity[kept],
        freshness=shelf.freshness[kept],
    )


def history(bought: Purchases, shelf: Shelf) -> Pairs:
    """Return what some customers, maybe a chunk, had bought by the day of the shelf."""
    return pairs(bought, day=shelf.day, half_life_days=shelf.half_life_days)


def new_for_you(shelf: Shelf, had: Pairs, *, most: int, among: Flags | None = None) -> Lists:
    """Return products that customers never bought and that fit what they have lately bought.

    Score: affinity x freshness^0.75. Customers without any history get what most people buy.
    """
    usable = np.ones(shelf.products.size, np.bool_)
    if among is not None:
        usable = among[shelf.products]
    columns = np.flatnonzero(usable)
    lists = no_lists(had.customer_count, most)
    if not columns.size or not had.customer_count:
        return lists
    weights = shelf.relation.weights
    if columns.size < shelf.products.size:
        weights = weights[:, columns]
    # As precise as the weights are: adding up is what takes the time.
    matrix = had.matrix(np.sqrt(had.recent).astype(weights.dtype))[:, shelf.relation.items]
    score = np.asarray(matrix @ weights)
    np.maximum(score, 0.0, out=score)
    score *= (shelf.freshness[columns] ** FRESHNESS_POWER).astype(score.dtype)
    score += (FALLBACK * (1.0 + shelf.popularity[columns])).astype(score.dtype)
    place = np.full(had.item_count, -1, np.int64)
    place[shelf.products[columns]] = np.arange(columns.size)
    own = place[had.item] >= 0
    score[had.customer[own], place[had.item[own]]] = 0.0
    np.negative(score, out=score)
    best = np.argpartition(score, min(most, columns.size) - 1, axis=1)[:, :most]
    best.sort(axis=1)
    order = np.argsort(np.take_along_axis(score, best, axis=1), axis=1, kind="stable")
    best = np.take_along_axis(best, order, axis=1)
    value = np.maximum(-np.take_along_axis(score, best, axis=1), 0.0)
    named = value > 0
    width = best.shape[1]
    lists.products[:, :width] = np.where(named, shelf.products[columns][best], NO_PRODUCT)
    lists.scores[:, :width] = value
    return lists


def no_lists(count: int, most: int) -> Lists:
    """Return lists that name nothing."""
    return Lists(np.full((count, most), NO_PRODUCT, np.int64), np.zeros((count, most)))


def best_bought(had: Pairs, rows: Integers, score: Floats, *, most: int) -> Lists:
    """Return for each customer the best of the pairs `rows`, by `score` (rows,), then by item."""
    order = np.lexsort((had.item[rows], -score, had.customer[rows]))
    rows, score = rows[order], score[order]
    customer = had.customer[rows]
    rank = np.arange(customer.size) - np.searchsorted(customer, customer)
    first = rank < most
    lists = no_lists(had.customer_count, most)
    lists.products[customer[first], rank[first]] = had.item[rows[first]]
    lists.scores[customer[first], rank[first]] = score[first]
    return lists
