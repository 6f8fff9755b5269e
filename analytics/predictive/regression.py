"""Ridge regressions for yes/no and for counts, fitted by iteratively reweighted least squares.

Nelder & Wedderburn, Generalized Linear Models, Journal of the Royal Statistical Society A 135
(1972): each Newton step solves (X'WX + ridge) step = X'(y - mean) - ridge * weights. Features are
standardised, so one ridge means the same for all of them; the intercept is never shrunk.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from analytics.predictive.frames import Floats

STEPS = 50
TOLERANCE = 1e-8
LARGEST_EXPONENT = 30.0
HALVINGS = 20


# What a shop may lack, by the keys of `analytics.models.Shortage`.
LACKING = {
    "customers": "customers with an order",
    "repeaters": "customers who ordered again",
    "history": "days of history",
    "came": "customers who ordered in the window",
    "stayed": "customers who did not order in the window",
    "first_purchases": "first purchases in the windows",
    "repeat_purchases": "repeat purchases in the windows",
    "targets": "categories, brands, products or keywords with enough buyers",
    "buyers": "buyers in the window",
}


class NotEnoughDataError(ValueError):
    """A model cannot be fitted: it needs more of something than the shop has.

    `what` is a key of `LACKING`.
    """

    def __init__(self, what: str, *, needs: int, has: int) -> None:
        super().__init__(f"Not enough data: needs {needs:,} {LACKING[what]}, has {has:,}.")
        self.what, self.needs, self.has = what, needs, has


@dataclass(frozen=True)
class Regression:
    """A fitted regression: `intercept + (features - centre) / scale @ weights`, before the link."""

    centre: Floats
    scale: Floats
    weights: Floats
    intercept: float

    def linear(self, features: Floats) -> Floats:
        """Return the linear predictor of features (n, k): (n,)."""
        slope = self.weights / self.scale
        return features @ slope + (self.intercept - float(self.centre @ slope))

    def probability(self, features: Floats) -> Floats:
        """Return the probability a logistic regression gives features (n, k): (n,)."""
        return logistic(self.linear(features))

    def expected_count(self, features: Floats) -> Floats:
        """Return the count a Poisson regression expects for features (n, k): (n,)."""
        return np.exp(np.minimum(self.linear(features), LARGEST_EXPONENT))


def logistic(value: Floats) -> Floats:
    """Return 1 / (1 + exp(-value)) without overflow."""
    return 1.0 / (1.0 + np.exp(-np.clip(value, -LARGEST_EXPONENT, LARGEST_EXPONENT)))


def fit_logistic(
    features: Floats, target: Floats, *, weight: Floats | None = None, ridge: float = 1.0
) -> Regression:
    """Fit the probability that `target` (n,) is 1 on features (n, k); `weight` repeats rows."""

    if target.size and float(target.min()) >= 1:
        raise NotEnoughDataError("stayed", needs=1, has=0)

    def mean_and_variance(linear: Floats) -> tuple[Floats, Floats]:
        mean = logistic(linear)
        return mean, mean * (1.0 - mean)

    def loss(linear: Floats) -> Floats:
        return np.logaddexp(0.0, linear) - target * linear

    def link(mean: float) -> float:
        return float(np.log(mean / (1.0 - mean)))

    return _fit(features, target, weight, ridge, mean_and_variance, loss, link)


def fit_poisson(
    features: Floats, target: Floats, *, weight: Floats | None = None, ridge: float = 1.0
) -> Regression:
    """Fit the expected count `target` (n,) on features (n, k); `weight` repeats rows."""

    def mean_and_variance(linear: Floats) -> tuple[Floats, Floats]:
        mean = np.exp(np.minimum(linear, LARGEST_EXPONENT))
        return mean, mean

    def loss(linear: Floats) -> Floats:
        return np.exp(np.minimum(linear, LARGEST_EXPONENT)) - target * linear

    def link(mean: float) -> float:
        return float(np.log(mean))

    return _fit(features, target, weight, ridge, mean_and_variance, loss, link)


def _fit(
    features: Floats,
    target: Floats,
    weight: Floats | None,
    ridge: float,
    mean_and_variance: Callable[[Floats], tuple[Floats, Floats]],
    loss: Callable[[Floats], Floats],
    link: Callable[[float], float],
) -> Regression:
    rows, width = features.shape
    repeats = np.ones(rows) if weight is None else weight
    total = float(repeats.sum())
    hits = float(repeats @ target)
    if hits <= 0:
        raise NotEnoughDataError("came", needs=1, has=0)
    centre = repeats @ features / total
    scale = np.sqrt(repeats @ (features - centre) ** 2 / total)
    scale[scale < 1e-12] = 1.0
    design = np.column_stack([np.ones(rows), (features - centre) / scale])
    penalty = np.full(width + 1, ridge)
    penalty[0] = 0.0
    weights = np.zeros(width + 1)
    weights[0] = link(hits / total)

    def objective(candidate: Floats) -> float:
        return float(repeats @ loss(design @ candidate) + penalty @ candidate**2 / 2)

    reached = objective(weights)
    for _step in range(STEPS):
        mean, variance = mean_and_variance(design @ weights)
        gradient = design.T @ (repeats * (target - mean)) - penalty * weights
        curvature = (design * (repeats * variance)[:, None]).T @ design
        step = np.linalg.solve(curvature + np.diag(penalty + 1e-9), gradient)
        for _halving in range(HALVINGS):
            following = objective(weights + step)
            if following <= reached:
                break
            step /= 2
        else:
            break
        weights = weights + step
        gained, reached = reached - following, following
        if gained <= TOLERANCE * (abs(reached) + 1):
            break
    return Regression(centre, scale, weights[1:], float(weights[0]))
