"""On real shops predictions stay as good as they were, and beat the plain rules by what was
promised.

The floors lie a little under the figures of docs/predictions.md: about half a standard error.
"""

from __future__ import annotations

from functools import cache
from itertools import pairwise

import numpy as np
import pytest

from analytics.predictive import judging
from benchmarks import interest_tables, orders_again
from benchmarks.interest_data import FOLDER, SPLITS, ShopData, read_shop
from benchmarks.interest_rules import over_targets

pytestmark = [
    pytest.mark.data,
    pytest.mark.once,
    pytest.mark.skipif(
        not FOLDER.is_dir(),
        reason="The real shop data is not there; set REGULARS_SHARED_DATA to its folder.",
    ),
]
# The coming autumn of the webshop is not in its nine months of history: its probabilities are low.
LARGEST_CALIBRATION_ERRORS = {"webshop": (0.045, 0.095), "grocery": (0.02, 0.02)}
# Level: AUC of all, AUC of those who never bought it, lift among these, calibration error.
INTEREST = {
    "category": (0.782, 0.684, 2.4, 0.02),
    "brand": (0.810, 0.706, 2.6, 0.015),
    "product": (0.846, 0.740, 3.7, 0.003),
}
LISTS = (0.32, 0.105)


@cache
def webshop() -> ShopData:
    return read_shop("webshop")


@pytest.mark.parametrize("shop", ["webshop", "grocery"])
def test_who_orders_again_and_how_often(shop: str):
    days = orders_again.read(shop)
    today = SPLITS[shop].toordinal()
    found = orders_again.forecasts(days, today=today)
    for place, horizon in enumerate(orders_again.HORIZONS):
        count = days.within(today, today + horizon).counts()[found.customer]
        chance, ordered = found.probability[:, place], count > 0
        area = judging.auc(chance, ordered)
        assert area is not None
        assert area >= orders_again.AUC_TARGETS[shop][place]
        error = np.abs(found.orders[:, place] - count).mean()
        # A hundredth of the goal is far inside what another week would change.
        assert error <= orders_again.ERROR_TARGETS[shop][place] * 1.01
        gap = judging.calibration_error(chance, ordered)
        assert gap is not None
        assert gap <= LARGEST_CALIBRATION_ERRORS[shop][place]
    assert all((earlier <= later).all() for earlier, later in pairwise(found.probability.T))


@pytest.mark.parametrize("level", list(INTEREST))
def test_who_wants_what(level: str):
    found = interest_tables.judged(
        webshop(), level, day=SPLITS["webshop"].toordinal(), horizon_days=30
    )
    everyone, never, lift, gap = INTEREST[level]
    assert over_targets(found.probability, found.bought, found.everyone)[0] >= everyone
    area, among_best, judged = over_targets(found.probability, found.bought, found.never)
    assert judged >= 25
    assert area >= never
    assert among_best >= lift
    assert found.error <= gap


def test_what_is_recommended():
    day = SPLITS["webshop"].toordinal()
    (ours,) = interest_tables.recommendation_rows(webshop(), day=day, with_plain=False)
    assert float(str(ours[1])) >= LISTS[0]
    assert float(str(ours[2])) >= LISTS[1]
