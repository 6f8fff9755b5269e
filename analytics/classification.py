"""The labels of customers with the numbers behind them: cadence, life cycle, pace and price
sensitivity.
"""

from __future__ import annotations

import numpy as np

from analytics.figures import FALLBACK_GAP_DAYS
from analytics.models import Importance, LifeCycle, PriceSensitivity
from analytics.predictive import cadence, importance, life_cycle, price_sensitivity
from analytics.predictive.cadence import Days
from analytics.predictive.frames import Flags, Floats, Integers, Lines, dates
from analytics.scope import Basis
from analytics.statistics import OrderFacts, optional
from cdp.money import SCALE

COLUMNS = (
    "customer_id",
    "life_cycle",
    "stage_since",
    "next_stage_on",
    "gap_count",
    "cadence_days",
    "cadence_spread",
    "slip_days",
    "lost_days",
    "expected_next_order_on",
    "orders_at_own_pace",
    "value_at_own_pace",
    "price_sensitivity",
    "price_index",
    "importance",
)
# Groups come from ranks over everybody at the end of a refresh; only a new row takes one from here.
INSERT_ONLY = ("importance",)

LIFE_CYCLES = np.array(
    [
        LifeCycle.JUST_ORDERED.value,
        LifeCycle.ACTIVE.value,
        LifeCycle.SLIPPING_AWAY.value,
        LifeCycle.LOST.value,
    ]
)
PRICE_SENSITIVITIES = np.array(
    [
        "",
        PriceSensitivity.CHEAPER.value,
        PriceSensitivity.AVERAGE.value,
        PriceSensitivity.EXPENSIVE.value,
    ]
)


def classification_rows(
    ids: Integers,
    facts: OrderFacts,
    days: Days,
    prices: tuple[Floats, Flags],
    basis: Basis,
) -> list[tuple]:
    """Return the rows of `CustomerClassification` in the order of `COLUMNS`, for customers with a
    paid order.
    """
    rules = basis.rules
    count = ids.size
    own, limits = own_limits(days, basis, count=count)
    first_day, last_day = _first_and_last(days, count)
    stages = life_cycle.stages(last_day, limits, today=basis.today)
    orders, value = _at_own_pace(facts, last_day - first_day, basis.today - last_day, limits, basis)
    index = np.round(prices[0], 3)
    label = price_sensitivity.sensitivity(
        index,
        prices[1],
        cheaper_below=rules.cheaper_below,
        expensive_above=rules.expensive_above,
    )
    index[~prices[1]] = np.nan
    expected = last_day + np.floor(np.nan_to_num(own.median) + 0.5).astype(np.int64)
    groups = np.where(facts.order_count == 1, Importance.ONE_TIME.value, "")
    rows = zip(
        ids.tolist(),
        LIFE_CYCLES[stages.stage].tolist(),
        dates(stages.since),
        dates(stages.next_on, stages.has_next),
        own.gap_count.tolist(),
        optional(own.median, 2),
        optional(own.spread, 4),
        limits.slip.tolist(),
        limits.lost.tolist(),
        dates(expected, own.is_own),
        orders.tolist(),
        value.tolist(),
        PRICE_SENSITIVITIES[label].tolist(),
        optional(index, 3),
        groups.tolist(),
        strict=True,
    )
    bought = facts.has_orders.tolist()
    return [row for row, keep in zip(rows, bought, strict=True) if keep]


def own_limits(days: Days, basis: Basis, *, count: int) -> tuple[cadence.Cadence, cadence.Patience]:
    """Return the cadence of each customer 0..count-1 by their order days, and after how much
    silence they slip away and are lost.
    """
    rules, refresh = basis.rules, basis.refresh
    merged = cadence.occasions(days, merge_days=refresh.merge_days)
    own = cadence.cadence(cadence.last_gaps(merged, count=count))
    limits = cadence.patience(
        own,
        floor_few=rules.slip_floor_few_days,
        floor=rules.slip_floor_days,
        lost_floor=rules.lost_floor_days,
        one_time_slip=refresh.one_time_slip_days,
        one_time_lost=refresh.one_time_lost_days,
    )
    return own, limits


def _first_and_last(days: Days, count: int) -> tuple[Integers, Integers]:
    """Return the first and last order day of each customer (1 for customers without)."""
    places = np.arange(count)
    first = np.searchsorted(days.customer, places, side="left")
    last = np.searchsorted(days.customer, places, side="right") - 1
    bought = last >= first
    day = days.day if days.day.size else np.ones(1, np.int64)
    return (
        np.where(bought, day[np.where(bought, first, 0)], 1),
        np.where(bought, day[np.where(bought, last, 0)], 1),
    )


def _at_own_pace(
    facts: OrderFacts, span: Integers, silence: Integers, limits: cadence.Patience, basis: Basis
) -> tuple[Floats, Floats]:
    """Return O and V: orders, revenue so far plus a year at own pace, revenue never below zero."""
    refresh = basis.refresh
    mean_gap = refresh.mean_gap_days if refresh.mean_gap_days is not None else FALLBACK_GAP_DAYS
    average = float(refresh.average_order_value or 0)
    pace = importance.own_pace(facts.order_count, span, silence, limits.slip, mean_gap=mean_gap)
    revenue = np.maximum(facts.capped_revenue, 0) / SCALE
    worth = importance.own_order_value(revenue, facts.priced_count, average_order_value=average)
    return np.round(facts.order_count + pace, 4), np.round(revenue + pace * worth, 2)


def price_indices(
    lines: Lines, owner: Integers, basis: Basis, *, count: int
) -> tuple[Floats, Flags]:
    """Return the price index of each customer and whether any of their lines has a usual price."""
    priced = lines.unit_price > 0
    return price_sensitivity.price_index(
        owner[priced],
        np.log(lines.unit_price[priced] / SCALE),
        basis.usual_prices.of(lines.product[priced]),
        lines.quantity[priced],
        basis.today - lines.day[priced],
        count=count,
    )
