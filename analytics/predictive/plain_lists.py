"""The lists that plain rules would give: what recommendations are judged beside."""

from __future__ import annotations

import numpy as np

from analytics.predictive.ease import kept_items
from analytics.predictive.frames import Floats
from analytics.predictive.purchases import Pairs
from analytics.predictive.recommend import NO_PRODUCT, Lists, Shelf, best_bought, no_lists

MOST_ITEMS = 2_000
# Orders what a rule leaves equal, without overruling it.
TIE = 1e-6


def by_own_count(had: Pairs, shelf: Shelf, *, most: int) -> Lists:
    """Return the candidates that each customer bought on most days, ties by popularity."""
    place = shelf.place(had.item_count)[had.item]
    chosen = np.flatnonzero(place >= 0)
    score = had.count[chosen] + TIE * shelf.popularity[place[chosen]]
    return best_bought(had, chosen, score, most=most)


def by_popularity(had: Pairs, shelf: Shelf, *, most: int) -> Lists:
    """Return what most people bought in the last 60 days and the customer never did."""
    score = np.repeat(1.0 + shelf.popularity[None, :], had.customer_count, axis=0)
    return _best_unknown(score, had, shelf, most=most)


def by_cosine(everyone: Pairs, had: Pairs, shelf: Shelf, *, most: int) -> Lists:
    """Return what is bought by the same people as what the customer bought (item-item cosine of
    who ever bought it), ties by popularity.
    """
    binary = everyone.matrix(np.ones(everyone.item.size))
    items = kept_items(binary, most=MOST_ITEMS)
    size = np.sqrt(np.maximum(np.bincount(everyone.item, minlength=had.item_count), 1))
    together = np.asarray((binary[:, items].T @ binary[:, shelf.products]).todense())
    together = together / size[items][:, None] / size[shelf.products]
    own = had.matrix(np.ones(had.item.size))[:, items]
    score = np.asarray(own @ together) + TIE * (1.0 + shelf.popularity)
    return _best_unknown(score, had, shelf, most=most)


def _best_unknown(score: Floats, had: Pairs, shelf: Shelf, *, most: int) -> Lists:
    """Return the best-scored candidates, none of them bought; `score` (customers, candidates)."""
    place = shelf.place(had.item_count)[had.item]
    bought = place >= 0
    score[had.customer[bought], place[bought]] = 0.0
    order = np.argsort(-score, axis=1, kind="stable")[:, :most]
    value = np.take_along_axis(score, order, axis=1)
    lists = no_lists(had.customer_count, most)
    width = order.shape[1]
    lists.products[:, :width] = np.where(value > 0, shelf.products[order], NO_PRODUCT)
    lists.scores[:, :width] = value
    return lists
