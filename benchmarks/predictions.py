"""Forecasts against the plain rules on the two real shops, as of three past days each.

Only what was known before a day is learned from; the 30 and 90 days from it on are compared with.
The shops lie in REGULARS_SHARED_DATA or in ../shared/data. The first day of each shop is the one
the targets are for; choices were made on the earlier ones.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import os
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from benchmarks import harness

if TYPE_CHECKING:
    from analytics.predictive.order_days import OrderDays

FOLDER = Path(os.environ.get("REGULARS_SHARED_DATA", harness.ROOT.parent / "shared" / "data"))
DAYS = {"webshop": date(2011, 9, 10), "grocery": date(2017, 10, 2)}
EARLIER = (0, 60, 120)
HORIZONS = (30, 90)
AUC_TARGETS = {"webshop": (0.734, 0.737), "grocery": (0.879, 0.877)}
ERROR_TARGETS = {"webshop": (0.380, 0.908), "grocery": (1.64, 4.10)}
GROUPS = 10

Floats = NDArray[np.float64]


def read(shop: str) -> OrderDays:
    """Return the order days of completed orders of known customers with a total above zero."""
    from analytics.predictive.order_days import order_days

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


def auc(score: Floats, ordered: Floats) -> tuple[float, float]:
    """Return the area under the curve (ties by mean rank) and its Hanley-McNeil error."""
    yes = float(ordered.sum())
    no = ordered.size - yes
    area = (rankdata(score)[ordered > 0].sum() - yes * (yes + 1) / 2) / (yes * no)
    first, second = area / (2 - area), 2 * area**2 / (1 + area)
    spread = area * (1 - area) + (yes - 1) * (first - area**2) + (no - 1) * (second - area**2)
    return area, float(np.sqrt(spread / (yes * no)))


def calibration_error(chance: Floats, ordered: Floats) -> float:
    """Return the mean gap between foreseen and seen share over ten groups of equal size."""
    groups = np.array_split(np.argsort(chance, kind="stable"), GROUPS)
    gaps = [abs(chance[group].mean() - ordered[group].mean()) for group in groups]
    return float(np.mean(gaps))


@dataclass(frozen=True)
class Rule:
    """What one method says of each customer; None where it has nothing to say."""

    name: str
    score: Floats
    chance: Floats | None = None
    orders: Floats | None = None


def rules(days: OrderDays, *, today: int, horizon: int, learned: list[Rule]) -> Iterator[Rule]:
    """Yield the plain rules, BG/NBD and ours (`learned`)."""
    from analytics.predictive import bg_nbd
    from analytics.predictive.order_days import summary

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
    yield from learned


def judge(shop: str) -> None:
    """Print both tables of a shop."""
    from analytics.predictive import forecast

    days = read(shop)
    counts: list[tuple[object, ...]] = []
    money: list[tuple[object, ...]] = []
    for back in EARLIER:
        moment = DAYS[shop] - timedelta(days=back)
        today = moment.toordinal()
        found = forecast.predict(forecast.fit(days, today=today), days, today=today)
        for place, horizon in enumerate(HORIZONS):
            window = days.within(today, today + horizon)
            count, paid = window.counts()[found.customer], window.values()[found.customer]
            ordered = (count > 0).astype(np.float64)
            chance, orders = found.probability[:, place], found.orders[:, place]
            ours = [Rule("Regulars", chance, chance, orders)]
            for rule in rules(days, today=today, horizon=horizon, learned=ours):
                counts.append((f"{moment} {horizon} d", rule.name, *_figures(rule, count)))
            if back == 0:
                goal = AUC_TARGETS[shop][place], ERROR_TARGETS[shop][place]
                counts.append((f"{moment} {horizon} d", "target", goal[0], "", "", "", goal[1], ""))
            revenue = found.revenue[:, place]
            best = np.argsort(-revenue, kind="stable")[: revenue.size // 10]
            ranks = np.corrcoef(rankdata(revenue), rankdata(paid))[0, 1]
            money.append(
                (
                    f"{moment} {horizon} d",
                    f"{ordered.size:,}",
                    _text(ordered.mean()),
                    _text(revenue.sum() / paid.sum() - 1),
                    _text(ranks),
                    _text(paid[best].sum() / paid.sum()),
                    _text((paid < found.low[:, place]).mean()),
                    _text((paid > found.high[:, place]).mean()),
                )
            )
    heads = ("as of", "method", "AUC", "+-", "top 10 %", "ECE", "count MAE", "count bias")
    harness.show(f"Orders again, {shop}", heads, [tuple(map(_text, row)) for row in counts])
    heads = ("as of", "customers", "ordered", "bias", "Spearman", "in top 10 %", "below", "above")
    harness.show(f"Revenue, {shop} (below, above: outside the 80 % interval)", heads, money)


def _figures(rule: Rule, count: Floats) -> tuple[object, ...]:
    ordered = (count > 0).astype(np.float64)
    area, error = auc(rule.score, ordered)
    best = np.argsort(-rule.score, kind="stable")[: count.size // 10]
    return (
        area,
        error,
        ordered[best].mean(),
        "" if rule.chance is None else calibration_error(rule.chance, ordered),
        "" if rule.orders is None else np.abs(rule.orders - count).mean(),
        "" if rule.orders is None else rule.orders.sum() / count.sum() - 1,
    )


def _text(value: object) -> str:
    return f"{value:.4f}" if isinstance(value, float) else str(value)


def main() -> None:
    """Judge the shops named on the command line, or both."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("shops", nargs="*", choices=[*DAYS, []], help="webshop, grocery")
    chosen = arguments.parse_args().shops or list(DAYS)
    sys.path.insert(0, str(harness.ROOT))
    with tempfile.TemporaryDirectory(prefix="regulars-benchmark-") as name:
        os.environ["DJANGO_SETTINGS_MODULE"] = "cdp.settings"
        os.environ["REGULARS_DATA_DIR"] = name
        import django

        django.setup()
        for shop in chosen:
            if not (FOLDER / shop).is_dir():
                raise SystemExit(f"{FOLDER / shop} is missing; set REGULARS_SHARED_DATA.")
            judge(shop)


if __name__ == "__main__":
    main()
