"""The real shop data beside the checkout, written straight into the tables."""

from __future__ import annotations

import csv
import gzip
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from cdp import bulk
from cdp.models import Category, Customer, Order, OrderLine, Product, ProductCategory, Shop
from cdp.text import key

FOLDER = Path(
    os.environ.get(
        "REGULARS_SHARED_DATA", Path(__file__).resolve().parents[2].parent / "shared" / "data"
    )
)


def read(shop: str, name: str) -> Iterator[dict[str, str]]:
    with gzip.open(FOLDER / shop / f"{name}.csv.gz", "rt", encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def load(shop: str, currency: str) -> None:
    if not (FOLDER / shop).is_dir():
        pytest.skip(
            f"The folder {FOLDER / shop} is missing; name its parent in REGULARS_SHARED_DATA."
        )
    Shop.objects.update_or_create(pk=1, defaults={"currency": currency})
    bulk.insert_rows(
        Customer,
        ("source", "external_id", "email", "registered_at", "bucket"),
        (
            ("shop", row["customer_id"], row["email"], moment(row["created_at"]), number % 10_000)
            for number, row in enumerate(read(shop, "customers"))
        ),
    )
    customers = dict(Customer.objects.values_list("external_id", "pk"))
    _load_products(shop)
    products = dict(Product.objects.values_list("external_id", "pk"))
    orders = {row["order_id"]: row for row in read(shop, "orders")}
    bulk.insert_rows(
        Order,
        ("source", "external_id", "customer_id", "placed_at", "currency", "total", "amount"),
        (
            (
                "shop",
                row["order_id"],
                customers.get(row["customer_id"]),
                moment(row["ordered_at"]),
                currency,
                Decimal(row["total"]),
                Decimal(row["total"]),
            )
            for row in orders.values()
        ),
    )
    ids = {
        external: (pk, counts_as, placed_at)
        for external, pk, counts_as, placed_at in Order.objects.values_list(
            "external_id", "pk", "counts_as", "placed_at"
        )
    }
    bulk.insert_rows(
        OrderLine,
        (
            "order_id",
            "external_id",
            "customer_id",
            "product_id",
            "placed_at",
            "quantity",
            "purchased_quantity",
            "unit_price",
            "amount",
        ),
        (
            (
                ids[row["order_id"]][0],
                str(number),
                customers.get(orders[row["order_id"]]["customer_id"]),
                products[row["product_id"]],
                ids[row["order_id"]][2],
                int(row["quantity"]),
                max(int(row["quantity"]), 0) if ids[row["order_id"]][1] == 1 else 0,
                Decimal(row["unit_price"]),
                Decimal(row["line_total"]),
            )
            for number, row in enumerate(read(shop, "order_lines"))
        ),
    )


def _load_products(shop: str) -> None:
    rows = list(read(shop, "products"))
    listed = {row["product_id"] for row in rows}
    unlisted = {row["product_id"] for row in read(shop, "order_lines")} - listed
    rows += [{"product_id": product_id, "name": ""} for product_id in sorted(unlisted)]
    names = sorted({row.get("category") or row.get("department") or "Other" for row in rows})
    bulk.insert_rows(
        Category,
        ("name", "name_key", "path", "path_key"),
        ((name, key(name), name, key(name)) for name in names),
    )
    categories = dict(Category.objects.values_list("name", "pk"))
    bulk.insert_rows(
        Product,
        ("source", "external_id", "name"),
        (("shop", row["product_id"], row["name"][:300]) for row in rows),
    )
    products = dict(Product.objects.values_list("external_id", "pk"))
    bulk.insert_rows(
        ProductCategory,
        ("product_id", "category_id", "distance"),
        (
            (
                products[row["product_id"]],
                categories[row.get("category") or row.get("department") or "Other"],
                0,
            )
            for row in rows
        ),
    )
