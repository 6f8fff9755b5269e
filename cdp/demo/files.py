"""The demo shop as CSV files such as a shop exports, with the column names the import knows."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from django.db import models

from cdp.demo.catalogue_tables import FIELDS, default_labels
from cdp.demo.people import GROUPS, TAGS
from cdp.demo.plan import Plan
from cdp.demo.shop import Figures, parts
from cdp.demo.tables import Table
from cdp.models import (
    Cart,
    CartLine,
    ConsentEvent,
    Customer,
    CustomerFieldValue,
    CustomerGroupMember,
    CustomerTag,
    Event,
    Order,
    OrderLine,
    Product,
    ProductAttribute,
    ProductCategory,
    Refund,
)
from cdp.money import MoneyField, from_units

if TYPE_CHECKING:
    from _csv import Writer as CsvWriter

Cells = Sequence[object]
ATTRIBUTES = ("colour", "material", "size")

# File, then per column of the file where it comes from: a column of the table, or '<column>
# <model>' for the external id behind a key.
FILES: dict[str, tuple[type[models.Model], dict[str, str]]] = {
    "orders": (
        Order,
        {
            "order_id": "external_id",
            "customer_id": "customer_id",
            "ordered_at": "placed_at",
            "status": "status",
            "cancelled_at": "cancelled_at",
            "currency": "currency",
            "total": "total",
            "discount": "discount",
            "shipping": "shipping",
            "tax": "tax",
            "channel": "channel",
            "country": "country",
        },
    ),
    "order_lines": (
        OrderLine,
        {
            "order_id": "order_id",
            "line_id": "external_id",
            "product_id": "product_id",
            "quantity": "quantity",
            "unit_price": "unit_price",
            "discount": "discount",
            "line_total": "amount",
        },
    ),
    "refunds": (
        Refund,
        {
            "refund_id": "external_id",
            "order_id": "order_id",
            "refunded_at": "refunded_at",
            "total": "total",
        },
    ),
    "carts": (
        Cart,
        {
            "cart_id": "external_id",
            "customer_id": "customer_id",
            "started_at": "started_at",
            "abandoned_at": "abandoned_at",
            "order_id": "recovered_order_id",
            "currency": "currency",
            "total": "total",
        },
    ),
    "cart_lines": (
        CartLine,
        {
            "cart_id": "cart_id",
            "line_id": "external_id",
            "product_id": "product_id",
            "quantity": "quantity",
            "unit_price": "unit_price",
        },
    ),
    "events": (
        Event,
        {
            "event_id": "external_id",
            "customer_id": "customer_id",
            "happened_at": "occurred_at",
            "event": "kind",
            "product_id": "product_id",
            "query": "query",
            "detail": "detail",
        },
    ),
    "consents": (
        ConsentEvent,
        {
            "customer_id": "customer_id",
            "purpose": "purpose",
            "channel": "channel",
            "choice": "choice",
            "occurred_at": "occurred_at",
            "proof": "proof",
        },
    ),
}
_CUSTOMER_COLUMNS = [
    "email",
    "phone",
    "first_name",
    "last_name",
    "language",
    "country",
    "region",
    "city",
    "postal_code",
]
_PRODUCT_COLUMNS = ["sku", "name", "brand"]
_LATER_COLUMNS = (
    "category", "price", "list_price", "available", "image_url", "page_url", "first_seen_at",
)  # fmt: skip


class _Keys:
    """The external id behind each primary key of the tables written so far in this chunk."""

    def __init__(self) -> None:
        self._known: dict[type[models.Model], dict[object, object]] = {}

    def learn(self, table: Table) -> None:
        if "external_id" in table.columns and table.model not in (OrderLine, CartLine):
            pairs = zip(table.columns["id"], table.columns["external_id"], strict=True)
            self._known[table.model] = dict(pairs)

    def behind(self, model: type[models.Model], keys: Iterable[object]) -> list[object]:
        known = self._known[model]
        return ["" if key is None else known[key] for key in keys]


def _moment(value: object) -> str:
    return f"{value}+00:00" if value else ""


def _cells(table: Table, name: str, keys: _Keys) -> Cells:
    """Return one column as it stands in a file."""
    values = table.columns[name]
    column = {field.attname: field for field in table.model._meta.concrete_fields}[name]
    if isinstance(column, models.ForeignKey):
        return keys.behind(column.related_model, values)
    if isinstance(column, MoneyField):
        return [from_units(value) for value in values]  # type: ignore[arg-type]
    if isinstance(column, models.DateTimeField):
        return [_moment(value) for value in values]
    return values


def write(plan: Plan, folder: Path, *, figures: Figures) -> Iterator[int]:
    """Write all files; yield the number of customers written so far."""
    folder.mkdir(parents=True, exist_ok=True)
    labels = default_labels()
    with ExitStack() as stack:

        def opened(name: str) -> CsvWriter:
            path = folder / f"{name}.csv"
            return csv.writer(stack.enter_context(path.open("w", encoding="utf-8", newline="")))

        customers, products = opened("customers"), opened("products")
        writers = {name: opened(name) for name in FILES}
        for name, (_model, columns) in FILES.items():
            writers[name].writerow(columns)
        customers.writerow(
            ["customer_id", *_CUSTOMER_COLUMNS, "created_at", "tags", "groups"]
            + [key for key, _label, _type in FIELDS]
        )
        products.writerow(["product_id", *_PRODUCT_COLUMNS, *_LATER_COLUMNS, *ATTRIBUTES])
        keys = _Keys()
        written = 0
        for part in parts(plan, labels=labels):
            tables = {table.model: table for table in part.tables}
            for table in part.tables:
                keys.learn(table)
                figures.add(table)
            if Product in tables:
                products.writerows(_product_rows(tables, keys))
            else:
                customers.writerows(_customer_rows(tables, keys))
                for name, (model, columns) in FILES.items():
                    table = tables[model]
                    cells = [_cells(table, source, keys) for source in columns.values()]
                    writers[name].writerows(zip(*cells, strict=True))
            written += part.customers
            yield written


def _by_owner(table: Table, owner: str, *names: str) -> dict[object, list[tuple[object, ...]]]:
    """Return the rows of a table by what they belong to."""
    found: dict[object, list[tuple[object, ...]]] = {}
    for key, *values in zip(table.columns[owner], *(table.columns[n] for n in names), strict=True):
        found.setdefault(key, []).append(tuple(values))
    return found


def _customer_rows(
    tables: Mapping[type[models.Model], Table], keys: _Keys
) -> Iterator[list[object]]:
    table = tables[Customer]
    tags = _by_owner(tables[CustomerTag], "customer_id", "tag_id")
    groups = _by_owner(tables[CustomerGroupMember], "customer_id", "group_id")
    values = _by_owner(
        tables[CustomerFieldValue], "customer_id", "field_id", "text", "number", "date", "flag"
    )
    tag_names: dict[object, str] = dict(enumerate(TAGS))
    group_names: dict[object, str] = dict(enumerate(GROUPS))
    plain = [_cells(table, name, keys) for name in ("external_id", *_CUSTOMER_COLUMNS)]
    for customer, registered_at, *row in zip(
        table.columns["id"], _cells(table, "registered_at", keys), *plain, strict=True
    ):
        own = {field: _value(*rest) for field, *rest in values.get(customer, [])}
        yield [
            *row,
            registered_at,
            ", ".join(tag_names[tag] for (tag,) in tags.get(customer, [])),
            ", ".join(group_names[group] for (group,) in groups.get(customer, [])),
            *(own.get(number, "") for number in range(len(FIELDS))),
        ]


def _value(text: object, number: object, date: object, flag: object) -> object:
    """Return the one of a custom field's columns that says something."""
    if flag is not None:
        return "yes" if flag else "no"
    return text or number or date


def _product_rows(
    tables: Mapping[type[models.Model], Table], keys: _Keys
) -> Iterator[list[object]]:
    table = tables[Product]
    paths = {number: path for path, number in default_labels().categories.items()}
    leaves = {
        product: paths[category]
        for product, category, distance in zip(
            *(
                tables[ProductCategory].columns[n]
                for n in ("product_id", "category_id", "distance")
            ),
            strict=True,
        )
        if distance == 0
    }
    attributes = _by_owner(tables[ProductAttribute], "product_id", "key", "value")
    first = [_cells(table, name, keys) for name in ("external_id", *_PRODUCT_COLUMNS)]
    rest = [
        _cells(table, name, keys)
        for name in (
            "price",
            "list_price",
            "is_available",
            "image_url",
            "page_url",
            "first_seen_at",
        )
    ]
    for position, product in enumerate(table.columns["id"]):
        own: dict[object, object] = dict(attributes.get(product, []))  # type: ignore[arg-type]
        later = [column[position] for column in rest]
        later[2] = "yes" if later[2] else "no"
        yield [
            *(column[position] for column in first),
            " > ".join(leaves[product]),
            *later,
            *(own.get(name, "") for name in ATTRIBUTES),
        ]
