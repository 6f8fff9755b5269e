"""From which probability on a customer counts as interested, and the sparse result above it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analytics.predictive.frames import Flags, Floats, Integers

MEDIUM, HIGH = 1, 2
TOP_SHARE = 0.10
TOP_SHARE_UNTESTED = 0.025
ENOUGH_BUYERS = 20


@dataclass(frozen=True)
class Limits:
    """Per target (t,) the least probability of medium and of high interest, medium <= high."""

    medium: Floats
    high: Floats


@dataclass(frozen=True)
class Interests:
    """The pairs above the limit: customer and target places, probability, MEDIUM or HIGH."""

    customer: Integers
    target: Integers
    score: Floats
    strength: Integers


def best_f1(score: Floats, hit: Flags) -> float:
    """Return the score from which on naming customers balances precision and recall best.

    The limit with the largest F1 = 2 hits named / (named + hits in all), each distinct score a
    candidate.
    """
    order = np.argsort(-score, kind="stable")
    ordered = score[order]
    last = np.append(ordered[1:] != ordered[:-1], True)
    named = np.arange(1, score.size + 1)
    f1 = 2.0 * np.cumsum(hit[order]) / (named + hit.sum())
    return float(ordered[int(np.argmax(np.where(last, f1, -1.0)))])


def best_limits(judged: Floats, bought: Flags) -> Floats:
    """Return the limit with the best F1 per target (t,), NaN where fewer than 20 customers bought.

    `judged` and `bought` (customers then, targets) come from the back-test.
    """
    best = np.full(judged.shape[1], np.nan)
    for target in np.flatnonzero(bought.sum(axis=0) >= ENOUGH_BUYERS).tolist():
        best[target] = best_f1(judged[:, target], bought[:, target])
    return best


def limits_between(probability: Floats, best: Floats) -> Limits:
    """Return the limits for the probabilities (customers, targets) of today.

    A target with a best limit (t,) has two: that one, and the top 10 % of today; the stricter is
    high interest, the looser medium. Where the best is NaN high is a quarter of those: the top
    2.5 %.
    """
    if not probability.size:
        nothing = np.ones(probability.shape[1])
        return Limits(nothing, nothing)
    top = _reached_by(probability, TOP_SHARE)
    best = np.where(np.isnan(best), _reached_by(probability, TOP_SHARE_UNTESTED), best)
    return Limits(np.minimum(top, best), np.maximum(top, best))


def _reached_by(probability: Floats, share: float) -> Floats:
    """Return per target (t,) the probability that this share of the customers reaches."""
    place = max(round(probability.shape[0] * share) - 1, 0)
    return -np.partition(-probability, place, axis=0)[place].astype(np.float64)


def operating_limits(
    probability: Floats, *, judged: Floats | None = None, bought: Flags | None = None
) -> Limits:
    """Return the limits for the probabilities of today, as learned from a back-test, if any."""
    best = np.full(probability.shape[1], np.nan)
    if judged is not None and bought is not None:
        best = best_limits(judged, bought)
    return limits_between(probability, best)


def interested(probability: Floats, limits: Limits) -> Interests:
    """Return the pairs of a chunk (customers, targets) that reach the limits."""
    customer, target = np.nonzero(probability >= limits.medium)
    score = probability[customer, target]
    strength = np.where(score >= limits.high[target], HIGH, MEDIUM)
    return Interests(customer, target, score, strength)
