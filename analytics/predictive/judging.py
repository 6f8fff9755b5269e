"""How well scores and probabilities did: the figures of a back-test, from arrays.

`score` and `chance` (n,) say what was predicted of each case, `hit` (n,) what came of it: true or
above zero where it happened. Figures that do not exist, such as an area without any hit, are None.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analytics.predictive.frames import Floats, Integers

Hits = NDArray[np.bool_] | Floats | Integers

GROUPS = 10
BEST_SHARE = 0.10
LISTED = 10


def _happened(hit: Hits) -> NDArray[np.bool_]:
    return np.asarray(hit, np.float64) > 0


def _mean_ranks(score: Floats) -> Floats:
    """Return ranks from 1; equal scores share the mean of their ranks."""
    _values, place, count = np.unique(score, return_inverse=True, return_counts=True)
    last = np.cumsum(count)
    mean: Floats = (last - (count - 1) / 2)[place]
    return mean


def auc(score: Floats, hit: Hits) -> float | None:
    """Return the chance that a hit is scored above a miss, ties by mean rank (Mann-Whitney)."""
    is_hit = _happened(hit)
    hits = int(is_hit.sum())
    misses = is_hit.size - hits
    if not hits or not misses:
        return None
    return float((_mean_ranks(score)[is_hit].sum() - hits * (hits + 1) / 2) / (hits * misses))


def auc_error(area: float, hit: Hits) -> float:
    """Return the standard error of an area: Hanley & McNeil, Radiology 143 (1982)."""
    hits = float(_happened(hit).sum())
    misses = float(np.size(hit)) - hits
    first, second = area / (2 - area), 2 * area**2 / (1 + area)
    spread = area * (1 - area) + (hits - 1) * (first - area**2)
    spread += (misses - 1) * (second - area**2)
    return float(np.sqrt(spread / (hits * misses)))


def best(score: Floats, *, share: float = BEST_SHARE) -> Integers:
    """Return the places of the best-scored share of the cases, at least one, best first.

    Of equal scores the earlier case comes first.
    """
    count = min(max(1, round(score.size * share)), score.size)
    return np.argsort(-score, kind="stable")[:count]


def lift(score: Floats, hit: Hits, *, share: float = BEST_SHARE) -> float | None:
    """Return the share of hits among the best-scored over the share among all."""
    among = _happened(hit).astype(np.float64)
    if not among.size or not among.sum():
        return None
    return float(among[best(score, share=share)].mean() / among.mean())


def brier(chance: Floats, hit: Hits) -> float | None:
    """Return the mean squared distance of the probabilities from what came."""
    was = _happened(hit).astype(np.float64)
    return float(np.mean((chance - was) ** 2)) if was.size else None


@dataclass(frozen=True)
class Tenth:
    """A group of cases with neighbouring probabilities: how many, foreseen and seen share."""

    cases: int
    predicted: float
    observed: float


def tenths(chance: Floats, hit: Hits) -> list[Tenth]:
    """Return ten groups of equal size by rising probability; fewer where there are fewer cases."""
    was = _happened(hit).astype(np.float64)
    groups = np.array_split(np.argsort(chance, kind="stable"), GROUPS)
    return [
        Tenth(group.size, float(chance[group].mean()), float(was[group].mean()))
        for group in groups
        if group.size
    ]


def calibration_error(chance: Floats, hit: Hits) -> float | None:
    """Return the mean gap between predicted and observed share over ten groups of equal size."""
    groups = tenths(chance, hit)
    if not groups:
        return None
    return float(np.mean([abs(group.predicted - group.observed) for group in groups]))


def bias(predicted: float, actual: float) -> float | None:
    """Return by which share a predicted total is above (or below) the actual one."""
    return predicted / actual - 1 if actual > 0 else None


def ndcg(listed: Integers, wanted: set[int]) -> float:
    """Return the discounted gain of a list against the ideal one over its first ten, 0 to 1.

    Jarvelin & Kekalainen, ACM Transactions on Information Systems 20 (2002), gains of 0 and 1;
    `wanted` must not be empty.
    """
    discount = 1 / np.log2(np.arange(2, LISTED + 2))
    named = listed[:LISTED].tolist()
    gained = sum(discount[place] for place, item in enumerate(named) if item in wanted)
    return float(gained / discount[: min(LISTED, len(wanted))].sum())
