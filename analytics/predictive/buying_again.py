"""Which of the products they know customers will put into their next basket.

Logistic regression over (customer, product ever bought), learned from the customers who ordered
again in the shop's earlier windows: only the order within each customer matters, so what says
merely how active someone is serves as a control.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from analytics.predictive.frames import Flags, Floats, Integers
from analytics.predictive.interest import ANCHORS, anchors
from analytics.predictive.purchases import Pairs, Purchases
from analytics.predictive.recommend import (
    NO_PRODUCT,
    Lists,
    Shelf,
    best_bought,
    fading,
    fit_shelf,
    history,
)
from analytics.predictive.regression import Regression, fit_logistic

RIDGE = 10.0
ENOUGH_REPEATS = 50
LEAST_AFFINITY = 1e-3
BLOCK = 4_000_000
FEATURES = 10
COUNT_FEATURE = 0
MOST_ROWS = 1_500_000


def fit_buying_again(
    bought: Purchases, *, day: int, horizon_days: int, available: Flags
) -> Regression:
    """Learn from the windows before `day` what makes a known product part of the next orders.

    With fewer than 50 repeats to learn from, own frequency alone decides.
    """
    half_life = fading(bought, day=day)
    features, outcomes = [], []
    for anchor in anchors(day, horizon_days):
        shelf = fit_shelf(bought, day=anchor, available=available, half_life_days=half_life)
        had = history(bought, shelf)
        window = bought.within(anchor, anchor + horizon_days)
        ordered = np.zeros(bought.customer_count, np.bool_)
        ordered[window.customer] = True
        rows = np.flatnonzero(ordered[had.customer] & available[had.item])
        rows = rows[:: -(-rows.size * ANCHORS // MOST_ROWS) or 1]
        wanted = np.unique(window.customer * bought.item_count + window.item)
        pair = had.customer[rows] * bought.item_count + had.item[rows]
        features.append(_features(shelf, had, rows))
        outcomes.append(np.isin(pair, wanted))
    outcome = np.concatenate(outcomes).astype(np.float64)
    if min(outcome.sum(), outcome.size - outcome.sum()) < ENOUGH_REPEATS:
        weights = np.zeros(FEATURES)
        weights[COUNT_FEATURE] = 1.0
        return Regression(np.zeros(FEATURES), np.ones(FEATURES), weights, 0.0)
    return fit_logistic(np.vstack(features), outcome, ridge=RIDGE)


def buy_again(
    model: Regression, shelf: Shelf, had: Pairs, *, most: int, among: Flags | None = None
) -> Lists:
    """Return the products of their own history that customers will most likely want once more.

    Scores are probabilities, given that the customer orders. `among` (items,) restricts to
    products of a brand, a category or a keyword.
    """
    place = shelf.place(had.item_count)
    chosen = place[had.item] >= 0
    if among is not None:
        chosen &= among[had.item]
    rows = np.flatnonzero(chosen)
    return best_bought(had, rows, model.probability(_features(shelf, had, rows)), most=most)


def one_list(again: Lists, new: Lists) -> Lists:
    """Return what to buy again followed by what is new, as many as `again` has room for."""
    products = np.hstack([again.products, new.products])
    scores = np.hstack([again.scores, new.scores])
    order = np.argsort(products == NO_PRODUCT, axis=1, kind="stable")[:, : again.products.shape[1]]
    return Lists(
        np.take_along_axis(products, order, axis=1), np.take_along_axis(scores, order, axis=1)
    )


def _features(shelf: Shelf, had: Pairs, rows: Integers) -> Floats:
    """Return features of chosen pairs (rows, 10): seven of the pair, three of the customer."""
    place = shelf.place(had.item_count)
    customer, item = had.customer[rows], had.item[rows]
    silence = (shelf.day - had.last_day).astype(np.float64)
    least = np.full(had.customer_count, np.inf)
    np.minimum.at(least, had.customer, silence)
    lately = np.bincount(had.customer, had.recent, minlength=had.customer_count)
    ever = np.bincount(had.customer, minlength=had.customer_count)
    count, recent = np.log1p(had.count[rows]), np.log1p(had.recent[rows])
    affinity = np.maximum(pair_affinity(shelf, had, customer, place[item]), LEAST_AFFINITY)
    gap = (had.last_day - had.first_day)[rows] / np.maximum(had.count[rows] - 1, 1)
    return np.column_stack(
        [
            count,
            recent,
            np.log1p(silence[rows]),
            np.minimum(silence[rows] / np.maximum(gap, 1.0), 3.0) * (had.count[rows] > 1),
            np.log1p(shelf.popularity[place[item]]),
            np.log(shelf.freshness[place[item]]),
            np.log(affinity),
            np.log1p(least[customer]),
            np.log1p(lately[customer]),
            np.log1p(ever[customer]),
        ]
    )


def pair_affinity(shelf: Shelf, had: Pairs, customer: Integers, candidate: Integers) -> Floats:
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
