"""Intervals hold what they promise, and churn risk is read at each customer's own pace."""

from __future__ import annotations

import numpy as np
import pytest

from analytics.predictive.intervals import (
    HIGH_RISK,
    LOW_RISK,
    MEDIUM_RISK,
    chance_within,
    churn_risk,
    days_until_likely,
    revenue_interval,
)

HORIZONS = (30, 90, 365)


@pytest.mark.parametrize("mean", [0.3, 3.0, 30.0])
def test_four_of_five_outcomes_lie_inside(mean: float):
    random = np.random.default_rng(5)
    count = random.negative_binomial(2, 2 / (2 + mean), 20_000)
    revenue = 50 * random.gamma(np.maximum(4.0 * count, 1e-9), 1 / 4) * (count > 0)
    chance = 1 - (2 / (2 + mean)) ** 2
    low, high = revenue_interval(
        np.array([chance]),
        np.array([mean]),
        np.array([50.0]),
        overdispersion=np.array([0.5]),
        value_variance=np.array([50.0**2 / 4]),
    )
    assert (revenue < low).mean() <= 0.12
    assert (revenue > high).mean() == pytest.approx(0.1, abs=0.02)


def test_nothing_expected_is_nothing_between_zero_and_zero():
    zero = np.zeros(3)
    low, high = revenue_interval(
        np.array([0.0, 0.5, 1.0]), zero, zero, overdispersion=zero, value_variance=zero
    )
    assert low.tolist() == high.tolist() == [0, 0, 0]


def test_the_chance_within_own_days_passes_through_the_horizons():
    chance = np.tile([0.2, 0.5, 0.9], (6, 1))
    days = np.array([0.0, 30, 90, 365, 1_000, 60])
    found = chance_within(chance, HORIZONS, days)
    assert found[:5] == pytest.approx([0, 0.2, 0.5, 0.9, 0.9])
    assert 0.2 < found[5] < 0.5


def test_the_same_forecast_worries_less_for_a_yearly_buyer_than_for_a_monthly_one():
    risk, label = churn_risk(np.tile([0.2, 0.5, 0.9], (3, 1)), HORIZONS, np.array([30, 90, 365.0]))
    assert risk == pytest.approx([0.8, 0.5, 0.1])
    assert label.tolist() == [HIGH_RISK, MEDIUM_RISK, LOW_RISK]


def test_certainty_stays_finite():
    risk, _label = churn_risk(np.array([[1.0, 1, 1], [0, 0, 0]]), HORIZONS, np.array([60.0, 60]))
    assert risk == pytest.approx([0, 1])


def test_an_order_is_likely_from_the_day_on_which_its_chance_reaches_a_half():
    chance = np.array(
        [[0.5, 0.6, 0.7], [0.2, 0.5, 0.9], [0.1, 0.2, 0.3], [0.4, 0.8, 0.9], [1, 1, 1]]
    )
    days, reached = days_until_likely(chance, HORIZONS)
    assert reached.tolist() == [True, True, False, True, True]
    assert days[:3] == pytest.approx([30, 90, 365])
    assert chance_within(chance[3:4], HORIZONS, days[3:4])[0] == pytest.approx(0.5)
    assert 0 < days[4] < 2
