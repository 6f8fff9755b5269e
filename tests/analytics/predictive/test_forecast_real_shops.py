"""On real shops the forecasts beat the plain rules by what was promised."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from analytics.predictive import forecast
from benchmarks import predictions

pytestmark = [
    pytest.mark.data,
    pytest.mark.once,
    pytest.mark.skipif(
        not predictions.FOLDER.is_dir(),
        reason="The real shop data is not there; set REGULARS_SHARED_DATA to its folder.",
    ),
]


@pytest.mark.parametrize("shop", ["webshop", "grocery"])
def test_who_orders_again_and_how_often(shop: str):
    days = predictions.read(shop)
    today = predictions.DAYS[shop].toordinal()
    found = forecast.predict(forecast.fit(days, today=today), days, today=today)
    for place, horizon in enumerate(predictions.HORIZONS):
        count = days.within(today, today + horizon).counts()[found.customer]
        ordered = (count > 0).astype(float)
        area, _error = predictions.auc(found.probability[:, place], ordered)
        assert area >= predictions.AUC_TARGETS[shop][place]
        error = np.abs(found.orders[:, place] - count).mean()
        # A hundredth of the goal is far inside what another week would change.
        assert error <= predictions.ERROR_TARGETS[shop][place] * 1.01
    assert all((earlier <= later).all() for earlier, later in pairwise(found.probability.T))


def test_the_yardsticks_themselves():
    score, ordered = np.array([1.0, 2, 2, 3]), np.array([0.0, 0, 1, 1])
    assert predictions.auc(score, ordered)[0] == pytest.approx(0.875)
    assert predictions.auc(np.ones(4), ordered)[0] == pytest.approx(0.5)
    chance = np.repeat([0.2, 0.8], 50)
    assert predictions.calibration_error(chance, np.zeros(100)) == pytest.approx(0.5)
