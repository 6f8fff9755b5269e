"""How forecasts did on the last window of a shop, beside the plain rules people use."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analytics.predictive import judging
from analytics.predictive.forecast import Forecaster, predict
from analytics.predictive.forecast_learning import (
    ENOUGH_EITHER_WAY,
    ENOUGH_HISTORY_DAYS,
    Learned,
    fit_habits,
    learn,
)
from analytics.predictive.frames import Floats, Integers
from analytics.predictive.judging import Tenth
from analytics.predictive.order_days import OrderDays, summary
from analytics.predictive.regression import NotEnoughDataError


@dataclass(frozen=True)
class RuleTest:
    """How a plain rule did; the error only where it gives probabilities."""

    auc: float | None
    lift: float | None
    calibration_error: float | None = None


@dataclass(frozen=True)
class ForecastTest:
    """What a forecast as of the day `first` said of the days first <= day < after, and what came.

    `named` are the best-scored tenth of the customers, `hits` those of them who ordered. `rules` by
    name: recency, frequency, overdue, bg_nbd.
    """

    first: int
    after: int
    customers: int
    ordered: int
    named: int
    hits: int
    auc: float | None
    lift: float | None
    calibration_error: float | None
    brier: float | None
    count_bias: float | None
    revenue_bias: float | None
    tenths: list[Tenth]
    rules: dict[str, RuleTest]


def back_test(
    days: OrderDays, *, today: int, horizon: int, returned: OrderDays | None = None
) -> ForecastTest:
    """Forecast the `horizon` days before `today` from what was known before them, and compare;
    `returned` holds the days and values of returns.

    Everything is fitted anew on the days before the window. Raises NotEnoughDataError where there
    is no such window or fewer than 30 customers did or did not order in it.
    """
    start = today - horizon
    first = int(days.day.min()) if days.day.size else today
    if start - first < ENOUGH_HISTORY_DAYS:
        needed = horizon + ENOUGH_HISTORY_DAYS
        raise NotEnoughDataError("history", needs=needed, has=max(today - first, 0))
    habits = fit_habits(days, today=start, returned=returned)
    try:
        learned: Learned | None = learn(days, today=start, horizon=horizon)
    except NotEnoughDataError:
        learned = None
    found = predict(Forecaster(habits, (horizon,), (learned,)), days, today=start)
    window = days.within(start, today)
    count = window.counts()[found.customer]
    ordered = count > 0
    for what, has in (("came", int(ordered.sum())), ("stayed", int((~ordered).sum()))):
        if has < ENOUGH_EITHER_WAY:
            raise NotEnoughDataError(what, needs=ENOUGH_EITHER_WAY, has=has)
    chance = found.probability[:, 0]
    named = judging.best(chance)
    paid = float(window.values()[found.customer].sum())
    if returned is not None:
        paid -= float(returned.within(start, today).values()[found.customer].sum())
    seen = summary(days, today=start)
    rules = {
        name: RuleTest(judging.auc(score, ordered), judging.lift(score, ordered))
        for name, score in _plain_scores(seen.orders, seen.first, seen.last, start).items()
    }
    own = habits.purchase.probability(seen.recency, days=horizon)
    rules["bg_nbd"] = RuleTest(
        judging.auc(own, ordered),
        judging.lift(own, ordered),
        judging.calibration_error(own, ordered),
    )
    return ForecastTest(
        start,
        today,
        ordered.size,
        int(ordered.sum()),
        named.size,
        int(ordered[named].sum()),
        judging.auc(chance, ordered),
        judging.lift(chance, ordered),
        judging.calibration_error(chance, ordered),
        judging.brier(chance, ordered),
        judging.bias(float(found.orders[:, 0].sum()), float(count.sum())),
        judging.bias(float(found.revenue[:, 0].sum()), paid),
        judging.tenths(chance, ordered),
        rules,
    )


def _plain_scores(orders: Floats, first: Integers, last: Integers, today: int) -> dict[str, Floats]:
    """Return what the plain rules rank by: silence, orders, and silence in own mean gaps (in the
    mean silence of all where there is no gap).
    """
    silence = (today - last).astype(np.float64)
    gap = np.where(orders > 1, (last - first) / np.maximum(orders - 1, 1), silence.mean())
    return {
        "recency": -silence,
        "frequency": orders,
        "overdue": -silence / np.maximum(gap, 1.0),
    }
