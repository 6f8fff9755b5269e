"""How likely customers are to order, how often, and for how much, learned from the shop's past.

For each horizon a logistic and a Poisson regression learn from windows that have closed (those that
begin h, h + 30 and h + 60 days ago) and are blended with BG/NBD, which needs no closed window.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analytics.predictive import bg_nbd, gamma_gamma
from analytics.predictive.bg_nbd import BgNbd
from analytics.predictive.frames import Floats, Integers
from analytics.predictive.gamma_gamma import GammaGamma
from analytics.predictive.intervals import revenue_interval
from analytics.predictive.order_days import (
    BENDING,
    OrderDays,
    Summary,
    capped,
    rhythm,
    sample,
    summary,
    usual_largest,
)
from analytics.predictive.regression import (
    NotEnoughDataError,
    Regression,
    fit_logistic,
    fit_poisson,
)
from analytics.predictive.seasonality import seasonal_index

HORIZONS = (30, 90, 365)
LIFETIME_DAYS = 5 * 365
ANCHORS = (0, 30, 60)
ANCHOR_HALF_LIFE = 30.0
ENOUGH_HISTORY_DAYS = 30
ENOUGH_EITHER_WAY = 30
TRUSTED_ROWS = 100.0
RIDGE = 10.0
MOST_CUSTOMERS = 100_000
SMALLEST = 1e-9


@dataclass(frozen=True)
class Learned:
    """What closed windows taught about a horizon; `trust` is the logistic regression's share in the
    blend, `overdispersion` how much wider than Poisson the counts were, `season` the index.
    """

    ordered: Regression
    count: Regression
    trust: float
    overdispersion: float
    season: float


@dataclass(frozen=True)
class Forecaster:
    """A shop's fitted models; `learned` has None where no window has closed yet (`missing` says
    why), and `value` is None where too few customers ordered twice for money.

    `limit` caps single order days, `average_value` is the mean of a capped one.
    """

    purchase: BgNbd
    value: GammaGamma | None
    limit: float
    average_value: float
    horizons: tuple[int, ...]
    learned: tuple[Learned | None, ...]
    missing: tuple[NotEnoughDataError | None, ...]


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


@dataclass(frozen=True)
class _Seen:
    summary: Summary
    features: Floats
    probability: Floats
    orders: Floats

    @property
    def curved(self) -> Floats:
        """The features of the logistic regression: recency, frequency, money and cadence may bend.

        The Poisson regression does without: beyond what it has seen a square runs away.
        """
        return np.column_stack([self.features, self.features[:, :BENDING] ** 2])


def _see(days: OrderDays, model: Forecaster, *, today: int, horizon: int) -> _Seen:
    """Return the features of a regression and what BG/NBD says by itself."""
    seen = summary(days, today=today)
    chance = model.purchase.probability(seen.recency, days=horizon)
    orders = model.purchase.expected_orders(seen.recency, days=horizon)
    inner = np.clip(chance, SMALLEST, 1.0 - SMALLEST)
    features = np.column_stack(
        [
            rhythm(days, seen, average_value=model.average_value),
            np.clip(np.log(inner / (1.0 - inner)), -12.0, 12.0),
            np.log(orders + 1e-4),
        ]
    )
    return _Seen(seen, features, chance, orders)


def _basis(days: OrderDays, *, today: int, horizons: tuple[int, ...]) -> Forecaster:
    """Fit what needs no closed window, from the days before `today`."""
    known = days.before(today)
    limit = usual_largest(known)
    known = capped(known, limit=limit)
    seen = summary(known, today=today)
    purchase = bg_nbd.fit(seen.recency)
    try:
        value = gamma_gamma.fit(seen.valued, seen.mean_value)
    except NotEnoughDataError:
        value = None
    average = float(seen.revenue.sum() / max(float(seen.valued.sum()), 1.0))
    nothing = (None,) * len(horizons)
    return Forecaster(purchase, value, limit, average, horizons, nothing, nothing)


def fit(days: OrderDays, *, today: int, horizons: tuple[int, ...] = HORIZONS) -> Forecaster:
    """Learn from the order days before `today`; later ones are not looked at.

    Raises NotEnoughDataError where BG/NBD cannot be fitted. Shops of more than 100,000 customers
    are learned from an even sample of them.
    """
    days = sample(days.before(today), most=MOST_CUSTOMERS)
    basis = _basis(days, today=today, horizons=horizons)
    learned: list[Learned | None] = []
    missing: list[NotEnoughDataError | None] = []
    for horizon in horizons:
        try:
            learned.append(_learn(days, today=today, horizon=horizon))
            missing.append(None)
        except NotEnoughDataError as error:
            learned.append(None)
            missing.append(error)
    return Forecaster(
        basis.purchase,
        basis.value,
        basis.limit,
        basis.average_value,
        horizons,
        tuple(learned),
        tuple(missing),
    )


def _learn(days: OrderDays, *, today: int, horizon: int) -> Learned:
    """Fit both regressions of a horizon on the windows that closed before `today`."""
    first = int(days.day.min())
    needed = horizon + ENOUGH_HISTORY_DAYS
    anchors = [today - horizon - back for back in ANCHORS]
    anchors = [anchor for anchor in anchors if anchor - first >= ENOUGH_HISTORY_DAYS]
    parts: list[tuple[_Seen, Floats, float]] = []
    used = []
    refused = NotEnoughDataError("history", needs=needed, has=today - first)
    for anchor in anchors:
        try:
            basis = _basis(days, today=anchor, horizons=(horizon,))
        except NotEnoughDataError as error:
            refused = error
            continue
        known = capped(days.before(anchor), limit=basis.limit)
        seen = _see(known, basis, today=anchor, horizon=horizon)
        count = days.within(anchor, anchor + horizon).counts()[seen.summary.customer]
        age = today - horizon - anchor
        parts.append((seen, count, 0.5 ** (age / ANCHOR_HALF_LIFE)))
        used.append(anchor)
    if not parts:
        raise refused
    features = np.concatenate([seen.features for seen, _count, _weight in parts])
    curved = np.concatenate([seen.curved for seen, _count, _weight in parts])
    count = np.concatenate([count for _seen, count, _weight in parts])
    weight = np.concatenate([np.full(count.size, share) for _seen, count, share in parts])
    own = np.concatenate([seen.orders for seen, _count, _weight in parts])
    came, stayed = int((count > 0).sum()), int((count == 0).sum())
    if came < ENOUGH_EITHER_WAY:
        raise NotEnoughDataError("came", needs=ENOUGH_EITHER_WAY, has=came)
    if stayed < ENOUGH_EITHER_WAY:
        raise NotEnoughDataError("stayed", needs=ENOUGH_EITHER_WAY, has=stayed)
    ordered = fit_logistic(curved, (count > 0).astype(np.float64), weight=weight, ridge=RIDGE)
    counted = fit_poisson(features, count, weight=weight, ridge=RIDGE)
    rare = float(min(came, stayed))
    mean = np.sqrt(counted.expected_count(features) * own)
    excess = float(weight @ ((count - mean) ** 2 - mean)) / max(float(weight @ mean**2), SMALLEST)
    season = seasonal_index(days.day, today=today, days=horizon, anchors=used)
    return Learned(ordered, counted, rare / (rare + TRUSTED_ROWS), max(excess, 0.0), season)


def _blended(seen: _Seen, learned: Learned | None) -> tuple[Floats, Floats]:
    """Return probability and expected orders (n,) of a horizon from regressions and BG/NBD."""
    if learned is None:
        return seen.probability, seen.orders
    chance = learned.trust * learned.ordered.probability(seen.curved)
    chance += (1.0 - learned.trust) * seen.probability
    orders = np.sqrt(learned.count.expected_count(seen.features) * seen.orders)
    if learned.season != 1.0:
        chance = -np.expm1(learned.season * np.log1p(-np.minimum(chance, 1.0 - SMALLEST)))
    return chance, orders * learned.season


def _order_values(model: Forecaster, seen: Summary) -> tuple[Floats, Floats]:
    """Return expected value (n,) of an order of each customer, and its variance."""
    if model.value is None:
        value = (seen.revenue + 2 * model.average_value) / (seen.valued + 2)
        return value, value**2
    return (
        model.value.expected_value(seen.valued, seen.mean_value),
        model.value.variance(seen.valued, seen.mean_value),
    )


def predict(model: Forecaster, days: OrderDays, *, today: int) -> Forecast:
    """Forecast all customers of a chunk who ordered before `today`; later days are not looked at.

    A longer horizon never has less than a shorter one, and nobody fewer orders than probability.
    """
    known = days.before(today)
    paid = known.values()
    known = capped(known, limit=model.limit)
    views = [_see(known, model, today=today, horizon=horizon) for horizon in model.horizons]
    seen = views[0].summary
    both = [_blended(view, part) for view, part in zip(views, model.learned, strict=True)]
    chance = np.maximum.accumulate(np.column_stack([part[0] for part in both]), axis=1)
    orders = np.maximum.accumulate(np.column_stack([part[1] for part in both]), axis=1)
    orders = np.maximum(orders, chance)
    value, spread = _order_values(model, seen)
    own = 1.0 / (model.purchase.r + seen.orders - 1.0)
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
        model.purchase.expected_orders(recency, days=LIFETIME_DAYS) - longest.orders, 0.0
    )
    ever = np.maximum(model.purchase.probability(recency, days=LIFETIME_DAYS), chance[:, -1])
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
