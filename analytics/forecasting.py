"""Forecasts of a chunk of customers, as rows of `CustomerForecast`."""

from __future__ import annotations

from decimal import Decimal

import numpy as np

from analytics.classification import own_limits
from analytics.learning.forecasts import stored_forecaster
from analytics.models import ChurnRisk, CustomerForecast, RefreshPart
from analytics.predictive import cadence
from analytics.predictive.forecast import HORIZONS, Forecast, Forecaster, predict
from analytics.predictive.frames import Floats, Integers, dates
from analytics.predictive.intervals import churn_risk, days_until_likely
from analytics.predictive.order_days import OrderDays, order_days
from analytics.predictors import ChunkFacts, Derived, Predictor
from analytics.scope import Basis, Scope
from cdp.money import SCALE

MONEY = (
    *(f"revenue_{horizon}" for horizon in HORIZONS),
    *(f"low_{horizon}" for horizon in HORIZONS),
    *(f"high_{horizon}" for horizon in HORIZONS),
    "order_value",
    "lifetime_value",
    "lifetime_low",
    "lifetime_high",
)
COLUMNS = (
    "customer_id",
    *(f"chance_{horizon}" for horizon in HORIZONS),
    *(f"orders_{horizon}" for horizon in HORIZONS),
    *MONEY,
    "churn_probability",
    "churn_risk",
    "next_order_on",
)
CHURN_RISKS = np.array([ChurnRisk.LOW.value, ChurnRisk.MEDIUM.value, ChurnRisk.HIGH.value])
DIGITS = 6
CENTS = 100
# What the column holds, with room for rounding.
MOST_MONEY = 9e14


class ForecastPredictor(Predictor):
    """Forecasts every customer with a paid order, once the shop has a forecaster."""

    part = RefreshPart.FORECASTS

    def predict(self, facts: ChunkFacts, scope: Scope, basis: Basis) -> Derived:
        """Return the rows of the chunk's buyers, of nobody where too little could be learned."""
        forecaster = stored_forecaster()
        rows = [] if forecaster is None else forecast_rows(forecaster, facts, basis)
        return Derived(CustomerForecast, COLUMNS, 1, rows)


def forecast_rows(forecaster: Forecaster, facts: ChunkFacts, basis: Basis) -> list[tuple]:
    """Return the rows of `CustomerForecast` in the order of `COLUMNS`."""
    today = basis.first_unknown_day
    days = _order_days(facts)
    found = predict(forecaster, days, today=today)
    buyer = found.customer
    own = own_limits(cadence.Days(days.customer, days.day), basis, count=facts.ids.size)[1]
    risk, label = churn_risk(found.probability, HORIZONS, own.slip[buyer])
    wait, reached = days_until_likely(found.probability, HORIZONS)
    next_day = today - 1 + np.maximum(np.ceil(wait), 1.0).astype(np.int64)
    return list(
        zip(
            facts.ids[buyer].tolist(),
            *np.round(found.probability, DIGITS).T.tolist(),
            *np.round(found.orders, DIGITS).T.tolist(),
            *(_amounts(column) for column in _money(found, _net(facts) - days.values())),
            np.round(np.clip(risk, 0.0, 1.0), DIGITS).tolist(),
            CHURN_RISKS[label].tolist(),
            dates(next_day, reached),
            strict=True,
        )
    )


def _order_days(facts: ChunkFacts) -> OrderDays:
    paid = ~facts.orders.is_return
    return order_days(
        facts.order_owner[paid],
        facts.orders.day[paid],
        facts.orders.amount[paid] / SCALE,
        customer_count=facts.ids.size,
    )


def _net(facts: ChunkFacts) -> Floats:
    """Return what each customer has paid so far (n,), returns taken off, never below zero."""
    amounts = facts.orders.amount / SCALE
    return np.maximum(np.bincount(facts.order_owner, amounts, facts.ids.size), 0.0)


def _money(found: Forecast, correction: Floats) -> list[Floats]:
    """Return the columns `MONEY`; `correction` (n,) takes returns off the revenue so far."""
    taken = correction[found.customer]
    return [
        *found.revenue.T,
        *found.low.T,
        *found.high.T,
        found.order_value,
        found.lifetime + taken,
        found.lifetime_low + taken,
        found.lifetime_high + taken,
    ]


def _amounts(values: Floats) -> list[Decimal]:
    """Return amounts in the shop currency, rounded to cents."""
    cents: Integers = np.rint(np.clip(values, 0.0, MOST_MONEY) * CENTS).astype(np.int64)
    return [Decimal(value).scaleb(-2) for value in cents.tolist()]
