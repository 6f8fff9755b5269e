"""What the files of a shop say, read with plain Python, against what the database holds."""

from __future__ import annotations

import csv
from collections import defaultdict
from datetime import datetime
from decimal import Decimal
from pathlib import Path

from django.db.models import Sum

from cdp.models import (
    Cart,
    CartLine,
    Consent,
    ConsentEvent,
    Customer,
    CustomerFieldValue,
    CustomerGroupMember,
    CustomerIdentity,
    Event,
    Order,
    OrderLine,
    Product,
    Refund,
)

KINDS = (
    "customers",
    "products",
    "orders",
    "order_lines",
    "refunds",
    "carts",
    "cart_lines",
    "events",
    "consents",
)
CUSTOM_FIELDS = ("shoe_size", "birthday", "club_member", "favourite_sport")


def rows_of(folder: Path, kind: str) -> list[dict[str, str]]:
    with (folder / f"{kind}.csv").open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))


def total(rows: list[dict[str, str]], column: str) -> Decimal:
    return sum((Decimal(row[column] or 0) for row in rows), Decimal(0))


def stored_total(model, column: str) -> Decimal:
    return model.objects.order_by().aggregate(total=Sum(column))["total"]


def stored(model, *columns: str) -> list[tuple]:
    """Return the sorted rows of a table, with an empty text for nothing as in a file."""
    rows = model.objects.values_list(*columns)
    return sorted(tuple("" if value is None else value for value in row) for row in rows)


def assert_holds_exactly(folder: Path) -> None:
    """Every row of every file is there once, with its money, and nothing else is."""
    files = {kind: rows_of(folder, kind) for kind in KINDS}
    assert all(files.values())
    _assert_customers(files["customers"])
    orders, lines, refunds = files["orders"], files["order_lines"], files["refunds"]
    refunded: dict[str, Decimal] = defaultdict(Decimal)
    for row in refunds:
        refunded[row["order_id"]] += Decimal(row["total"])
    assert stored(Order, "external_id", "customer__external_id", "total", "refunded") == sorted(
        (row["order_id"], row["customer_id"], Decimal(row["total"]), refunded[row["order_id"]])
        for row in orders
    )
    for column in ("total", "discount", "shipping", "tax"):
        assert stored_total(Order, column) == total(orders, column)
    customer_of = {row["order_id"]: row["customer_id"] for row in orders}
    columns = ("order__external_id", "external_id", "product__external_id", "quantity", "amount")
    assert stored(OrderLine, *columns, "customer__external_id") == sorted(
        (
            row["order_id"],
            row["line_id"],
            row["product_id"],
            int(row["quantity"]),
            Decimal(row["line_total"]),
            customer_of[row["order_id"]],
        )
        for row in lines
    )
    assert stored_total(OrderLine, "amount") == total(lines, "line_total")
    assert stored(Refund, "external_id", "total") == sorted(
        (row["refund_id"], Decimal(row["total"])) for row in refunds
    )
    _assert_visits(files)
    _assert_consents(files["consents"])
    assert stored(Product, "external_id", "name") == sorted(
        (row["product_id"], row["name"]) for row in files["products"]
    )


def _assert_customers(rows: list[dict[str, str]]) -> None:
    assert stored(Customer, "external_id", "email", "city", "country") == sorted(
        (row["customer_id"], row["email"], row["city"], row["country"]) for row in rows
    )
    assert CustomerFieldValue.objects.count() == sum(
        bool(row[name]) for row in rows for name in CUSTOM_FIELDS
    )
    assert CustomerGroupMember.objects.count() == sum(bool(row["groups"]) for row in rows)
    identities = list(CustomerIdentity.objects.values_list("customer", "kind", "value"))
    assert len(identities) == len(set(identities))


def _assert_visits(files: dict[str, list[dict[str, str]]]) -> None:
    assert stored(Cart, "external_id", "total") == sorted(
        (row["cart_id"], Decimal(row["total"])) for row in files["carts"]
    )
    assert stored(CartLine, "cart__external_id", "external_id", "quantity") == sorted(
        (row["cart_id"], row["line_id"], int(row["quantity"])) for row in files["cart_lines"]
    )
    assert stored(Event, "external_id", "kind") == sorted(
        (row["event_id"], row["event"]) for row in files["events"]
    )


def _assert_consents(rows: list[dict[str, str]]) -> None:
    def key(row: dict[str, str]) -> tuple[str, str, str]:
        return row["customer_id"], row["purpose"], row["channel"]

    told = sorted((*key(row), datetime.fromisoformat(row["occurred_at"])) for row in rows)
    columns = ("customer__external_id", "purpose", "channel")
    assert stored(ConsentEvent, *columns, "occurred_at") == told
    latest = {
        key(row): row["choice"]
        for row in sorted(rows, key=lambda row: datetime.fromisoformat(row["occurred_at"]))
    }
    assert stored(Consent, *columns, "state") == sorted(
        (*consent, choice) for consent, choice in latest.items()
    )
