"""A shop of campers and runners, who buy from their half of the products."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import datetime, timedelta

from cdp.models import Customer, Order, OrderLine, Product
from tests.conftest import NOW
from tests.factories import make_customer, make_product, make_shop

CAMPING = ("Tent", "Stove", "Lamp", "Rope", "Mat", "Mug", "Axe", "Tarp", "Bag", "Knife")
RUNNING = ("Shoe", "Sock", "Short", "Watch", "Cap", "Belt", "Gel", "Vest", "Bottle", "Glove")


def make_taste_shop(*, customers: int = 120, seed: int = 1, until: datetime = NOW) -> list[Product]:
    """Customers c0, c1, ...: even ones camp, odd ones run, the last ten never bought anything."""
    make_shop()
    chance = random.Random(seed)
    seen = until - timedelta(days=900)
    products = [
        make_product(name, category=category, brand=brand, first_seen_at=seen)
        for names, category in ((CAMPING, "Camping"), (RUNNING, "Running"))
        for place, name in enumerate(names)
        for brand in (("Nordic", "Sprint")[place % 2],)
    ]
    half = len(CAMPING)
    people = [make_customer(external_id=f"c{n}", registered_at=seen) for n in range(customers)]
    baskets: list[tuple[Customer, datetime, list[Product]]] = []
    for number, customer in enumerate(people[:-10]):
        own = products[:half] if number % 2 == 0 else products[half:]
        favourites = chance.sample(own, 3)
        for _order in range(chance.randint(2, 7)):
            moment = until - timedelta(days=chance.uniform(1, 240))
            basket = {chance.choice(favourites), chance.choice(own)}
            if chance.random() < 0.1:
                basket.add(chance.choice(products))
            baskets.append((customer, moment, sorted(basket, key=lambda product: product.pk)))
    add_orders(baskets)
    return products


def add_order(customer: Customer, moment: datetime, products: Sequence[Product]) -> None:
    """An order of one piece of each product."""
    add_orders([(customer, moment, products)])


def add_orders(baskets: Sequence[tuple[Customer, datetime, Sequence[Product]]]) -> None:
    """Orders of one piece of each product."""
    count = Order.objects.count()
    orders = Order.objects.bulk_create(
        Order(
            customer=customer,
            external_id=f"o{count + number}",
            placed_at=moment,
            currency="EUR",
            total=20 * len(products),
            amount=20 * len(products),
        )
        for number, (customer, moment, products) in enumerate(baskets)
    )
    OrderLine.objects.bulk_create(
        OrderLine(
            order=order,
            external_id=str(number),
            customer=order.customer,
            product=product,
            placed_at=order.placed_at,
            quantity=1,
            purchased_quantity=1,
            unit_price=20,
            amount=20,
        )
        for order, (_customer, _moment, products) in zip(orders, baskets, strict=True)
        for number, product in enumerate(products)
    )
