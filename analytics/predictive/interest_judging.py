"""How well interest foretold a window that has closed, beside the plain rules people use."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from analytics.predictive import judging
from analytics.predictive.frames import Flags, Floats, Integers
from analytics.predictive.interest import InterestModel, bought_within, predict_interest
from analytics.predictive.interest_features import HALF_LIFE_DAYS, Record, customer_features
from analytics.predictive.interest_limits import best_limits, limits_between
from analytics.predictive.purchases import pairs

ENOUGH_BUYERS = 5
CUSTOMERS_AT_ONCE = 2_000
# A table (customers, targets) of more cells is thinned out by customers.
MOST_CELLS = 6_000_000
MOST_ITEMS = 2_000
LATELY = 3


@dataclass(frozen=True)
class Closeness:
    """Mean AUC and mean lift in the best tenth over the targets with at least five buyers."""

    auc: float | None
    lift: float | None
    target_count: int


@dataclass(frozen=True)
class Judged:
    """How the predictions (customers, targets) of a closed window came out.

    `auc` (t,) is NaN where fewer than five customers bought; `named` and `hits` (t,) count the
    customers that would have been named as interested and the buyers among them, each half of the
    customers named by the limits of the other; `best` (t,) are the best limits of all.
    """

    chance: Floats
    bought: Flags
    auc: Floats
    named: Integers
    hits: Integers
    best: Floats
    ours: Closeness
    rules: dict[str, Closeness]


def judge_interest(model: InterestModel, record: Record, *, day: int, horizon_days: int) -> Judged:
    """Judge a model learned as of `day` by what customers bought in the `horizon_days` after."""
    some = thinned(record, targets=model.lens.targets.size, day=day)
    targets = model.lens.targets
    chance = predict_in_parts(model, some)
    bought = bought_within(some, targets, first=day, after=day + horizon_days)
    named, hits = _named(chance, bought)
    aucs = np.full(targets.size, np.nan)
    for target in _judged(bought):
        aucs[target] = judging.auc(chance[:, target], bought[:, target])
    rules = {
        name: closeness(score, bought) for name, score in _plain_scores(record, some, targets, day)
    }
    return Judged(
        chance,
        bought,
        aucs,
        named,
        hits,
        best_limits(chance, bought),
        closeness(chance, bought),
        rules,
    )


def closeness(score: Floats, bought: Flags) -> Closeness:
    """Return how well scores (customers, targets) rank the buyers."""
    places = _judged(bought)
    if not places:
        return Closeness(None, None, 0)
    aucs = [judging.auc(score[:, place], bought[:, place]) for place in places]
    lifts = [judging.lift(score[:, place], bought[:, place]) for place in places]
    return Closeness(
        float(np.mean([auc for auc in aucs if auc is not None])),
        float(np.mean([lift for lift in lifts if lift is not None])),
        len(places),
    )


def thinned(record: Record, *, targets: int, day: int) -> Record:
    """Return the record of customers who had ordered before `day`: every one of them, or evenly
    chosen ones if their table would be too large.
    """
    active = np.unique(record.orders.customer[record.orders.day < day])
    stride = -(-active.size * targets // MOST_CELLS) or 1
    return record.of(active[::stride])


def predict_in_parts(model: InterestModel, record: Record) -> Floats:
    """Return the probabilities (customers, targets) of many customers, a few at a time."""
    result = np.zeros((record.customer_count, model.lens.targets.size))
    for first in range(0, record.customer_count, CUSTOMERS_AT_ONCE):
        after = min(first + CUSTOMERS_AT_ONCE, record.customer_count)
        result[first:after] = predict_interest(model, record.of(np.arange(first, after)))
    return result


def _judged(bought: Flags) -> list[int]:
    """Return the targets that enough customers, but not all, bought."""
    count = bought.sum(axis=0)
    found: list[int] = np.flatnonzero((count >= ENOUGH_BUYERS) & (count < bought.shape[0])).tolist()
    return found


def _named(chance: Floats, bought: Flags) -> tuple[Integers, Integers]:
    named = np.zeros(chance.shape[1], np.int64)
    hits = np.zeros(chance.shape[1], np.int64)
    halves = slice(0, None, 2), slice(1, None, 2)
    for learned, tried in (halves, halves[::-1]):
        limits = limits_between(chance[learned], best_limits(chance[learned], bought[learned]))
        is_named = chance[tried] >= limits.medium
        named += is_named.sum(axis=0)
        hits += (is_named & bought[tried]).sum(axis=0)
    return named, hits


def _plain_scores(
    record: Record, some: Record, targets: Integers, day: int
) -> Iterator[tuple[str, Floats]]:
    """Yield what each plain rule says of the customers `some`: a table (customers, targets)."""
    had = pairs(some.level, day=day, half_life_days=HALF_LIFE_DAYS)
    yield "own_count", had.matrix(had.count.astype(np.float64))[:, targets].toarray()
    yield "recent_count", had.matrix(had.recent)[:, targets].toarray()
    activity = customer_features(some, day=day)[0][:, LATELY]
    yield "activity", np.repeat(activity[:, None], targets.size, axis=1)
    every = pairs(record.level, day=day, half_life_days=HALF_LIFE_DAYS)
    binary = every.matrix(np.ones(every.count.size))
    size = np.bincount(every.item, minlength=every.item_count)
    items = np.sort(np.argsort(-size, kind="stable")[:MOST_ITEMS])
    wanted = binary[:, targets]
    weight = 1 / np.sqrt(np.maximum(size, 1))
    alike = (binary[:, items].T @ wanted).toarray() * weight[items][:, None] * weight[targets]
    alike[items[:, None] == targets[None, :]] = 0.0
    yield "cosine", had.matrix(np.ones(had.count.size))[:, items] @ alike
