"""How many orders a customer will place: the BG/NBD model, fitted by maximum likelihood.

Fader, Hardie & Lee, "Counting Your Customers" the Easy Way: An Alternative to the Pareto/NBD Model,
Marketing Science 24(2), 2005. A customer orders at rate lambda ~ Gamma(r, alpha) while active and
drops out after an order with probability p ~ Beta(a, b). All times are days.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize
from scipy.special import betaincinv, gammaln, hyp2f1, psi

from analytics.predictive.frames import Flags, Floats
from analytics.predictive.regression import NotEnoughDataError

ENOUGH_REPEATERS = 30
LARGEST_LOG = 12.0
NEAR_SINGULAR = 1e-5
PARTS = 200


@dataclass(frozen=True)
class Recency:
    """Per customer (n,): repeat orders x, days t from the first order to the last, days T to now.

    x, t and T are `repeats`, `last` and `watched`; 0 <= last <= watched, and last = 0 where
    repeats = 0.
    """

    repeats: Floats
    last: Floats
    watched: Floats

    def where(self, chosen: Flags) -> Recency:
        """Return the chosen customers."""
        return Recency(self.repeats[chosen], self.last[chosen], self.watched[chosen])


@dataclass(frozen=True)
class BgNbd:
    """The four parameters of a shop; `alpha` in days."""

    r: float
    alpha: float
    a: float
    b: float

    def alive(self, seen: Recency) -> Floats:
        """Return the probability (n,) that customers have not dropped out.

        It is 1 for everybody who ordered once, so it never ranks customers by itself.
        """
        x, base = seen.repeats, self.b + seen.repeats - 1.0
        with np.errstate(divide="ignore", over="ignore"):
            odds = (
                np.log(self.a)
                - np.log(np.where(x > 0, base, 1.0))
                + (self.r + x) * np.log((self.alpha + seen.watched) / (self.alpha + seen.last))
            )
            return np.where(x > 0, 1.0 / (1.0 + np.exp(np.minimum(odds, 700.0))), 1.0)

    def probability(self, seen: Recency, *, days: float) -> Floats:
        """Return the probability (n,) of at least one order within the next `days`.

        Who is active at T stays so until the next order, and then lambda ~ Gamma(r + x, alpha + T)
        (the first term of equation 3), so the next order is later than t with probability
        ((alpha + T) / (alpha + T + t))^(r + x).
        """
        later = np.log1p(days / (self.alpha + seen.watched)) * (self.r + seen.repeats)
        return self.alive(seen) * -np.expm1(-later)

    def expected_orders(self, seen: Recency, *, days: float) -> Floats:
        """Return the orders (n,) expected within the next `days`: equation 10.

        Euler's transformation of its hypergeometric function, 2F1(A, B; C; z) =
        (1 - z)^(C - A - B) 2F1(C - A, C - B; C; z), leaves small parameters, which neither overflow
        nor cancel for customers with thousands of orders.
        """
        a = self.a + NEAR_SINGULAR if abs(self.a - 1.0) < NEAR_SINGULAR else self.a
        c = a + self.b + seen.repeats - 1.0
        c = np.where(np.abs(c) < NEAR_SINGULAR, NEAR_SINGULAR, c)
        z = days / (self.alpha + seen.watched + days)
        with np.errstate(over="ignore", invalid="ignore"):
            staying = (1.0 - z) ** (a - 1.0) * hyp2f1(a + self.b - 1.0 - self.r, a - 1.0, c, z)
        orders = c / (a - 1.0) * (1.0 - staying)
        beyond = ~np.isfinite(orders)
        if beyond.any():
            orders[beyond] = self._averaged(seen.where(beyond), days=days)
        return np.maximum(self.alive(seen) * orders, 0.0)

    def _averaged(self, seen: Recency, *, days: float) -> Floats:
        """Return the orders (n,) expected of active customers by averaging over p.

        For drop-out parameters in the hundreds and more the hypergeometric function overflows. With
        p given, the orders are (1 - (1 + p t / (alpha + T))^-(r + x)) / p (equation 8 over lambda);
        p ~ Beta(a, b + x) is taken at the middle of 200 equally likely parts.
        """
        distinct, place = np.unique(seen.repeats, return_inverse=True)
        total = np.zeros(seen.repeats.size)
        for share in (np.arange(PARTS) + 0.5) / PARTS:
            p = np.maximum(betaincinv(self.a, self.b + distinct, share), 1e-300)[place]
            grown = (self.r + seen.repeats) * np.log1p(p * days / (self.alpha + seen.watched))
            total += -np.expm1(-grown) / p
        return total / PARTS


def grouped(seen: Recency) -> tuple[Recency, Floats]:
    """Return the distinct customers and how many there are of each."""
    rows = np.stack([seen.repeats, seen.last, seen.watched])
    distinct, count = np.unique(rows, axis=1, return_counts=True)
    return Recency(*distinct), count.astype(np.float64)


def log_likelihood(model: BgNbd, seen: Recency) -> float:
    """Return the log-likelihood of all customers."""
    return _value_and_slope(np.array([model.r, model.alpha, model.a, model.b]), *grouped(seen))[0]


def _value_and_slope(parameters: Floats, seen: Recency, count: Floats) -> tuple[float, Floats]:
    """Return the log-likelihood and its derivatives by (r, alpha, a, b): equation 6, in logs."""
    r, alpha, a, b = parameters
    x, until_last, until_now = seen.repeats, alpha + seen.last, alpha + seen.watched
    back = x > 0
    log_now, log_last = np.log(until_now), np.log(until_last)
    active = -(r + x) * log_now
    base = np.where(back, b + x - 1.0, 1.0)
    dropped = np.where(back, np.log(a) - np.log(base) - (r + x) * log_last, -np.inf)
    together = np.logaddexp(active, dropped)
    is_dropped = np.exp(dropped - together)
    is_active = 1.0 - is_dropped
    each = (
        gammaln(r + x)
        - gammaln(r)
        + r * np.log(alpha)
        + gammaln(a + b)
        + gammaln(b + x)
        - gammaln(b)
        - gammaln(a + b + x)
        + together
    )
    slope = np.stack(
        [
            psi(r + x) - psi(r) + np.log(alpha) - is_active * log_now - is_dropped * log_last,
            r / alpha - (r + x) * (is_active / until_now + is_dropped / until_last),
            psi(a + b) - psi(a + b + x) + is_dropped / a,
            psi(a + b) + psi(b + x) - psi(b) - psi(a + b + x) - is_dropped / base,
        ]
    )
    return float(count @ each), slope @ count


def require_repeaters(seen: Recency) -> None:
    """Raise NotEnoughDataError where fewer than 30 customers ordered again."""
    repeaters = int((seen.repeats > 0).sum())
    if repeaters < ENOUGH_REPEATERS:
        raise NotEnoughDataError("repeaters", needs=ENOUGH_REPEATERS, has=repeaters)


def fit(seen: Recency) -> BgNbd:
    """Return the parameters of greatest likelihood; needs 30 customers who ordered again.

    The search runs over the logs of the parameters with time in units of the mean time watched.
    """
    require_repeaters(seen)
    distinct, count = grouped(seen)
    unit = max(float(seen.watched.mean()), 1.0)
    scaled = Recency(distinct.repeats, distinct.last / unit, distinct.watched / unit)

    def loss(logs: Floats) -> tuple[float, Floats]:
        parameters = np.exp(logs)
        value, slope = _value_and_slope(parameters, scaled, count)
        return -value / count.sum(), -slope * parameters / count.sum()

    found = minimize(
        loss,
        np.zeros(4),
        jac=True,
        method="SLSQP",
        bounds=[(-LARGEST_LOG, LARGEST_LOG)] * 4,
        options={"maxiter": 500, "ftol": 1e-13},
    )
    r, alpha, a, b = (float(value) for value in np.exp(found.x))
    return BgNbd(r, alpha * unit, a, b)
