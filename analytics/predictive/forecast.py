"""How likely customers are to order, how often, and for how much, learned from the shop's past.

For each horizon the regressions on closed windows are blended with BG/NBD, which needs none.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analytics.predictive.forecast_learning import Habits, Learned, fit_habits, learn, see
from analytics.predictive.frames import Floats, Integers
from analytics.predictive.intervals import revenue_interval
from analytics.predictive.order_days import OrderDays, Summary, capped, sample
from analytics.predictive.regression import NotEnoughDataError

HORIZONS = (30, 90, 365)
LIFETIME_DAYS = 5 * 365
MOST_CUSTOMERS = 100_000


@dataclass(frozen=True)
class Forecaster:
    """A shop's fitted models; `learned` has None where no window has closed yet (`missing` may say
    why).
    """

    habits: Habits
    horizons: tuple[int, ...]
    learned: tuple[Learned | None, ...]
    missing: tuple[NotEnoughDataError | None, ...] = ()


@dataclass(frozen=True)
class Forecast:
    """Forecasts of the customers numbered `customer` (n,), one column per horizon (n, h).

    Money in shop currency; `low` and `high` enclose revenue with 80 % probability. `lifetime` is
    revenue so far plus what is expected in five years.
    """

    customer: Integers
    probability: Floats
    orders: Floats
    order_value: Floats
    revenue: Floats
    low: Floats
    high: Floats
    lifetime: Floats
    lifetime_low: Floats
    lifetime_high: Floats


def fit(days: OrderDays, *, today: int, horizons: tuple[int, ...] = HORIZONS) -> Forecaster:
    """Learn from the order days before `today`; later ones are not looked at.

    Raises NotEnoughDataError where BG/NBD cannot be fitted. Shops of more than 100,000 customers
    are learned from an even sample of them.
    """
    days = sample(days.before(today), most=MOST_CUSTOMERS)
    habits = fit_habits(days, today=today)
    learned: list[Learned | None] = []
    missing: list[NotEnoughDataError | None] = []
    for horizon in horizons:
        try:
            learned.append(learn(days, today=today, horizon=horizon))
            missing.append(None)
        except NotEnoughDataError as error:
            learned.append(None)
            missing.append(error)
    return Forecaster(habits, horizons, tuple(learned), tuple(missing))


def _order_values(habits: Habits, seen: Summary) -> tuple[Floats, Floats]:
    """Return expected value (n,) of an order of each customer, less what usually comes back, and
    its variance.
    """
    if habits.value is None:
        value = habits.kept * (seen.revenue + 2 * habits.average_value) / (seen.valued + 2)
        return value, value**2
    return (
        habits.kept * habits.value.expected_value(seen.valued, seen.mean_value),
        habits.kept**2 * habits.value.variance(seen.valued, seen.mean_value),
    )


def predict(model: Forecaster, days: OrderDays, *, today: int) -> Forecast:
    """Forecast all customers of a chunk who ordered before `today`; later days are not looked at.

    A longer horizon never has less than a shorter one, and nobody fewer orders than probability.
    """
    known = days.before(today)
    paid = known.values()
    habits = model.habits
    known = capped(known, limit=habits.limit)
    views = [see(known, habits, today=today, horizon=horizon) for horizon in model.horizons]
    seen = views[0].summary
    both = [view.blended(part) for view, part in zip(views, model.learned, strict=True)]
    chance = np.maximum.accumulate(np.column_stack([part[0] for part in both]), axis=1)
    orders = np.maximum.accumulate(np.column_stack([part[1] for part in both]), axis=1)
    orders = np.maximum(orders, chance)
    value, spread = _order_values(habits, seen)
    own = 1.0 / (habits.purchase.r + seen.orders - 1.0)
    bounds = [
        revenue_interval(
            chance[:, place],
            orders[:, place],
            value,
            overdispersion=own if part is None else np.full(own.size, part.overdispersion),
            value_variance=spread,
        )
        for place, part in enumerate(model.learned)
    ]
    recency = seen.recency
    longest = views[-1]
    later = np.maximum(
        habits.purchase.expected_orders(recency, days=LIFETIME_DAYS) - longest.orders, 0.0
    )
    ever = np.maximum(habits.purchase.probability(recency, days=LIFETIME_DAYS), chance[:, -1])
    total = orders[:, -1] + later
    low, high = revenue_interval(
        ever, np.maximum(total, ever), value, overdispersion=own, value_variance=spread
    )
    so_far = paid[seen.customer]
    return Forecast(
        seen.customer,
        chance,
        orders,
        value,
        orders * value[:, None],
        np.column_stack([bound[0] for bound in bounds]),
        np.column_stack([bound[1] for bound in bounds]),
        so_far + np.maximum(total, ever) * value,
        so_far + low,
        so_far + high,
    )
