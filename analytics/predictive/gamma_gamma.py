"""What an order of a customer is worth: the Gamma-Gamma model, fitted by maximum likelihood.

Fader & Hardie, The Gamma-Gamma Model of Monetary Value (note, 2013). Order values of a customer
vary around their own mean, and means around the shop's: value ~ Gamma(p, nu), nu ~ Gamma(q, v).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize
from scipy.special import gammaln, psi

from analytics.predictive.frames import Floats
from analytics.predictive.regression import NotEnoughDataError

ENOUGH_REPEATERS = 30
LARGEST_LOG = 12.0
# The mean over all customers, p v / (q - 1), exists only for q > 1.
LEAST_Q = 1.05


@dataclass(frozen=True)
class GammaGamma:
    """The three parameters of a shop; `v` in its currency."""

    p: float
    q: float
    v: float

    def expected_value(self, orders: Floats, mean_value: Floats) -> Floats:
        """Return the expected value (n,) of an order of customers with `orders` worth `mean_value`.

        Equation 5: p (v + x m) / (p x + q - 1), the own mean drawn towards the shop's; the shop's
        alone where `orders` is 0.
        """
        total = orders * np.where(orders > 0, mean_value, 0.0)
        return self.p * (self.v + total) / (self.p * orders + self.q - 1.0)

    def variance(self, orders: Floats, mean_value: Floats) -> Floats:
        """Return the variance (n,) of a single order around its customer's mean.

        A Gamma(p, nu) value has variance mean^2 / p; the mean is taken at its expectation.
        """
        return self.expected_value(orders, mean_value) ** 2 / self.p


def fit(orders: Floats, mean_value: Floats) -> GammaGamma:
    """Return the parameters of greatest likelihood from orders (n,) and their mean values (n,).

    Customers without a valued order are left out; needs 30 with two or more, because only they tell
    the spread within a customer from that between customers. Equation 1a, in logs.
    """
    known = (orders > 0) & (mean_value > 0)
    repeaters = int((orders[known] > 1).sum())
    if repeaters < ENOUGH_REPEATERS:
        raise NotEnoughDataError("repeaters", needs=ENOUGH_REPEATERS, has=repeaters)
    x = orders[known]
    unit = float(np.average(mean_value[known], weights=x))
    m = mean_value[known] / unit
    log_m, log_x = np.log(m), np.log(x)

    def loss(logs: Floats) -> tuple[float, Floats]:
        p, v = float(np.exp(logs[0])), float(np.exp(logs[2]))
        q = LEAST_Q + float(np.exp(logs[1]))
        shape, rate = p * x + q, v + x * m
        log_rate = np.log(rate)
        each = (
            gammaln(shape)
            - gammaln(p * x)
            - gammaln(q)
            + q * np.log(v)
            + (p * x - 1.0) * log_m
            + p * x * log_x
            - shape * log_rate
        )
        slope = np.array(
            [
                p * np.mean(x * (psi(shape) - psi(p * x) + log_m + log_x - log_rate)),
                (q - LEAST_Q) * np.mean(psi(shape) - psi(q) + np.log(v) - log_rate),
                np.mean(q - v * shape / rate),
            ]
        )
        return -float(each.mean()), -slope

    found = minimize(
        loss,
        np.array([0.5, 0.5, 0.5]),
        jac=True,
        method="SLSQP",
        bounds=[(-LARGEST_LOG, LARGEST_LOG)] * 3,
        options={"maxiter": 500, "ftol": 1e-13},
    )
    p, above, v = (float(value) for value in np.exp(found.x))
    return GammaGamma(p, LEAST_Q + above, v * unit)
