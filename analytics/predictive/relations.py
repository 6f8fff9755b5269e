"""How strongly what a customer bought speaks for each target, and which purchase speaks loudest."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from analytics.predictive.ease import Ease
from analytics.predictive.frames import Floats, Integers

FLOOR = 0.1
LEAST_TYPICAL = 1e-6
NO_REASON = -1


@dataclass(frozen=True)
class Relation:
    """What each kept item says about each target.

    `items` (k,), `weights` (k, targets), `typical` (targets,): the score of the average customer.
    Stored weights may be of half the size.
    """

    items: Integers
    weights: Floats | NDArray[np.float32]
    typical: Floats

    def affinity(self, matrix: csr_array) -> Floats:
        """Return ln(score / typical score + 0.1) for a (customers, items) matrix: (customers,
        targets). Bounded below, so a customer without history is merely far from typical.
        """
        score = np.asarray(matrix[:, self.items] @ self.weights)
        np.maximum(score, 0.0, out=score)
        score /= self.typical
        score += FLOOR
        return np.log(score, out=score)


def relate(ease: Ease, matrix: csr_array, kin: csr_array) -> Relation:
    """Return what the items of `ease` say about targets, each a sum of items.

    `kin` (targets, items) says of which: a target that is an item has a single 1, a category a 1
    for each of its products, a new product shares of its siblings (see `siblings`). `matrix` is
    what the customers have.
    """
    weights = np.asarray((kin[:, ease.items] @ ease.weights.T).T, np.float64)
    return relation(ease.items, weights, matrix)


def relation(items: Integers, weights: Floats, matrix: csr_array) -> Relation:
    """Return what `items` say about targets by `weights` (items, targets); `matrix` (customers, all
    items) is what the customers have.
    """
    active = max(int((np.diff(matrix.indptr) > 0).sum()), 1)
    average = np.asarray(matrix[:, items].sum(axis=0)).ravel() / active
    return Relation(items, weights, np.maximum(average @ weights, LEAST_TYPICAL))


def themselves(targets: Integers, item_count: int) -> csr_array:
    """Return the `kin` of targets that are items: (targets, items)."""
    starts = np.arange(targets.size + 1)
    return csr_array((np.ones(targets.size), targets, starts), shape=(targets.size, item_count))


def siblings(
    targets: Integers, buyers: Integers, brand: Integers, category: Integers, *, enough: int
) -> csr_array:
    """Return the `kin` of products, of which those with fewer than `enough` buyers inherit.

    A product inherits equal shares of the products, with enough buyers, of its brand and leaf
    category; failing that of its category; failing that of its brand; failing that it stands for
    itself. `buyers`, `brand` and `category` have one entry per product, negative for none.
    """
    settled = buyers >= enough

    @cache
    def of(its_brand: int, its_category: int) -> Integers:
        same_brand = settled & (brand == its_brand) & (its_brand >= 0)
        same_category = settled & (category == its_category) & (its_category >= 0)
        candidates = (same_brand & same_category, same_category, same_brand)
        return np.flatnonzero(next((kin for kin in candidates if kin.any()), []))

    rows: list[Integers] = []
    for target in targets.tolist():
        own = np.array([target], np.int64)
        found = own if settled[target] else of(int(brand[target]), int(category[target]))
        rows.append(found if found.size else own)
    sizes = np.array([row.size for row in rows], np.int64)
    starts = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    columns = np.concatenate([*rows, np.empty(0, np.int64)]).astype(np.int64)
    shares = np.repeat(1.0 / np.maximum(sizes, 1), sizes)
    return csr_array((shares, columns, starts), shape=(targets.size, buyers.size))


def reasons(
    relation: Relation, matrix: csr_array, customer: Integers, target: Integers, *, most: int
) -> Integers:
    """Return for each chosen (customer, target) the items that speak most for it: (chosen, most).

    The contribution of an item is what the customer has of it times its weight; items that say
    nothing or speak against are no reasons: NO_REASON fills up.
    """
    kept = matrix[:, relation.items].tocsr()
    kept.sort_indices()
    starts = kept.indptr[customer].astype(np.int64)
    sizes = kept.indptr[customer + 1] - starts
    chosen = np.repeat(np.arange(customer.size), sizes)
    place = np.arange(chosen.size) - np.repeat(np.cumsum(sizes) - sizes, sizes) + starts[chosen]
    item = kept.indices[place].astype(np.int64)
    says = kept.data[place] * relation.weights[item, target[chosen]]
    result = np.full((customer.size, most), NO_REASON, np.int64)
    full = np.flatnonzero(sizes)
    starts = (np.cumsum(sizes) - sizes)[full]
    for reason in range(most if full.size else 0):
        loudest = np.maximum.reduceat(says, starts)
        found = np.flatnonzero(says == np.repeat(loudest, sizes[full]))
        found = found[np.searchsorted(chosen[found], full)]
        speaks = loudest > 0
        result[full[speaks], reason] = relation.items[item[found[speaks]]]
        says[found] = 0.0
    return result
