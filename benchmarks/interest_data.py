"""The two real shops as arrays, and which categories, brands and products interest is judged on."""

from __future__ import annotations

import csv
import gzip
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import numpy as np

from analytics.predictive.frames import Integers

FOLDER = Path(
    os.environ.get("REGULARS_SHARED_DATA", Path(__file__).resolve().parents[2] / "shared" / "data")
)
SPLITS = {"webshop": date(2011, 9, 10), "grocery": date(2017, 10, 2)}
LEFT_OUT = {"", "Other", "House brand", "COUPON/MISC ITEMS"}
LEVELS = ("category", "brand", "product")
TARGETS = {"category": 50, "brand": 30, "product": 40}
MOST_BOUGHT = 400
LEAST_SHARE, LARGEST_SHARE = 0.015, 0.70
NONE = -1


@dataclass(frozen=True)
class ShopData:
    """Completed orders of known customers: order days, and lines with product; sorted by customer.

    `product_names` says what each product is called; `level_of[level]` gives its value at that
    level, NONE where it has none; `names` the values themselves; `left_out` those that are no
    target.
    """

    customer_count: int
    order_customer: Integers
    order_day: Integers
    line_customer: Integers
    line_product: Integers
    line_day: Integers
    product_names: list[str]
    level_of: dict[str, Integers]
    names: dict[str, list[str]]
    left_out: dict[str, set[int]]


def _rows(shop: str, name: str) -> Iterator[dict[str, str]]:
    with gzip.open(FOLDER / shop / f"{name}.csv.gz", "rt", encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def read_shop(shop: str) -> ShopData:
    """Read one of the real shops."""
    counted = [
        row
        for row in _rows(shop, "orders")
        if row.get("status", "completed") == "completed"
        and row["customer_id"]
        and float(row["total"]) > 0
    ]
    customers = {
        name: place for place, name in enumerate(sorted({row["customer_id"] for row in counted}))
    }
    orders = {
        row["order_id"]: (
            customers[row["customer_id"]],
            datetime.fromisoformat(row["ordered_at"]).toordinal(),
        )
        for row in counted
    }
    products: dict[str, int] = {}
    product_names: list[str] = []
    values: dict[str, dict[str, int]] = {"category": {}, "brand": {}}
    level_of: dict[str, list[int]] = {"category": [], "brand": []}
    for row in _rows(shop, "products"):
        products[row["product_id"]] = len(products)
        product_names.append(row["name"])
        for level, known in values.items():
            level_of[level].append(known.setdefault(row[level], len(known)) if row[level] else NONE)
    lines = []
    for row in _rows(shop, "order_lines"):
        if row["order_id"] in orders and int(row["quantity"]) > 0:
            if row["product_id"] not in products:
                products[row["product_id"]] = len(products)
                product_names.append("")
                level_of["category"].append(NONE)
                level_of["brand"].append(NONE)
            lines.append((*orders[row["order_id"]], products[row["product_id"]]))
    line = np.array(sorted(lines), np.int64)
    order = np.array(sorted(orders.values()), np.int64)
    return ShopData(
        len(customers),
        order[:, 0].copy(),
        order[:, 1].copy(),
        line[:, 0].copy(),
        line[:, 2].copy(),
        line[:, 1].copy(),
        product_names,
        {
            "category": np.array(level_of["category"], np.int64),
            "brand": np.array(level_of["brand"], np.int64),
            "product": np.arange(len(products)),
        },
        {
            "category": list(values["category"]),
            "brand": list(values["brand"]),
            "product": list(products),
        },
        {
            level: {place for name, place in known.items() if name in LEFT_OUT}
            for level, known in {**values, "product": {}}.items()
        },
    )


def targets(data: ShopData, level: str, day: int, *, every: bool = False) -> Integers:
    """Return the values judged: bought by 1.5-70 % of the customers before `day`, n of them evenly
    spread over the order of how many bought them, or every one.
    """
    known = data.line_day < day
    value = data.level_of[level][data.line_product[known]]
    pairs = np.unique(np.stack([value, data.line_customer[known]])[:, value != NONE], axis=1)
    buyers = np.bincount(pairs[0], minlength=len(data.names[level]))
    population = np.unique(data.order_customer[data.order_day < day]).size
    order = np.argsort(-buyers, kind="stable")
    if level == "product":
        order = order[:MOST_BOUGHT]
    share = buyers[order] / population
    order = order[(share >= LEAST_SHARE) & (share <= LARGEST_SHARE)]
    order = order[[place not in data.left_out[level] for place in order.tolist()]]
    count = order.size if every else min(TARGETS[level], order.size)
    return order[np.linspace(0, order.size - 1, count).astype(np.int64)]
