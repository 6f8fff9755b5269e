"""The lessons of a refresh on arrays, as `predictions_scale` measures them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from analytics.learning.interests import HORIZON_DAYS
from analytics.learning.targets import INTERESTED_SHARE, MOST, MOST_INTERESTS
from analytics.models import TargetKind
from analytics.predictive import forecast, forecast_learning
from analytics.predictive.assortment import Goods
from analytics.predictive.forecast import Forecaster
from analytics.predictive.forecast_test import back_test
from analytics.predictive.frames import Integers
from analytics.predictive.interest import InterestModel, fit_interest
from analytics.predictive.interest_features import Record
from analytics.predictive.interest_judging import judge_interest, predict_in_parts, thinned
from analytics.predictive.interest_levels import Goods as Kin
from analytics.predictive.interest_levels import Level, groups_level, products_level
from analytics.predictive.interest_limits import limits_between
from analytics.predictive.interest_stored import Followed, halved
from analytics.predictive.order_days import OrderDays
from benchmarks.scale_shop import BRANDS, CATEGORIES, PRODUCTS, TODAY, ScaleShop

Steps = Callable[..., Any]


def forecaster(days: OrderDays, steps: Steps) -> Forecaster:
    """Learn forecasts and test them."""
    habits = steps("learn habits", lambda: forecast_learning.fit_habits(days, today=TODAY))
    learned = []
    for horizon in forecast.HORIZONS:
        learned.append(
            steps(
                f"learn forecasts of {horizon} days",
                lambda horizon=horizon: forecast_learning.learn(days, today=TODAY, horizon=horizon),
            )
        )
        steps(
            f"test forecasts of {horizon} days",
            lambda horizon=horizon: _tested(days, horizon),
        )
    return Forecaster(habits, forecast.HORIZONS, tuple(learned))


def _tested(days: OrderDays, horizon: int) -> object:
    try:
        return back_test(days, today=TODAY, horizon=horizon)
    except forecast_learning.NotEnoughDataError:
        # Two years hold no window of a year with enough before it.
        return None


def followed_kinds(
    shop: ScaleShop, record: Record, steps: Steps, *, customers: int
) -> dict[str, Followed]:
    """Learn and test interest in as many targets of each kind as a shop of this size follows."""
    room = MOST_INTERESTS / INTERESTED_SHARE / customers
    share = min(1.0, room / sum(MOST.values()))
    found = {}
    for kind in TargetKind:
        count = max(int(MOST[kind] * share), 1)
        found[str(kind.value)] = steps(
            f"learn and test interest: {kind.value}",
            lambda kind=kind, count=count: _followed(shop, record, kind, count),
        )
    return found


def _followed(shop: ScaleShop, record: Record, kind: TargetKind, count: int) -> Followed:
    past = TODAY - HORIZON_DAYS
    level, known = _level(shop, record, kind, count, day=past)
    judged = judge_interest(
        _fitted(shop, level, known, day=past), known, day=past, horizon_days=HORIZON_DAYS
    )
    level, known = _level(shop, record, kind, count, day=TODAY)
    model = halved(_fitted(shop, level, known, day=TODAY))
    some = thinned(known, targets=level.targets.size, day=TODAY)
    limits = limits_between(predict_in_parts(model, some), judged.best)
    ids = np.arange(level.targets.size)
    return Followed(ids, np.arange(PRODUCTS), level.belongs, model, limits)


def _fitted(shop: ScaleShop, level: Level, record: Record, *, day: int) -> InterestModel:
    return fit_interest(
        record,
        level.targets,
        day=day,
        horizon_days=HORIZON_DAYS,
        belongs=level.belongs,
        kin=level.kin,
        described=shop.descriptions(),
    )


def _level(
    shop: ScaleShop, record: Record, kind: TargetKind, count: int, *, day: int
) -> tuple[Level, Record]:
    kin = Kin(shop.brand, shop.category)
    if kind == TargetKind.PRODUCT:
        places = np.linspace(0, PRODUCTS // 5, count).astype(np.int64)
        level = products_level(places, record.products, kin, day=day)
    else:
        level = groups_level(_groups(shop, kind, count), record.products, kin, day=day)
    return level, level.record(record)


def _groups(shop: ScaleShop, kind: TargetKind, count: int) -> list[Integers]:
    if kind == TargetKind.CATEGORY:
        return [np.flatnonzero(shop.category == one) for one in range(min(count, CATEGORIES))]
    if kind == TargetKind.BRAND:
        return [np.flatnonzero(shop.brand == one) for one in range(min(count, BRANDS))]
    random = np.random.default_rng(2)
    return [np.sort(random.choice(PRODUCTS, 60, replace=False)) for _one in range(count)]


def goods_of(shop: ScaleShop) -> Goods:
    """Return the products as recommendations need them: all on sale, none of them new."""
    return Goods(
        np.arange(PRODUCTS),
        np.ones(PRODUCTS, np.bool_),
        shop.brand,
        shop.category,
        np.zeros(PRODUCTS, np.int64),
    )
