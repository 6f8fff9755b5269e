"""Shops for tests: random ones with every oddity, and single histories."""

from __future__ import annotations

import random
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from decimal import Decimal

from cdp.models import (
    Cart,
    Category,
    Customer,
    CustomerChange,
    Event,
    Order,
    OrderLine,
    Product,
    ProductCategory,
    Shop,
)
from cdp.periods import start_of
from tests.conftest import NOW

ZONE = "Europe/Copenhagen"


def make_shop(currency: str = "EUR", zone: str = ZONE) -> Shop:
    return Shop.objects.update_or_create(pk=1, defaults={"currency": currency, "time_zone": zone})[
        0
    ]


def make_customer(number: int, **values: object) -> Customer:
    return Customer.objects.create(
        external_id=f"c{number}", bucket=number % 10_000, email=f"c{number}@example.com", **values
    )


def at(day: date, hour: float = 10.0) -> datetime:
    return start_of(day, Shop.objects.current().zone) + timedelta(hours=hour)


def make_order(
    customer: Customer | None,
    placed_at: datetime,
    total: Decimal | int = 50,
    *,
    currency: str = "EUR",
    **values: object,
) -> Order:
    total = Decimal(total)
    number = Order.objects.count()
    values.setdefault("amount", total if currency == "EUR" else None)
    return Order.objects.create(
        customer=customer,
        external_id=f"o{number}",
        placed_at=placed_at,
        total=total,
        currency=currency,
        **values,
    )


def make_line(order: Order, product: Product, quantity: int = 1, **values: object) -> OrderLine:
    values.setdefault("unit_price", product.price)
    values.setdefault("amount", (product.price or 0) * quantity)
    return OrderLine.objects.create(
        order=order,
        customer=order.customer,
        placed_at=order.placed_at,
        external_id=str(order.lines.count()),
        product=product,
        quantity=quantity,
        purchased_quantity=quantity if order.counts_as == 1 and quantity > 0 else 0,
        **values,
    )


def make_history(customer: Customer, days: Iterable[date], total: int = 50) -> None:
    zone = Shop.objects.current().zone
    Order.objects.bulk_create(
        Order(
            customer=customer,
            external_id=f"{customer.external_id}-{day}",
            placed_at=start_of(day, zone) + timedelta(hours=10),
            total=total,
            amount=total,
            currency="EUR",
        )
        for day in days
    )


def make_products(count: int, random: random.Random) -> list[Product]:
    roots = [
        Category.objects.create(name=name, name_key=name, path=name, path_key=name)
        for name in ("sport", "home")
    ]
    leaves = [
        Category.objects.create(
            parent=root,
            name=f"{root.name}{i}",
            name_key=f"{root.name}{i}",
            path=f"{root.name} > {i}",
            path_key=f"{root.name} > {i}",
        )
        for root in roots
        for i in range(3)
    ]
    products = []
    for number in range(count):
        product = Product.objects.create(
            external_id=f"p{number}",
            name=f"Product {number}",
            price=Decimal(random.choice([0, 5, 9, 20, 45, 120, 300])) + Decimal("0.95"),
        )
        products.append(product)
        if random.random() < 0.9:
            leaf = random.choice(leaves)
            ProductCategory.objects.create(product=product, category=leaf, distance=0)
            ProductCategory.objects.create(product=product, category=leaf.parent, distance=1)
    return products


def add_random_order(
    customer: Customer | None, placed_at: datetime, products: list[Product], random: random.Random
) -> Order:
    kind = random.random()
    lines = [
        (random.choice(products), random.choice([1, 1, 2, 5])) for _ in range(random.randint(0, 3))
    ]
    total = sum((product.price * quantity for product, quantity in lines), Decimal("3.50"))
    values: dict[str, object] = {"status": "paid"}
    if kind < 0.08:
        values["status"] = random.choice(["pending", "cancelled", "refunded"])
    elif kind < 0.14:
        total = -total
    elif kind < 0.18:
        values |= {"currency": "SEK", "amount": None}
    elif kind < 0.20:
        total = total * 400
    elif kind < 0.24:
        total = Decimal(0)
    elif kind < 0.34:
        values |= {"discount": Decimal("2.50")}
    order = make_order(customer, placed_at, total, **values)
    order.refresh_from_db()
    for product, quantity in lines:
        price = None if order.amount is None else product.price
        off = random.choice([Decimal(0), Decimal(0), Decimal("0.30")])
        make_line(
            order,
            product,
            quantity,
            unit_price=price,
            amount=None if price is None else max(price * quantity - off, Decimal(0)),
        )
    return order


def make_random_shop(
    seed: int, *, customers: int = 60, days: int = 800, now: datetime = NOW
) -> tuple[list[Customer], list[Product]]:
    """A shop with repeaters, guests, returns, cancelled, foreign, free and future orders."""
    chance = random.Random(seed)
    make_shop()
    products = make_products(25, chance)
    people = []
    for number in range(customers):
        customer = make_customer(
            number,
            registered_at=now - timedelta(days=chance.randint(0, 900)),
            email_consent=chance.choice([-1, 0, 1]),
            erased_at=now if chance.random() < 0.04 else None,
            country=chance.choice(["DK", "DE", ""]),
        )
        people.append(customer)
        count = chance.choice([0, 1, 1, 1, 2, 2, 3, 5, 8, 15])
        moment = now - timedelta(days=chance.uniform(0, days))
        pace = chance.choice([2, 20, 60, 150])
        for _ in range(count):
            add_random_order(customer, moment, products, chance)
            moment += timedelta(days=chance.expovariate(1 / pace))
            if moment > now + timedelta(days=3):
                break
        if chance.random() < 0.3:
            started = now - timedelta(days=chance.uniform(-1, 300))
            Cart.objects.create(
                customer=customer,
                external_id=f"k{number}",
                started_at=started,
                abandoned_at=started + timedelta(hours=2),
                currency="EUR",
            )
        if chance.random() < 0.3:
            Event.objects.create(
                customer=customer,
                external_id=f"e{number}",
                kind="page_view",
                occurred_at=now - timedelta(days=chance.uniform(-1, 300)),
            )
    for _ in range(5):
        add_random_order(None, now - timedelta(days=chance.uniform(1, days)), products, chance)
    return people, products


def mark_changed(customer: Customer, moment: datetime, oldest: datetime | None = None) -> None:
    """What ingestion does when the facts of a customer change."""
    change, created = CustomerChange.objects.get_or_create(
        customer=customer, defaults={"changed_at": moment, "oldest_order_at": oldest}
    )
    if not created:
        known = [m for m in (change.oldest_order_at, oldest) if m is not None]
        change.changed_at, change.oldest_order_at = moment, min(known, default=None)
        change.save()
