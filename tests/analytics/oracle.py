"""The classification once more, customer by customer, written from the definitions alone.

Nothing of `analytics` is imported: this is what the vectorised code is held against.
"""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from statistics import median
from typing import Any

import pandas as pd

from cdp.models import Category, Customer, Order, OrderLine, ProductCategory, Shop

PAID = ("paid", "fulfilled", "partially_refunded")


@dataclass
class Buyer:
    orders: list[tuple[datetime, date, Decimal | None]] = field(default_factory=list)
    returns: list[Decimal | None] = field(default_factory=list)
    lines: list[dict[str, Any]] = field(default_factory=list)

    @property
    def days(self) -> list[date]:
        return sorted({day for _at, day, _amount in self.orders})


@dataclass
class Record:
    today: date
    buyers: dict[int, Buyer]
    lines: list[dict[str, Any]]
    present: set[int]
    leaf: dict[int, int]
    parent: dict[int, int | None]
    above: dict[int, set[int]]


def read_record(now: datetime) -> Record:
    zone = Shop.objects.get().time_zone
    buyers: dict[int, Buyer] = defaultdict(Buyer)

    def local_days(moments: list[datetime]) -> list[date]:
        if not moments:
            return []
        return list(pd.Series(pd.to_datetime(moments, utc=True)).dt.tz_convert(zone).dt.date)

    orders = [
        row
        for row in Order.objects.order_by("placed_at").values(
            "customer_id", "placed_at", "total", "status", "amount"
        )
        if row["placed_at"] < now and row["customer_id"]
    ]
    for row, day in zip(orders, local_days([r["placed_at"] for r in orders]), strict=True):
        buyer = buyers[row["customer_id"]]
        if row["total"] > 0 and row["status"] in PAID:
            buyer.orders.append((row["placed_at"], day, row["amount"]))
        elif row["total"] < 0 and row["status"] not in ("pending", "cancelled"):
            buyer.returns.append(row["amount"])
    lines = [
        row
        for row in OrderLine.objects.filter(purchased_quantity__gt=0).values(
            "customer_id", "product_id", "placed_at", "purchased_quantity", "unit_price", "amount"
        )
        if row["placed_at"] < now
    ]
    for row, day in zip(lines, local_days([r["placed_at"] for r in lines]), strict=True):
        row["day"] = day
        if row["customer_id"]:
            buyers[row["customer_id"]].lines.append(row)
    leaf: dict[int, int] = {}
    above: dict[int, set[int]] = defaultdict(set)
    for product, category, distance in ProductCategory.objects.values_list(
        "product_id", "category_id", "distance"
    ):
        above[product].add(category)
        if distance == 0:
            leaf[product] = min(category, leaf.get(product, category))
    return Record(
        today=local_days([now])[0],
        buyers=dict(buyers),
        lines=lines,
        present=set(Customer.objects.filter(erased_at=None).values_list("pk", flat=True)),
        leaf=leaf,
        parent=dict(Category.objects.values_list("pk", "parent_id")),
        above=above,
    )


def occasions(days: list[date], merge: int) -> list[date]:
    result: list[date] = []
    for day in days:
        if not result or (day - result[-1]).days > merge:
            result.append(day)
    return result


def gaps(days: list[date]) -> list[int]:
    return [(b - a).days for a, b in pairwise(days)]


def kaplan_meier(times: list[tuple[int, bool]]) -> list[float]:
    """F(0), F(1), ... from (days, came back)."""
    staying, curve = 1.0, []
    for day in range(max(time for time, _ in times) + 1):
        at_risk = sum(1 for time, _ in times if time >= day)
        came = sum(1 for time, back in times if time == day and back)
        staying *= 1 - came / at_risk
        curve.append(1 - staying)
    return curve


@dataclass
class Figures:
    merge: int
    mean_gap: float
    slip: int
    lost: int
    cap: Decimal | None
    average: float
    norms: dict[int | None, tuple[int, int, float]]


def figures(record: Record) -> Figures:
    """Everything from before the local day of the record."""
    past = {
        pk: [order for order in buyer.orders if order[1] < record.today]
        for pk, buyer in record.buyers.items()
    }
    days = {pk: sorted({day for _at, day, _a in orders}) for pk, orders in past.items() if orders}
    every_gap = sorted(gap for own in days.values() for gap in gaps(own))
    merge = 0 if every_gap and median(every_gap) < 14 else 3
    kept = every_gap[: len(every_gap) - int(0.02 * len(every_gap))]
    times = []
    for own in days.values():
        merged = occasions(own, merge)
        if len(merged) > 1:
            times.append(((merged[1] - merged[0]).days, True))
        else:
            times.append(((record.today - merged[0]).days, False))
    slip, lost = 180, 365
    history = (record.today - min(own[0] for own in days.values())).days if days else 0
    if sum(back for _t, back in times) >= 30 and history >= 365:
        curve = kaplan_meier(times)[:731]
        slip = next(t for t, share in enumerate(curve) if share >= 0.80 * curve[-1] - 1e-12)
        lost = next(t for t, share in enumerate(curve) if share >= 0.95 * curve[-1] - 1e-12)
        slip = min(max(slip, 60), 365)
        lost = max(min(max(lost, 120), 730), slip + 30)
    amounts = sorted(a for orders in past.values() for _at, _d, a in orders if a is not None)
    cap = amounts[math.ceil(0.99 * len(amounts)) - 1] if amounts else None
    average = float(sum(min(a, cap) for a in amounts)) / len(amounts) if amounts else 0.0
    return Figures(
        merge=merge,
        mean_gap=sum(kept) / len(kept) if kept else 180.0,
        slip=slip,
        lost=lost,
        cap=cap,
        average=average,
        norms=norms(record),
    )


def norms(record: Record) -> dict[int | None, tuple[int, int, float]]:
    year = record.today.year - 2
    try:
        since = record.today.replace(year=year)
    except ValueError:
        since = date(year, 2, 28)
    sold: dict[int | None, list[tuple[int, int, float]]] = defaultdict(list)
    for line in record.lines:
        if line["unit_price"] and since <= line["day"] < record.today:
            row = (
                line["product_id"],
                min(line["purchased_quantity"], 3),
                math.log(float(line["unit_price"])),
            )
            for category in (None, *record.above.get(line["product_id"], ())):
                sold[category].append(row)
    return {
        category: (
            len(rows),
            len({product for product, _q, _l in rows}),
            math.fsum(q * price for _p, q, price in rows) / sum(q for _p, q, _l in rows),
        )
        for category, rows in sold.items()
    }


def usual(record: Record, figures: Figures, product: int) -> float | None:
    leaf = record.leaf.get(product)
    for category in (leaf, record.parent.get(leaf) if leaf else None):
        lines, products, mean = figures.norms.get(category, (0, 0, 0.0))
        if category is not None and lines >= 20 and products >= 5:
            return mean
    return figures.norms[None][2] if None in figures.norms else None


def price_index(record: Record, figures: Figures, buyer: Buyer) -> float | None:
    weights = deviations = 0.0
    for line in buyer.lines:
        norm = usual(record, figures, line["product_id"])
        if line["unit_price"] and norm is not None:
            weight = min(line["purchased_quantity"], 3) * 0.5 ** (
                (record.today - line["day"]).days / 730
            )
            weights += weight
            deviations += weight * (math.log(float(line["unit_price"])) - norm)
    return math.exp(deviations / (weights + 3)) if weights else None


def life_cycle(days: list[date], figures: Figures, today: date) -> dict[str, Any]:
    own = gaps(occasions(days, figures.merge))[-8:]
    silence = (today - days[-1]).days
    if not own or (len(own) == 1 and own[0] < 30):
        slip, lost, m = float(figures.slip), float(figures.lost), None
    else:
        m = median(own)
        spread = math.sqrt(sum((math.log(g) - math.log(m)) ** 2 for g in own) / len(own))
        m = min(m, 540)
        tolerance = min(max(math.exp(0.84 * spread), 1.25), 2.0)
        slip = max(30 if len(own) < 4 else 14, tolerance * m)
        lost = max(90, 2 * slip)
    if silence <= min(30, slip):
        stage = "just_ordered"
    elif silence <= slip:
        stage = "active"
    elif silence <= lost:
        stage = "slipping_away"
    else:
        stage = "lost"
    return {"life_cycle": stage, "silence": silence, "slip": slip, "lost": lost, "cadence": m}


def classify(now: datetime) -> tuple[Record, Figures, dict[int, dict[str, Any]]]:
    """The labels of all customers who are not erased and have a paid order, without hysteresis."""
    record = read_record(now)
    shop = figures(record)
    labels: dict[int, dict[str, Any]] = {}
    for pk, buyer in record.buyers.items():
        if pk not in record.present or not buyer.orders:
            continue
        days = buyer.days
        row = life_cycle(days, shop, record.today)
        n = len(buyer.orders)
        priced = [amount for _at, _d, amount in buyer.orders if amount is not None]
        returned = [amount for amount in buyer.returns if amount is not None]
        revenue = sum(priced, Decimal(0)) + sum(returned, Decimal(0))
        capped = revenue
        if shop.cap is not None:
            capped = sum((min(a, shop.cap) for a in priced), Decimal(0))
            capped += sum((max(a, -shop.cap) for a in returned), Decimal(0))
        base = max(float(capped), 0.0)
        span = (days[-1] - days[0]).days
        pace = 365 * n / (span + min(row["silence"], row["slip"]) + shop.mean_gap)
        value = (base + 2 * shop.average) / (len(priced) + 2)
        index = price_index(record, shop, buyer)
        row |= {
            "n": n,
            "revenue": revenue,
            "O": round(n + pace, 4),
            "V": round(base + pace * value, 2),
            "index": index,
            "price": price_label(index),
            "mean_gap": span / (len(days) - 1) if len(days) > 1 else None,
        }
        labels[pk] = row
    group(labels)
    return record, shop, labels


def price_label(index: float | None) -> str:
    if index is None:
        return ""
    return "cheaper" if index <= 0.85 else "expensive" if index >= 1.15 else "average"


def group(labels: dict[int, dict[str, Any]]) -> None:
    repeaters = [row for row in labels.values() if row["n"] > 1]
    for row in labels.values():
        row["importance"] = "one_time"
    if len(repeaters) < 20:
        mean = sum(row["V"] for row in repeaters) / max(len(repeaters), 1)
        for row in repeaters:
            is_vip = row["n"] >= 5 and row["V"] >= 2 * mean
            row["importance"] = "vip" if is_vip else "frequent" if row["n"] >= 4 else "loyal"
        return
    table = pd.DataFrame(repeaters)
    # rank(method="min") - 1 counts the customers below: equal ones share the lower rank.
    by_orders = (table["O"].rank(method="min") - 1) / len(table)
    rank = pd.concat([by_orders, (table["V"].rank(method="min") - 1) / len(table)], axis=1).min(
        axis=1
    )
    top = int(0.10 * len(table) + 1e-9)
    for row, r, share in zip(repeaters, rank, by_orders, strict=True):
        is_vip = int((rank >= r).sum()) <= top
        row["importance"] = "vip" if is_vip else "frequent" if share >= 0.60 else "loyal"


def day_after(silence_limit: float, last: date) -> date:
    """The first day on which the silence is longer than the limit."""
    return last + timedelta(days=math.floor(silence_limit) + 1)
