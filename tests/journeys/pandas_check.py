"""A second computation of the labels, straight from a shop's CSV files with pandas.

It shares no code with the application: a person who doubts a figure can run it by hand,
`python -m tests.journeys.pandas_check DIR 2011-12-10`.
"""

from __future__ import annotations

import itertools
import sys
from pathlib import Path

import numpy as np
import pandas as pd


def read_orders(folder: Path, as_of: pd.Timestamp) -> pd.DataFrame:
    """Paid orders and returns of known customers before `as_of`, one row each."""
    orders = pd.read_csv(folder / "orders.csv.gz", dtype={"order_id": str, "customer_id": str})
    orders["at"] = pd.to_datetime(orders["ordered_at"])
    orders = orders[(orders["at"] < as_of) & orders["customer_id"].notna()]
    orders = orders[orders["total"] != 0].copy()
    orders["day"] = orders["at"].dt.normalize()
    return orders


def occasion_gaps(days: list[pd.Timestamp], merge: int) -> list[int]:
    """Days between occasions: a day within `merge` days of an occasion belongs to it."""
    kept = [days[0]]
    for day in days[1:]:
        if (day - kept[-1]).days > merge:
            kept.append(day)
    return [(b - a).days for a, b in itertools.pairwise(kept)]


def second_order_days(gaps: pd.Series, first: pd.Series, as_of: pd.Timestamp) -> tuple[int, int]:
    """Days after which a one-time buyer slips away and is lost, by the Kaplan-Meier curve."""
    waited = pd.Series(
        [g[0] if g else (as_of - f).days for g, f in zip(gaps, first, strict=True)],
        index=gaps.index,
    )
    came_back = gaps.map(len) > 0
    history = (as_of - first.min()).days
    if came_back.sum() < 30 or history < 365:
        return 180, 365
    staying, curve = 1.0, {}
    for day in sorted(waited[came_back].unique()):
        at_risk = (waited >= day).sum()
        staying *= 1 - ((waited == day) & came_back).sum() / at_risk
        curve[int(day)] = 1 - staying
    full = max(share for day, share in curve.items() if day <= 730)
    slip = min(day for day, share in curve.items() if share >= 0.80 * full - 1e-12)
    lost = min(day for day, share in curve.items() if share >= 0.95 * full - 1e-12)
    slip = int(np.clip(slip, 60, 365))
    return slip, max(int(np.clip(lost, 120, 730)), slip + 30)


def patience(gaps: list[int], one_time: tuple[int, int]) -> tuple[float, float]:
    """Days of silence after which a customer slips away and is lost."""
    recent = gaps[-8:]
    if not recent or (len(recent) == 1 and recent[0] < 30):
        return one_time
    median = float(np.median(recent))
    spread = float(np.sqrt(np.mean((np.log(recent) - np.log(median)) ** 2)))
    tolerance = float(np.clip(np.exp(0.84 * spread), 1.25, 2.0))
    slip = max(30 if len(recent) < 4 else 14, tolerance * min(median, 540))
    return slip, max(90, 2 * slip)


def classify(folder: Path, as_of: pd.Timestamp) -> pd.DataFrame:
    """One row per customer with a paid order: n, revenue, stage, importance."""
    rows = read_orders(folder, as_of)
    paid = rows[rows["total"] > 0]
    by_customer = paid.sort_values("day").groupby("customer_id")
    days = by_customer["day"].agg(lambda column: sorted(set(column)))
    pooled = [(b - a).days for one in days for a, b in itertools.pairwise(one)]
    merge = 0 if pooled and np.median(pooled) < 14 else 3
    table = pd.DataFrame(
        {
            "n": by_customer.size(),
            "first": by_customer["day"].min(),
            "last": by_customer["day"].max(),
        }
    )
    table["gaps"] = days.map(lambda one: occasion_gaps(one, merge))
    one_time = second_order_days(table["gaps"], table["first"], as_of)
    table["slip"], table["lost_after"] = zip(
        *table["gaps"].map(lambda gaps: patience(gaps, one_time)), strict=True
    )
    table["silence"] = (as_of - table["last"]).dt.days
    table["stage"] = np.select(
        [
            table["silence"] <= np.minimum(30, table["slip"]),
            table["silence"] <= table["slip"],
            table["silence"] <= table["lost_after"],
        ],
        ["just_ordered", "active", "slipping_away"],
        "lost",
    )
    cap = np.sort(paid["total"].to_numpy())[int(np.ceil(0.99 * len(paid))) - 1]
    table["revenue"] = rows.groupby("customer_id")["total"].sum()
    capped = (
        rows["total"].clip(-cap, cap).groupby(rows["customer_id"]).sum().clip(lower=0)[table.index]
    )
    average = paid["total"].clip(upper=cap).mean()
    gaps = np.sort(pooled)
    mean_gap = gaps[: len(gaps) - int(0.02 * len(gaps))].mean()
    span = (table["last"] - table["first"]).dt.days
    pace = 365 * table["n"] / (span + np.minimum(table["silence"], table["slip"]) + mean_gap)
    worth = (capped + 2 * average) / (table["n"] + 2)
    repeat = table["n"] > 1
    orders = (table["n"] + pace)[repeat]
    value = (capped + pace * worth)[repeat]
    below = {"method": "min"}
    rank_orders = (orders.rank(**below) - 1) / len(orders)
    rank = np.minimum(rank_orders, (value.rank(**below) - 1) / len(value))
    best = np.sort(rank.to_numpy())[::-1]
    seats = int(0.10 * len(rank) + 1e-9)
    limit = best[seats - 1]
    if best[seats] == limit:  # equal customers share the lower group
        limit = min(best[best > limit])
    table["importance"] = "one_time"
    table.loc[orders.index, "importance"] = np.select(
        [rank >= limit, rank_orders >= 0.60], ["vip", "frequent"], "loyal"
    )
    return table


if __name__ == "__main__":
    found = classify(Path(sys.argv[1]), pd.Timestamp(sys.argv[2]))
    sys.stdout.write(pd.crosstab(found["importance"], found["stage"]).to_string() + "\n")
