"""How much more or less is ordered in the coming weeks than in the weeks a model learned from."""

from __future__ import annotations

import numpy as np

from analytics.predictive.frames import Integers

YEAR_DAYS = 365
LEAST_INDEX, LARGEST_INDEX = 1 / 3, 3.0
PSEUDO_ORDERS = 200.0


def seasonal_index(day: Integers, *, today: int, days: int, anchors: list[int]) -> float:
    """Return last year's orders in the coming `days` over those in the windows from `anchors`.

    `day` holds an ordinal per order of the whole shop. Both are counted a year back, where nothing
    of the window to come is needed; growth over the distance between them is taken out with the
    growth of the last year over the year before, where there are two. 200 orders at the index 1
    steady a small shop. Exactly 1 where last year's windows are not in the data (under 13 months of
    history for 30 days) or the window is longer than a season.
    """
    day = np.sort(day[day < today])
    if not day.size or not anchors or days >= YEAR_DAYS / 2:
        return 1.0
    first = int(day[0])
    learned = [anchor - YEAR_DAYS for anchor in anchors if anchor - YEAR_DAYS >= first]
    if not learned:
        return 1.0
    coming = today - YEAR_DAYS

    def orders(start: int, length: int) -> float:
        return float(np.searchsorted(day, start + length) - np.searchsorted(day, start))

    usual = float(np.mean([orders(start, days) for start in learned]))
    distance = coming - float(np.mean(learned))
    growth = 1.0
    if today - 2 * YEAR_DAYS >= first:
        years = orders(today - YEAR_DAYS, YEAR_DAYS), orders(today - 2 * YEAR_DAYS, YEAR_DAYS)
        growth = ((years[0] + 1.0) / (years[1] + 1.0)) ** (distance / YEAR_DAYS)
    index = (orders(coming, days) / growth + PSEUDO_ORDERS) / (usual + PSEUDO_ORDERS)
    return float(np.clip(index, LEAST_INDEX, LARGEST_INDEX))
