"""Simulated order histories for the tests of forecasts."""

from __future__ import annotations

import numpy as np

from analytics.predictive.order_days import OrderDays, order_days

TODAY = 738_000


def history(rows: list[tuple[int, int, float]], *, customers: int | None = None) -> OrderDays:
    """Orders as (customer, days before TODAY, value)."""
    rows = sorted((customer, TODAY - age, value) for customer, age, value in rows)
    count = customers or 1 + max((row[0] for row in rows), default=-1)
    return order_days(
        np.array([row[0] for row in rows], np.int64),
        np.array([row[1] for row in rows], np.int64),
        np.array([row[2] for row in rows], np.float64),
        customer_count=count,
    )


def simulated(*, customers: int, days: int, seed: int = 1, after: int = 0) -> OrderDays:
    """A shop of regulars and passers-by: rates, drop-outs and values vary between customers.

    Covers `days` before TODAY and `after` from it on.
    """
    random = np.random.default_rng(seed)
    rows = []
    for customer in range(customers):
        start = days - random.integers(0, days - 1)
        rate, leaves = random.gamma(0.9, 1 / 50), random.beta(0.6, 3)
        level = 40 / random.gamma(4.0, 1 / 3)
        when = float(start)
        while when > -after:
            rows.append((customer, int(np.ceil(when)), level * random.gamma(5, 1 / 5)))
            if random.random() < leaves:
                break
            when -= random.exponential(1 / rate) + 0.5
    return history(rows, customers=customers)
