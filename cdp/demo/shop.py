"""A demo shop table by table, written to the database or recognised there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from django.db import models

from cdp import bulk
from cdp.demo.calendar import HISTORY_DAYS, Calendar
from cdp.demo.catalogue import make_catalogue
from cdp.demo.catalogue_tables import Labels, catalogue_tables, default_labels, store_labels
from cdp.demo.chunk import make_chunk
from cdp.demo.customer_tables import customer_tables
from cdp.demo.order_tables import cart_tables, event_table, purchase_tables
from cdp.demo.plan import CURRENCY, SHOP_NAME, SOURCE, TIME_ZONE, Plan
from cdp.demo.tables import Numbers, Table
from cdp.models import (
    Cart,
    CartLine,
    Category,
    Consent,
    ConsentEvent,
    Customer,
    CustomerChange,
    CustomerField,
    CustomerFieldValue,
    CustomerGroup,
    CustomerGroupMember,
    CustomerIdentity,
    CustomerTag,
    Event,
    Order,
    OrderLine,
    Product,
    ProductAttribute,
    ProductCategory,
    Refund,
    Shop,
    Tag,
)
from cdp.periods import local_day

# In the order in which they refer to each other.
TABLES: tuple[type[models.Model], ...] = (
    Product,
    ProductCategory,
    ProductAttribute,
    Customer,
    CustomerIdentity,
    CustomerTag,
    CustomerGroupMember,
    CustomerFieldValue,
    ConsentEvent,
    Consent,
    Order,
    OrderLine,
    Refund,
    Cart,
    CartLine,
    Event,
    CustomerChange,
)
LABELS: tuple[type[models.Model], ...] = (Category, Tag, CustomerGroup, CustomerField)


@dataclass(frozen=True)
class Part:
    """Some tables that are complete, and how many customers are in them."""

    customers: int
    tables: list[Table]


@dataclass
class Figures:
    """How many rows of each kind were made."""

    counts: dict[type[models.Model], int] = field(default_factory=dict)

    def add(self, table: Table) -> None:
        """Count a table in."""
        self.counts[table.model] = self.counts.get(table.model, 0) + len(table)

    def __getitem__(self, model: type[models.Model]) -> int:
        return self.counts.get(model, 0)


def parts(
    plan: Plan, *, labels: Labels | None = None, numbers: Numbers | None = None
) -> Iterator[Part]:
    """Make the shop: first its products, then chunk by chunk its customers; memory does not grow
    with the shop.
    """
    labels = labels or default_labels()
    numbers = numbers or Numbers()
    calendar = Calendar(plan.end, plan.zone)
    catalogue = make_catalogue(plan.customers, plan.seed, calendar)
    first = catalogue_tables(plan, catalogue, labels, numbers)
    products = np.array(first[0].columns["id"])
    yield Part(0, first)
    for number in range(plan.chunk_count):
        chunk = make_chunk(plan, number, catalogue=catalogue, calendar=calendar)
        customers, tables = customer_tables(plan, chunk.people, chunk.consents, labels, numbers)
        orders, purchases = purchase_tables(plan, chunk.purchases, customers, products, numbers)
        carts = cart_tables(
            plan,
            chunk.carts,
            chunk.cart_lines,
            customers=customers,
            orders=orders,
            products=products,
            numbers=numbers,
        )
        events = event_table(plan, chunk.events, customers, products, numbers)
        yield Part(len(customers), [*tables, *purchases, *carts, events])


def default_plan(*, customers: int, seed: int, end: date | None, now: datetime) -> Plan:
    """Return the plan for this installation: its zone and currency where they are set, else the
    demo's own.
    """
    shop = Shop.objects.current()
    is_default = shop.time_zone == "UTC"
    zone = ZoneInfo(TIME_ZONE) if is_default else shop.zone
    return Plan(customers, seed, end or local_day(now, zone), zone, shop.currency or CURRENCY)


def store(plan: Plan, *, now: datetime, figures: Figures) -> Iterator[int]:
    """Write the shop in one transaction; yield the number of customers written so far.

    Every customer is noted as changed, so that the next refresh, full or not, takes them in.
    """
    with bulk.indexes_afterwards(TABLES):
        name_shop(plan)
        labels = store_labels(plan.source)
        numbers = Numbers({model: bulk.last_id(model) for model in TABLES})
        written = 0
        moment = now.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")
        for part in parts(plan, labels=labels, numbers=numbers):
            for table in part.tables:
                bulk.insert_prepared(table.model, tuple(table.columns), table.rows)
                figures.add(table)
                if table.model is Customer:
                    bulk.insert_prepared(
                        CustomerChange,
                        ("customer_id", "changed_at"),
                        [(customer, moment) for customer in table.columns["id"]],
                    )
            written += part.customers
            yield written
        bulk.reset_sequences([model for model in TABLES if model is not CustomerChange])


def name_shop(plan: Plan) -> None:
    """Give the shop a name, currency and zone where it has none of its own."""
    shop = Shop.objects.current()
    if shop.name == Shop._meta.get_field("name").default:
        shop.name = SHOP_NAME
    shop.currency = shop.currency or plan.currency
    if shop.time_zone == "UTC":
        shop.time_zone = plan.zone.key
    shop.save()


def find(*, customers: int, seed: int) -> Plan | None:
    """Return the plan of the demo shop of this size and seed that is in the database, whatever its
    end.
    """
    sample = min(customers, 200)
    stored = list(
        Customer.objects.filter(source=SOURCE)
        .order_by("pk")
        .values_list("external_id", "email", "registered_at")[:sample]
    )
    if len(stored) < sample or stored[0][2] is None:
        return None
    if Customer.objects.filter(source=SOURCE).count() != customers:
        return None
    shop = Shop.objects.current()
    end = local_day(stored[0][2], shop.zone) + timedelta(days=HISTORY_DAYS)
    plan = Plan(customers, seed, end, shop.zone, shop.currency)
    calendar = Calendar(end, shop.zone)
    chunk = make_chunk(
        plan,
        0,
        catalogue=make_catalogue(customers, seed, calendar),
        calendar=calendar,
    )
    _keys, tables = customer_tables(plan, chunk.people, chunk.consents, default_labels(), Numbers())
    columns = tables[0].columns
    expected = list(
        zip(columns["external_id"], columns["email"], columns["registered_at"], strict=True)
    )[:sample]
    found = [(known, email, f"{moment:%Y-%m-%d %H:%M:%S}") for known, email, moment in stored]
    return plan if found == expected else None


def next_source() -> str:
    """Return the name of the next feed that may be added: demo2, demo3, ..."""
    taken = set(Customer.objects.values_list("source", flat=True).distinct())
    number = 2
    while f"demo{number}" in taken:
        number += 1
    return f"demo{number}"
