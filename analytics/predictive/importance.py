"""How much a customer matters: orders and value at the customer's own pace, their ranks, and the
groups.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analytics.predictive.frames import Floats, Integers

NONE, ONE_TIME, LOYAL, FREQUENT, VIP = range(5)
ENOUGH_REPEATERS = 20
FIXED_VIP_ORDERS, FIXED_FREQUENT_ORDERS, FIXED_VIP_VALUE = 5, 4, 2.0
PSEUDO_ORDERS = 2
UNREACHED = 1.0


def own_pace(
    order_count: Integers,
    span: Integers,
    silence: Integers,
    slip: Floats,
    *,
    mean_gap: float,
) -> Floats:
    """Return orders a year at own pace: 365 n / (span + min(silence, T_slip) + M), all in days.

    M, the shop's mean gap, is one pseudo-gap that keeps short histories from looking like a habit.
    """
    return 365.0 * order_count / (span + np.minimum(silence, slip) + mean_gap)


def own_order_value(
    revenue: Floats, priced_count: Integers, *, average_order_value: float
) -> Floats:
    """Return the value of an order at own pace: (revenue + 2 AOV) / (n + 2), n counting orders with
    an amount.
    """
    return (revenue + PSEUDO_ORDERS * average_order_value) / (priced_count + PSEUDO_ORDERS)


def ranks(values: Floats) -> Floats:
    """Return the share of customers with a smaller value, 0 <= rank < 1; equal customers share the
    lower rank.
    """
    return np.searchsorted(np.sort(values), values, side="left") / max(values.size, 1)


def vip_limit(rank: Floats, *, share: float) -> float:
    """Return the rank from which the top `share` of customers begins; ties across the border stay
    below it.
    """
    count = int(np.floor(share * rank.size + 1e-9))
    if count == 0:
        return UNREACHED
    ordered = np.sort(rank)[::-1]
    limit = ordered[count - 1]
    if count < rank.size and ordered[count] == limit:
        above = ordered[:count][ordered[:count] > limit]
        return float(above[-1]) if above.size else UNREACHED
    return float(limit)


@dataclass(frozen=True)
class Groups:
    """Per repeat customer: group code and min(rank O, rank V) (NaN under 20 repeaters); the shop's
    VIP limit.
    """

    group: Integers
    rank: Floats
    limit: float | None


def groups(
    orders: Floats,
    value: Floats,
    order_count: Integers,
    previous: Integers,
    *,
    vip_share: float,
    frequent_rank: float,
    hysteresis: float,
) -> Groups:
    """Return the groups of repeat customers from orders and value at own pace (O, V).

    VIP: top share by r = min(rank O, rank V); frequent: rank O from 0.60; loyal: the rest. A
    customer who has a group moves only past a limit by `hysteresis`; `previous` is NONE or ONE_TIME
    for those who have none. Applying the result as `previous` again changes nothing.
    """
    if orders.size < ENOUGH_REPEATERS:
        mean = value.mean() if value.size else 0.0
        is_vip = (order_count >= FIXED_VIP_ORDERS) & (value >= FIXED_VIP_VALUE * mean)
        fixed = np.where(order_count >= FIXED_FREQUENT_ORDERS, FREQUENT, LOYAL)
        return Groups(np.where(is_vip, VIP, fixed), np.full(orders.size, np.nan), None)
    by_orders = ranks(orders)
    rank = np.minimum(by_orders, ranks(value))
    limit = vip_limit(rank, share=vip_share)
    has_group = previous >= LOYAL
    slack_vip = np.where(has_group, np.where(previous == VIP, -hysteresis, hysteresis), 0.0)
    slack_frequent = np.where(has_group, np.where(previous >= FREQUENT, -hysteresis, hysteresis), 0)
    is_vip = rank >= limit + slack_vip
    is_frequent = by_orders >= frequent_rank + slack_frequent
    group = np.where(is_vip, VIP, np.where(is_frequent, FREQUENT, LOYAL))
    return Groups(group, rank, limit)
