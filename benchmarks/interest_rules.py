"""The plain rules that interest and recommendations are judged beside, and how they are judged."""

from __future__ import annotations

import numpy as np

from analytics.predictive import judging
from analytics.predictive.frames import Flags, Floats, Integers
from analytics.predictive.interest_features import HALF_LIFE_DAYS, Record, customer_features
from analytics.predictive.purchases import pairs

ENOUGH_BUYERS = 5
RECENT_DAYS = 60


def over_targets(score: Floats, hit: Flags, among: Flags) -> tuple[float, float, int]:
    """Return mean AUC, mean lift in the top 10 % and the number of targets with >= 5 buyers."""
    aucs, lifts = [], []
    for target in range(hit.shape[1]):
        chosen = among[:, target]
        hits = hit[chosen, target]
        if hits.sum() >= ENOUGH_BUYERS and not hits.all():
            aucs.append(judging.auc(score[chosen, target], hits) or 0.0)
            lifts.append(judging.lift(score[chosen, target], hits) or 0.0)
    return float(np.mean(aucs)), float(np.mean(lifts)), len(aucs)


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
