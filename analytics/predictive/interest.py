"""Who wants what: the probability that a customer buys a target within a horizon.

Two regimes of logistic regression, one for "never bought it", one for "bought it before", trained
on the shop's own earlier windows and applied through what is known today.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from analytics.predictive.frames import Flags, Floats, Integers
from analytics.predictive.interest_features import Lens, Record, Sight, fit_lens, look
from analytics.predictive.regression import (
    NotEnoughDataError,
    Regression,
    fit_logistic,
    logistic,
)

ANCHOR_STEP_DAYS = 30
ANCHORS = 3
ENOUGH_FIRST_PURCHASES = 50
ENOUGH_REPEAT_PURCHASES = 50
RIDGE = 10.0
MOST_ROWS = 1_500_000


@dataclass(frozen=True)
class InterestModel:
    """Both regimes and the lens through which customers are seen today."""

    lens: Lens
    first: Regression
    again: Regression

    def through(self, lens: Lens) -> InterestModel:
        """Return the model with other targets: what was learned holds for them as well."""
        return InterestModel(lens, self.first, self.again)


def anchors(day: int, horizon_days: int) -> list[int]:
    """Return the starts of the windows to learn from: all end by `day`."""
    return [day - horizon_days - step * ANCHOR_STEP_DAYS for step in range(ANCHORS)]


def fit_interest(
    record: Record,
    targets: Integers,
    *,
    day: int,
    horizon_days: int,
    belongs: csr_array | None = None,
    kin: csr_array | None = None,
    described: csr_array | None = None,
) -> InterestModel:
    """Learn from the windows before `day` who buys the targets within `horizon_days`.

    `belongs`, `kin` and `described` as for `fit_lens`. Where too few first purchases or too few
    repeat purchases lie in the windows, what was observed on average stands for all of that regime.
    Raises NotEnoughDataError where both are too few.
    """
    first_x, first_y, again_x, again_y = [], [], [], []
    stride = -(-record.customer_count * targets.size * ANCHORS // MOST_ROWS) or 1
    some = record.of(np.arange(0, record.customer_count, stride)) if stride > 1 else record
    for anchor in anchors(day, horizon_days):
        lens = fit_lens(record, targets, day=anchor, belongs=belongs, kin=None, described=described)
        sight = look(some, lens)
        outcome = bought_within(some, targets, first=anchor, after=anchor + horizon_days)
        customer, target = np.nonzero(_never(sight, lens) & sight.active[:, None])
        first_x.append(_first_features(sight, lens, customer, target))
        first_y.append(outcome[customer, target])
        rows = np.flatnonzero((sight.position >= 0) & sight.active[sight.had.customer])
        again_x.append(_again_features(sight, lens, rows))
        again_y.append(outcome[sight.had.customer[rows], sight.position[rows]])
    firsts, repeats = (np.concatenate(y).astype(np.float64) for y in (first_y, again_y))
    if firsts.sum() < ENOUGH_FIRST_PURCHASES and not _tells(repeats):
        has = int(firsts.sum())
        raise NotEnoughDataError("first_purchases", needs=ENOUGH_FIRST_PURCHASES, has=has)
    first, again = _fit(np.vstack(first_x), firsts), _fit(np.vstack(again_x), repeats)
    lens = fit_lens(record, targets, day=day, belongs=belongs, kin=kin, described=described)
    return InterestModel(lens, first, again)


def predict_interest(model: InterestModel, record: Record) -> Floats:
    """Return the probability that each customer of `record` buys each target: (customers, targets).

    The customers may be a chunk. Those who never ordered get what their lack of history says.
    """
    lens = model.lens
    sight = look(record, lens)
    slope = model.first.weights / model.first.scale
    width, item_width = sight.customers.shape[1], lens.items.shape[1]
    own = sight.customers @ slope[:width]
    item = lens.items @ slope[width : width + item_width]
    constant = model.first.intercept - float(model.first.centre @ slope)
    result = own[:, None] + (item + constant)
    for affinity, weight in zip(sight.affinities, slope[width + item_width :], strict=True):
        result += weight * affinity
    result = logistic(result)
    rows = np.flatnonzero(sight.position >= 0)
    result[sight.had.customer[rows], sight.position[rows]] = model.again.probability(
        _again_features(sight, lens, rows)
    )
    return result


def bought_within(record: Record, targets: Integers, *, first: int, after: int) -> Flags:
    """Return who bought which target on days first <= day < after: (customers, targets)."""
    place = np.full(record.level.item_count, -1, np.int64)
    place[targets] = np.arange(targets.size)
    bought = record.level.within(first, after)
    chosen = place[bought.item] >= 0
    result = np.zeros((record.customer_count, targets.size), np.bool_)
    result[bought.customer[chosen], place[bought.item[chosen]]] = True
    return result


def _never(sight: Sight, lens: Lens) -> Flags:
    never = np.ones((sight.active.size, lens.targets.size), np.bool_)
    rows = sight.position >= 0
    never[sight.had.customer[rows], sight.position[rows]] = False
    return never


def _first_features(sight: Sight, lens: Lens, customer: Integers, target: Integers) -> Floats:
    return np.column_stack(
        [
            sight.customers[customer],
            lens.items[target],
            *(affinity[customer, target] for affinity in sight.affinities),
        ]
    )


def _again_features(sight: Sight, lens: Lens, rows: Integers) -> Floats:
    customer, target = sight.had.customer[rows], sight.position[rows]
    return np.hstack([_first_features(sight, lens, customer, target), sight.again[rows]])


def _tells(outcome: Floats) -> bool:
    """Whether a regime can be learned: both it and its opposite happened often enough."""
    hits = float(outcome.sum())
    return min(hits, outcome.size - hits) >= ENOUGH_REPEAT_PURCHASES


def _fit(features: Floats, outcome: Floats) -> Regression:
    if _tells(outcome):
        return fit_logistic(features, outcome, ridge=RIDGE)
    hits, width = float(outcome.sum()), features.shape[1]
    odds = (hits + 0.5) / (outcome.size - hits + 0.5)
    return Regression(np.zeros(width), np.ones(width), np.zeros(width), float(np.log(odds)))
