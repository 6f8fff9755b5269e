"""When one-time buyers come back: the Kaplan-Meier curve of the shop's second orders."""

from __future__ import annotations

import numpy as np

from analytics.predictive.frames import Floats, Integers

HORIZON_DAYS = 730
ENOUGH_SECOND_ORDERS = 30
ENOUGH_HISTORY_DAYS = 365
DEFAULT_SLIP_DAYS, DEFAULT_LOST_DAYS = 180, 365


def returned_by_day(returned: Integers, censored: Integers) -> Floats:
    """Return F(t), the share of first-time buyers who ordered again by day t, for t = 0, 1, ...

    `returned[t]` and `censored[t]` count customers who ordered again after t days, and those who
    were last seen silent after t days. F = 1 - prod(1 - d_t / n_t) with n_t at risk just before t
    (Kaplan & Meier 1958).
    """
    size = max(returned.size, censored.size)
    events = np.zeros(size)
    events[: returned.size] = returned
    leaving = events.copy()
    leaving[: censored.size] += censored
    at_risk = np.cumsum(leaving[::-1])[::-1]
    staying = 1.0 - np.divide(events, at_risk, out=np.zeros(size), where=at_risk > 0)
    return np.asarray(1.0 - np.cumprod(staying), np.float64)


def one_time_patience(
    returned: Integers, censored: Integers, *, history_days: int
) -> tuple[int, int]:
    """Return (T_slip, T_lost) of one-time buyers in days.

    The days on which F reaches 80 % and 95 % of F(730), within 60..365 and 120..730 and at least 30
    days apart; 180 and 365 with fewer than 30 observed second orders or less than a year of
    history.
    """
    if returned.sum() < ENOUGH_SECOND_ORDERS or history_days < ENOUGH_HISTORY_DAYS:
        return DEFAULT_SLIP_DAYS, DEFAULT_LOST_DAYS
    curve = returned_by_day(returned, censored)[: HORIZON_DAYS + 1]
    # The margin keeps a curve that reaches a share exactly from being a rounding error short of it.
    slip, lost = (int(np.argmax(curve >= share * curve[-1] - 1e-12)) for share in (0.80, 0.95))
    slip = min(max(slip, 60), 365)
    return slip, max(min(max(lost, 120), 730), slip + 30)
