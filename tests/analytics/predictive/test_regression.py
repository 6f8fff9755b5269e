"""The regressions recover what made the data, shrink when told to, and refuse what cannot be."""

from __future__ import annotations

import numpy as np
import pytest

from analytics.models import Shortage
from analytics.predictive.regression import (
    LACKING,
    NotEnoughDataError,
    fit_logistic,
    fit_poisson,
    logistic,
)


def features(rows: int) -> np.ndarray:
    random = np.random.default_rng(4)
    return np.column_stack([random.normal(3, 2, rows), random.normal(0, 0.1, rows)])


def test_logistic_recovers_the_slopes_and_the_intercept():
    x = features(40_000)
    truth = logistic(-2 + 0.5 * x[:, 0] + 4 * x[:, 1])
    y = (np.random.default_rng(5).random(len(x)) < truth).astype(float)
    model = fit_logistic(x, y)
    assert model.weights / model.scale == pytest.approx([0.5, 4], rel=0.1)
    assert model.probability(np.zeros((1, 2)))[0] == pytest.approx(
        logistic(np.array(-2.0)), rel=0.1
    )
    assert model.probability(x).mean() == pytest.approx(y.mean(), rel=1e-6)


def test_poisson_recovers_the_slopes_and_the_total():
    x = features(40_000)
    y = np.random.default_rng(6).poisson(np.exp(-1 + 0.3 * x[:, 0] - 3 * x[:, 1])).astype(float)
    model = fit_poisson(x, y)
    assert model.weights / model.scale == pytest.approx([0.3, -3], rel=0.05)
    assert model.expected_count(x).sum() == pytest.approx(y.sum(), rel=1e-6)


def test_a_weight_repeats_a_row():
    x = features(200)
    y = (x[:, 0] > 3).astype(float)
    weight = np.where(np.arange(200) < 50, 3.0, 1.0)
    repeated = np.repeat(np.arange(200), weight.astype(int))
    weighted = fit_logistic(x, y, weight=weight)
    copied = fit_logistic(x[repeated], y[repeated])
    assert weighted.probability(x) == pytest.approx(copied.probability(x), abs=1e-6)


def test_ridge_keeps_separable_data_finite_and_a_constant_feature_harmless():
    x = np.column_stack([np.arange(20.0), np.ones(20)])
    y = (np.arange(20) >= 10).astype(float)
    loose, tight = fit_logistic(x, y, ridge=0.1), fit_logistic(x, y, ridge=10)
    assert np.isfinite(loose.weights).all()
    assert loose.weights[0] > tight.weights[0] > 0
    assert loose.weights[1] == 0


@pytest.mark.parametrize(("outcome", "lacks"), [(0.0, "came"), (1.0, "stayed")])
def test_one_outcome_alone_is_not_enough(outcome: float, lacks: str):
    with pytest.raises(NotEnoughDataError, match="needs 1 customers who") as refused:
        fit_logistic(np.arange(5.0)[:, None], np.full(5, outcome))
    assert (refused.value.what, refused.value.needs, refused.value.has) == (lacks, 1, 0)


def test_everything_that_may_be_lacking_is_a_shortage():
    assert set(LACKING) == set(Shortage.values)
