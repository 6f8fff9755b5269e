"""What a shop's past teaches about coming orders: models of habit, and regressions per horizon.

For each horizon a logistic and a Poisson regression learn from windows that have closed (those that
begin h, h + 30 and h + 60 days ago).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analytics.predictive import bg_nbd, gamma_gamma
from analytics.predictive.bg_nbd import BgNbd
from analytics.predictive.frames import Floats
from analytics.predictive.gamma_gamma import GammaGamma
from analytics.predictive.order_days import (
    BENDING,
    OrderDays,
    Summary,
    capped,
    rhythm,
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

ANCHORS = (0, 30, 60)
ANCHOR_HALF_LIFE = 30.0
ENOUGH_HISTORY_DAYS = 30
ENOUGH_EITHER_WAY = 30
TRUSTED_ROWS = 100.0
TRUSTED_HORIZONS = 2.0
RIDGE = 10.0
SMALLEST = 1e-9


@dataclass(frozen=True)
class Habits:
    """What all customers' order days say without a closed window: how often they order, and what an
    order is worth.

    `value` is None where too few customers ordered twice for money. `limit` caps single order days,
    `average_value` is the mean of a capped one, `kept` the share of what was ordered that did not
    come back.
    """

    purchase: BgNbd
    value: GammaGamma | None
    limit: float
    average_value: float
    kept: float = 1.0


@dataclass(frozen=True)
class Learned:
    """What closed windows taught about a horizon; `trust` is the logistic regression's share in the
    blend and `count_trust` that of the Poisson regression, `overdispersion` how much wider than
    Poisson the counts were, `season` the index.
    """

    ordered: Regression
    count: Regression
    trust: float
    count_trust: float
    overdispersion: float
    season: float


@dataclass(frozen=True)
class Seen:
    """The features (n, k) of a regression, and what BG/NBD says by itself: (n,) each."""

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

    def blended(self, learned: Learned | None) -> tuple[Floats, Floats]:
        """Return probability and expected orders (n,) of a horizon from regressions and BG/NBD."""
        if learned is None:
            return self.probability, self.orders
        chance = learned.trust * learned.ordered.probability(self.curved)
        chance += (1.0 - learned.trust) * self.probability
        counted = learned.count.expected_count(self.features)
        orders = _mixed(counted, self.orders, learned.count_trust)
        if learned.season != 1.0:
            chance = -np.expm1(learned.season * np.log1p(-np.minimum(chance, 1.0 - SMALLEST)))
        return chance, orders * learned.season


def see(days: OrderDays, habits: Habits, *, today: int, horizon: int) -> Seen:
    """Return what is known of the customers of capped `days` who ordered before `today`."""
    seen = summary(days, today=today)
    chance = habits.purchase.probability(seen.recency, days=horizon)
    orders = habits.purchase.expected_orders(seen.recency, days=horizon)
    inner = np.clip(chance, SMALLEST, 1.0 - SMALLEST)
    features = np.column_stack(
        [
            rhythm(days, seen, average_value=habits.average_value),
            np.clip(np.log(inner / (1.0 - inner)), -12.0, 12.0),
            np.log(orders + 1e-4),
        ]
    )
    return Seen(seen, features, chance, orders)


def fit_habits(days: OrderDays, *, today: int, returned: OrderDays | None = None) -> Habits:
    """Fit what needs no closed window, from the days before `today`; `returned` holds the days and
    values of returns.

    Raises NotEnoughDataError where BG/NBD cannot be fitted.
    """
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
    back = 0.0 if returned is None else float(returned.before(today).value.sum())
    kept = 1.0 - min(back / max(float(days.before(today).value.sum()), SMALLEST), 1.0)
    return Habits(purchase, value, limit, average, kept)


def learn(days: OrderDays, *, today: int, horizon: int) -> Learned:
    """Fit both regressions of a horizon on the windows that closed before `today`.

    Raises NotEnoughDataError where none has, where too few customers ordered again, or where too
    few did or did not order in the windows.
    """
    days = days.before(today)
    bg_nbd.require_repeaters(summary(days, today=today).recency)
    first = int(days.day.min()) if days.day.size else today
    needed = horizon + ENOUGH_HISTORY_DAYS
    anchors = [today - horizon - back for back in ANCHORS]
    anchors = [anchor for anchor in anchors if anchor - first >= ENOUGH_HISTORY_DAYS]
    parts: list[tuple[Seen, Floats, float]] = []
    used = []
    refused = NotEnoughDataError("history", needs=needed, has=today - first)
    for anchor in anchors:
        try:
            habits = fit_habits(days, today=anchor)
        except NotEnoughDataError as error:
            refused = error
            continue
        known = capped(days.before(anchor), limit=habits.limit)
        seen = see(known, habits, today=anchor, horizon=horizon)
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
    count_trust = _count_trust(used[0] - first, horizon=horizon)
    mean = _mixed(counted.expected_count(features), own, count_trust)
    excess = float(weight @ ((count - mean) ** 2 - mean)) / max(float(weight @ mean**2), SMALLEST)
    season = seasonal_index(days.day, today=today, days=horizon, anchors=used)
    return Learned(
        ordered, counted, rare / (rare + TRUSTED_ROWS), count_trust, max(excess, 0.0), season
    )


def _count_trust(history_days: int, *, horizon: int) -> float:
    """Return the share of the Poisson regression: one half, or less when the newest window had less
    than two horizons of history before it. What it saw of customers then is far from what they are
    now, and exponentials run away with the difference; BG/NBD does not.
    """
    return 0.5 * min(1.0, history_days / (TRUSTED_HORIZONS * horizon))


def _mixed(regression: Floats, own: Floats, share: float) -> Floats:
    """Return the weighted geometric mean of two expected counts."""
    return np.asarray(regression**share * own ** (1.0 - share), np.float64)
