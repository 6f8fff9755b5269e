"""Between which amounts a customer's coming revenue lies, and how likely they are to stay away."""

from __future__ import annotations

import numpy as np
from scipy.special import gammaincinv

from analytics.predictive.frames import Flags, Floats, Integers

LOW_SHARE, HIGH_SHARE = 0.10, 0.90
LEAST_SPREAD = 1e-3
LOW_RISK, MEDIUM_RISK, HIGH_RISK = range(3)
LOW_BELOW, HIGH_ABOVE = 0.33, 0.66


def revenue_interval(
    probability: Floats,
    orders: Floats,
    order_value: Floats,
    *,
    overdispersion: Floats,
    value_variance: Floats,
) -> tuple[Floats, Floats]:
    """Return the amounts (n,) below which revenue stays with 10 % and with 90 % probability.

    Revenue is 0 with 1 - `probability`, otherwise Gamma with the mean and variance that remain of
    a sum of N orders: E[N] = `orders`, Var[N] = E + `overdispersion` E^2, each worth `order_value`
    with `value_variance` (Var[sum] = Var[N] v^2 + E[N] var).
    """
    chance = np.clip(probability, 1e-9, 1.0)
    mean = orders * order_value
    variance = (orders + overdispersion * orders**2) * order_value**2 + orders * value_variance
    given = mean / chance
    spread = np.maximum((variance + mean**2) / chance - given**2, LEAST_SPREAD * given**2)
    worth = given > 0
    shape = np.where(worth, given**2 / np.where(worth, spread, 1.0), 1.0)
    scale = np.where(worth, given / shape, 0.0)

    def quantile(share: float) -> Floats:
        inside = np.clip((share - (1.0 - chance)) / chance, 0.0, 1.0)
        return np.asarray(gammaincinv(shape, inside) * scale, np.float64)

    return quantile(LOW_SHARE), quantile(HIGH_SHARE)


def chance_within(probability: Floats, horizons: tuple[int, ...], days: Floats) -> Floats:
    """Return the probability (n,) of an order within each customer's own `days`.

    `probability` (n, len(horizons)) rises with the horizons. In between, the cumulative hazard
    -ln(1 - P) runs straight; beyond the last horizon it stays as it is.
    """
    points, levels = _hazards(probability, horizons)
    own = np.clip(days, 0.0, points[-1])
    right = np.clip(np.searchsorted(points, own, side="left"), 1, points.size - 1)
    rows = np.arange(own.size)
    start, end = levels[rows, right - 1], levels[rows, right]
    part = (own - points[right - 1]) / (points[right] - points[right - 1])
    return -np.expm1(-(start + part * (end - start)))


def days_until_likely(
    probability: Floats, horizons: tuple[int, ...], *, share: float = 0.5
) -> tuple[Floats, Flags]:
    """Return after how many days (n,) an order has come with probability `share`, and who gets
    there within the last horizon; the others get that horizon.
    """
    points, levels = _hazards(probability, horizons)
    wanted = -np.log1p(-share)
    right = (levels < wanted).sum(axis=1)
    reached = right < points.size
    right = np.minimum(right, points.size - 1)
    rows = np.arange(right.size)
    start, end = levels[rows, right - 1], levels[rows, right]
    part = (wanted - start) / np.where(reached, end - start, 1.0)
    between = points[right - 1] + part * (points[right] - points[right - 1])
    return np.where(reached, between, points[-1]), reached


def _hazards(probability: Floats, horizons: tuple[int, ...]) -> tuple[Floats, Floats]:
    """Return days 0 and the horizons, and the cumulative hazard (n, 1 + len(horizons)) at them."""
    hazard = -np.log1p(-np.minimum(probability, 1.0 - 1e-12))
    points = np.array([0, *horizons], np.float64)
    return points, np.concatenate([np.zeros((len(hazard), 1)), hazard], axis=1)


def churn_risk(
    probability: Floats, horizons: tuple[int, ...], own_days: Floats
) -> tuple[Floats, Integers]:
    """Return 1 - P(at least one order within the own horizon) and its label: low under 33 %, high
    over 66 %.

    The own horizon is the silence after which a customer slips away (`cadence.patience`). Never the
    probability of having dropped out: BG/NBD puts that at 0 for everybody who ordered once.
    """
    risk = 1.0 - chance_within(probability, horizons, own_days)
    label = np.where(
        risk < LOW_BELOW, LOW_RISK, np.where(risk > HIGH_ABOVE, HIGH_RISK, MEDIUM_RISK)
    )
    return risk, label.astype(np.int64)
