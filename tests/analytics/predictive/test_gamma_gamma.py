"""Gamma-Gamma recovers simulated shops and draws single orders towards the shop's mean."""

from __future__ import annotations

import numpy as np
import pytest

from analytics.predictive import gamma_gamma
from analytics.predictive.gamma_gamma import GammaGamma
from analytics.predictive.regression import NotEnoughDataError

PUBLISHED = GammaGamma(6.25, 3.74, 15.44)


def simulated(model: GammaGamma, *, customers: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    orders = random.integers(1, 9, customers).astype(float)
    rate = random.gamma(model.q, 1 / model.v, customers)
    return orders, random.gamma(model.p * orders, 1 / rate) / orders


def test_a_simulated_shop_is_recovered():
    model = gamma_gamma.fit(*simulated(PUBLISHED, customers=40_000, seed=1))
    assert (model.p, model.q, model.v) == pytest.approx((6.25, 3.74, 15.44), rel=0.05)


def test_the_expected_value_lies_between_own_and_shop_mean_and_nears_the_own():
    shop = PUBLISHED.expected_value(np.array([0.0]), np.array([0.0]))[0]
    assert shop == pytest.approx(6.25 * 15.44 / 2.74)
    few, many = PUBLISHED.expected_value(np.array([1.0, 500.0]), np.array([200.0, 200.0]))
    assert shop < few < many < 200
    assert many == pytest.approx(200, rel=0.01)


def test_the_currency_unit_does_not_matter():
    orders, mean = simulated(PUBLISHED, customers=3_000, seed=2)
    small, large = gamma_gamma.fit(orders, mean), gamma_gamma.fit(orders, mean * 1_000)
    assert large.expected_value(orders, mean * 1_000) == pytest.approx(
        small.expected_value(orders, mean) * 1_000, rel=1e-4
    )


def test_orders_without_a_value_are_left_out():
    orders, mean = simulated(PUBLISHED, customers=3_000, seed=3)
    more = np.append(orders, np.zeros(50)), np.append(mean, np.zeros(50))
    assert gamma_gamma.fit(*more) == gamma_gamma.fit(orders, mean)


def test_a_shop_of_single_orders_says_what_it_lacks():
    with pytest.raises(NotEnoughDataError, match="needs 30 customers who ordered again"):
        gamma_gamma.fit(np.ones(400), np.full(400, 20.0))


def test_equal_prices_everywhere_give_that_price():
    model = gamma_gamma.fit(np.full(100, 3.0), np.full(100, 20.0))
    assert model.expected_value(np.array([3.0]), np.array([20.0]))[0] == pytest.approx(20, rel=0.01)
