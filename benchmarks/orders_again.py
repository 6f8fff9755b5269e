"""Who orders again, how often and for how much on the real shops: ours beside the plain rules.

Only what was known before a day is learned from; the 30 and 90 days from it on are compared with.
The shops lie in REGULARS_SHARED_DATA or in ../shared/data.
"""

from __future__ import annotations

import csv
import gzip
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from scipy.stats import rankdata

from analytics.predictive import bg_nbd, forecast, judging
from analytics.predictive.forecast import Forecast
from analytics.predictive.frames import Floats
from analytics.predictive.order_days import OrderDays, order_days, summary
from benchmarks.interest_data import FOLDER, SPLITS

HORIZONS = (30, 90)
AUC_TARGETS = {"webshop": (0.734, 0.737), "grocery": (0.879, 0.877)}
ERROR_TARGETS = {"webshop": (0.380, 0.908), "grocery": (1.64, 4.10)}
LARGEST_CALIBRATION_ERROR = 0.02
COUNT_HEADS = ("as of", "method", "AUC", "+-", "top 10 %", "ECE", "count MAE", "count bias")
MONEY_HEADS = ("as of", "customers", "ordered", "bias", "Spearman", "in top 10 %", "below", "above")
Row = tuple[object, ...]


def read(shop: str) -> OrderDays:
    """Return the order days of completed orders of known customers with a total above zero."""
    rows = []
    with gzip.open(FOLDER / shop / "orders.csv.gz", "rt", encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            total = float(row["total"])
            if row.get("status", "completed") == "completed" and row["customer_id"] and total > 0:
                moment = datetime.fromisoformat(row["ordered_at"])
                rows.append((row["customer_id"], moment.toordinal(), total))
    number = {name: place for place, name in enumerate(sorted({row[0] for row in rows}))}
    ordered = sorted((number[name], day, total) for name, day, total in rows)
    customer, day, total = (np.array(column) for column in zip(*ordered, strict=True))
    return order_days(customer, day, total, customer_count=len(number))


def forecasts(days: OrderDays, *, today: int) -> Forecast:
    """Return the forecasts for both horizons, learned from the days before `today`."""
    return forecast.predict(forecast.fit(days, today=today, horizons=HORIZONS), days, today=today)


@dataclass(frozen=True)
class Rule:
    """What one method says of each customer; None where it has nothing to say."""

    name: str
    score: Floats
    chance: Floats | None = None
    orders: Floats | None = None


def plain_rules(days: OrderDays, *, today: int, horizon: int) -> Iterator[Rule]:
    """Yield the rules people use today, and BG/NBD."""
    seen = summary(days, today=today)
    silence = (today - seen.last).astype(np.float64)
    recency = seen.recency
    gap = np.where(seen.orders > 1, recency.last / np.maximum(seen.orders - 1, 1), silence.mean())
    pace = seen.orders * horizon / np.maximum(recency.watched, horizon)
    yield Rule("recency", -silence)
    yield Rule("frequency, orders at own pace", seen.orders, None, pace)
    yield Rule("overdue: recency / own gap", -silence / np.maximum(gap, 1.0))
    model = bg_nbd.fit(recency)
    chance = model.probability(recency, days=horizon)
    yield Rule("BG/NBD", chance, chance, model.expected_orders(recency, days=horizon))
    yield Rule("BG/NBD: probability of being active", model.alive(recency))


def order_rows(
    days: OrderDays, shop: str, *, earlier: int, found: Forecast
) -> tuple[list[Row], list[Row]]:
    """Return the rows about orders and those about revenue as of some days before the split."""
    counts: list[Row] = []
    money: list[Row] = []
    moment = SPLITS[shop] - timedelta(days=earlier)
    today = moment.toordinal()
    for place, horizon in enumerate(HORIZONS):
        name = f"{moment} {horizon} d"
        window = days.within(today, today + horizon)
        count, paid = window.counts()[found.customer], window.values()[found.customer]
        chance, orders = found.probability[:, place], found.orders[:, place]
        plain = plain_rules(days, today=today, horizon=horizon)
        for rule in (*plain, Rule("Regulars", chance, chance, orders)):
            counts.append((name, rule.name, *_figures(rule, count)))
        if not earlier:
            goal, error = AUC_TARGETS[shop][place], ERROR_TARGETS[shop][place]
            limit = LARGEST_CALIBRATION_ERROR
            counts.append((name, "target", _text(goal), "", "", _text(limit), _text(error), ""))
        money.append((name, f"{count.size:,}", *_money(found, place, count, paid)))
    return counts, money


def _figures(rule: Rule, count: Floats) -> Row:
    ordered = (count > 0).astype(np.float64)
    area = judging.auc(rule.score, ordered) or 0.0
    return (
        _text(area),
        _text(judging.auc_error(area, ordered)),
        _text(ordered[judging.best(rule.score)].mean()),
        "" if rule.chance is None else _text(judging.calibration_error(rule.chance, ordered)),
        "" if rule.orders is None else _text(np.abs(rule.orders - count).mean()),
        "" if rule.orders is None else _text(rule.orders.sum() / count.sum() - 1),
    )


def _money(found: Forecast, place: int, count: Floats, paid: Floats) -> Row:
    revenue = found.revenue[:, place]
    best = judging.best(revenue)
    return (
        _text((count > 0).mean()),
        _text(revenue.sum() / paid.sum() - 1),
        _text(np.corrcoef(rankdata(revenue), rankdata(paid))[0, 1]),
        _text(paid[best].sum() / paid.sum()),
        _text((paid < found.low[:, place]).mean()),
        _text((paid > found.high[:, place]).mean()),
    )


def _text(value: float | None) -> str:
    return "-" if value is None else f"{value:.4f}"
