"""The plain rules that interest and recommendations are judged beside, and how they are judged."""

from __future__ import annotations

import numpy as np
from scipy.stats import rankdata

from analytics.predictive.frames import Flags, Floats, Integers
from analytics.predictive.interest_features import HALF_LIFE_DAYS, Record, customer_features
from analytics.predictive.purchases import pairs

ENOUGH_BUYERS = 5
RECENT_DAYS = 60
LISTED = 10


def auc(score: Floats, hit: Flags) -> float:
    """Return the chance that a buyer is scored above a non-buyer, ties by mean rank."""
    hits, misses = hit.sum(), (~hit).sum()
    return float((rankdata(score)[hit].sum() - hits * (hits + 1) / 2) / (hits * misses))


def lift(score: Floats, hit: Flags, *, share: float = 0.10) -> float:
    """Return the share of buyers among the best-scored against that among all."""
    named = np.argsort(-score, kind="stable")[: max(1, round(score.size * share))]
    return float(hit[named].mean() / hit.mean())


def over_targets(score: Floats, hit: Flags, among: Flags) -> tuple[float, float, int]:
    """Return mean AUC, mean lift in the top 10 % and the number of targets with >= 5 buyers."""
    aucs, lifts = [], []
    for target in range(hit.shape[1]):
        chosen = among[:, target]
        hits = hit[chosen, target]
        if hits.sum() >= ENOUGH_BUYERS and not hits.all():
            aucs.append(auc(score[chosen, target], hits))
            lifts.append(lift(score[chosen, target], hits))
    return float(np.mean(aucs)), float(np.mean(lifts)), len(aucs)


def calibration_error(score: Floats, hit: Flags) -> float:
    """Return the mean gap between predicted and observed share over ten equal-sized groups."""
    groups = np.array_split(np.argsort(score, kind="stable"), 10)
    return float(np.mean([abs(score[group].mean() - hit[group].mean()) for group in groups]))


def ndcg(listed: Integers, wanted: set[int]) -> float:
    """Return the discounted gain of a list of ten against the ideal one over min(10, size)."""
    discount = 1 / np.log2(np.arange(2, LISTED + 2))
    gained = sum(discount[place] for place, item in enumerate(listed.tolist()) if item in wanted)
    return float(gained / discount[: min(LISTED, len(wanted))].sum())


def plain_scores(record: Record, targets: Integers, *, day: int) -> dict[str, Floats]:
    """Return what the plain rules say: one (customers, targets) table per rule."""
    had = pairs(record.level, day=day, half_life_days=HALF_LIFE_DAYS)
    binary = had.matrix(np.ones(had.count.size))
    size = np.sqrt(np.maximum(np.bincount(had.item, minlength=had.item_count), 1))
    wanted = binary[:, targets]
    alike = np.asarray((binary.multiply(1 / size).tocsr() @ binary.T).todense(), np.float64)
    cosine = np.asarray(alike @ wanted) / size[targets] - wanted.toarray()
    recent = record.level.within(day - RECENT_DAYS, day).item
    popularity = np.bincount(recent, minlength=had.item_count)[targets].astype(np.float64)
    activity = customer_features(record, day=day)[0][:, 3]
    count = had.customer_count
    return {
        "own count": had.matrix(had.count.astype(np.float64))[:, targets].toarray(),
        "own count, half-life 60 d": had.matrix(had.recent)[:, targets].toarray(),
        "overall activity": np.repeat(activity[:, None], targets.size, axis=1),
        "item-item cosine": cosine,
        "popularity of 60 days": np.repeat(popularity[None, :], count, axis=0),
    }
