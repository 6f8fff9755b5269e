"""Whether a customer buys below or above the usual price of what they buy: a log price index within
categories.
"""

from __future__ import annotations

import numpy as np

from analytics.predictive.frames import Flags, Floats, Integers

UNKNOWN, CHEAPER, AVERAGE, EXPENSIVE = range(4)
NORM_MONTHS = 24
ENOUGH_LINES, ENOUGH_PRODUCTS = 20, 5
HALF_LIFE_DAYS = 730.0
UNITS_COUNTED = 3
PSEUDO_LINES = 3.0


def usual_log_price(levels: list[tuple[Integers, Integers, Floats]], shop: float) -> Floats:
    """Return mu per product from (line count, product count, mean log price) at its leaf and parent
    category.

    The first level with at least 20 lines of 5 products counts, else the whole shop. NaN marks a
    missing level.
    """
    result = np.full(levels[0][0].size, shop)
    for lines, products, mean in reversed(levels):
        enough = (lines >= ENOUGH_LINES) & (products >= ENOUGH_PRODUCTS)
        result = np.where(enough, mean, result)
    return result


def price_index(
    customer: Integers,
    log_price: Floats,
    usual: Floats,
    quantity: Integers,
    age_days: Integers,
    *,
    count: int,
) -> tuple[Floats, Flags]:
    """Return exp(sum(w (ln price - mu)) / (sum(w) + 3)) of customers 0..count-1 and whether they
    have any line.

    w = min(quantity, 3) * 0.5^(age / 730 days). Lines without a usual price (NaN) are left out.
    """
    usable = ~np.isnan(usual)
    customer = customer[usable]
    weight = np.minimum(quantity[usable], UNITS_COUNTED) * 0.5 ** (
        age_days[usable] / HALF_LIFE_DAYS
    )
    deviation = weight * (log_price[usable] - usual[usable])
    weights = np.bincount(customer, weights=weight, minlength=count)
    deviations = np.bincount(customer, weights=deviation, minlength=count)
    has_lines = np.bincount(customer, minlength=count) > 0
    return np.exp(deviations / (weights + PSEUDO_LINES)), has_lines


def sensitivity(
    index: Floats, has_lines: Flags, *, cheaper_below: float, expensive_above: float
) -> Integers:
    """Return the label codes: cheaper up to the lower limit, expensive from the upper one, else
    average.
    """
    label = np.where(
        index <= cheaper_below, CHEAPER, np.where(index >= expensive_above, EXPENSIVE, AVERAGE)
    )
    return np.where(has_lines, label, UNKNOWN)
