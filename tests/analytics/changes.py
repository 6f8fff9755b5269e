"""Random later changes to a shop, and what a refresh stored, for laws about refreshes."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import transaction

from analytics.models import CustomerClassification, CustomerStatistics
from cdp.models import Cart, Customer, Event, Order, Product
from tests.analytics.shops import add_random_order, make_customer, mark_changed

Snapshot = tuple[list[dict], list[dict]]


def snapshot() -> Snapshot:
    return (
        list(CustomerStatistics.objects.order_by("pk").values()),
        list(CustomerClassification.objects.order_by("pk").values()),
    )


class _Undo(Exception):
    pass


def undone(action: Callable[[], Snapshot]) -> Snapshot:
    """Do something, keep what it returned, and take back all it wrote."""
    result: list[Snapshot] = []
    try:
        with transaction.atomic():
            result.append(action())
            raise _Undo
    except _Undo:
        return result[0]


def change_something(moment: datetime, products: list[Product], chance: random.Random) -> None:
    """One change of the kinds that an import brings, marked as ingestion marks it."""
    customer = chance.choice(list(Customer.objects.filter(erased_at=None)))
    oldest: datetime | None = None
    kind = chance.choice(
        ["order", "order", "order", "old order", "cancel", "new", "visit", "profile", "erase"]
    )
    if kind == "order":
        oldest = moment - timedelta(minutes=chance.randint(-90, 300))
        add_random_order(customer, oldest, products, chance)
    elif kind == "old order":
        oldest = moment - timedelta(days=chance.uniform(1, 400))
        add_random_order(customer, oldest, products, chance)
    elif kind == "cancel":
        order = customer.orders.filter(counts_as=1).order_by("-placed_at").first()
        if order is not None:
            oldest = order.placed_at
            Order.objects.filter(pk=order.pk).update(status="cancelled")
            order.lines.update(purchased_quantity=0)
    elif kind == "new":
        customer = make_customer(1000 + Customer.objects.count(), registered_at=moment)
        if chance.random() < 0.5:
            oldest = moment
            add_random_order(customer, moment, products, chance)
    elif kind == "visit":
        number = f"x{Event.objects.count() + Cart.objects.count()}"
        Event.objects.create(
            customer=customer, external_id=number, kind="search", occurred_at=moment
        )
        Cart.objects.create(
            customer=customer, external_id=number, started_at=moment, currency="EUR"
        )
    elif kind == "profile":
        Customer.objects.filter(pk=customer.pk).update(
            country=chance.choice(["DK", "SE", ""]), email_consent=chance.choice([-1, 0, 1])
        )
    else:
        Customer.objects.filter(pk=customer.pk).update(erased_at=moment)
    mark_changed(customer, moment, oldest)
