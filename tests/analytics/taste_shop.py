"""The made-up shop with tastes as rows of the database: campers buy tents, cooks buy pans."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal

import numpy as np

from analytics.models import Interest, InterestTarget
from cdp.models import Customer, Order, OrderLine, Product, Shop
from cdp.periods import start_of
from cdp.text import key
from tests.analytics.predictive import interest_shop
from tests.conftest import NOW
from tests.factories import make_product, make_shop

CUSTOMERS = 200
TODAY = NOW.date()
FAR_BACK = interest_shop.DAY
BRANDS = ("Nordisk", "Hilleberg", "Vaude", "Fiskars", "Eva Solo", "Scanpan")
WORDS = ("dome", "tunnel", "tarp", "skillet", "wok", "casserole")
CATEGORIES = ("Outdoor > Tents", "Kitchen > Pans")
HALF = interest_shop.PRODUCTS // interest_shop.TASTES


def make_goods() -> list[Product]:
    """24 products: four of each brand, twelve of each category, each with the word of its brand."""
    return [
        make_product(
            f"Number {number} {WORDS[number // 4]}",
            brand=BRANDS[number // 4],
            category=CATEGORIES[number // HALF],
        )
        for number in range(interest_shop.PRODUCTS)
    ]


def make_taste_shop(*, customers: int = CUSTOMERS, until: int = FAR_BACK) -> list[Product]:
    """Make customers (external ids c0, c1, ...; even ones are campers) with their orders of the
    last 400 days up to yesterday, or up to day `until` of them.
    """
    make_shop()
    goods = make_goods()
    make_customers(customers)
    rows = interest_shop.lines(customers=customers, until=FAR_BACK)
    add_lines(goods, (tuple(row) for row in rows[rows[:, 2] < until].tolist()))
    return goods


def make_customers(count: int) -> None:
    """Make customers c0, c1, ..."""
    Customer.objects.bulk_create(
        Customer(external_id=f"c{number}", bucket=number) for number in range(count)
    )


def day_of(number: int) -> date:
    """The day that a number of the history stands for: 400 is today."""
    return TODAY + timedelta(days=number - FAR_BACK)


def add_lines(goods: list[Product], rows: Iterable[tuple[int, ...]]) -> None:
    """Add (customer, product, day) as lines of one order per customer and day."""
    people = {one.external_id: one for one in Customer.objects.all()}
    baskets: dict[tuple[int, int], list[int]] = {}
    for customer, product, day in rows:
        baskets.setdefault((customer, day), []).append(product)
    first, zone = Order.objects.count(), Shop.objects.current().zone
    orders = Order.objects.bulk_create(
        Order(
            external_id=f"t{first + number}",
            customer=people[f"c{customer}"],
            placed_at=start_of(day_of(day), zone) + timedelta(hours=10),
            currency="EUR",
            total=Decimal(20 * len(basket)),
            amount=Decimal(20 * len(basket)),
        )
        for number, ((customer, day), basket) in enumerate(baskets.items())
    )
    OrderLine.objects.bulk_create(
        OrderLine(
            order=order,
            external_id=str(place),
            customer_id=order.customer_id,
            product=goods[product],
            placed_at=order.placed_at,
            quantity=1,
            purchased_quantity=1,
            unit_price=Decimal(20),
            amount=Decimal(20),
        )
        for order, basket in zip(orders, baskets.values(), strict=True)
        for place, product in enumerate(basket)
    )


def campers(external_ids: Iterable[str]) -> float:
    """Return the share of campers among customers."""
    return float(np.mean([int(one[1:]) % 2 == 0 for one in external_ids]))


def target(kind: str, name: str) -> InterestTarget:
    """The target of this kind and name."""
    return InterestTarget.objects.get(kind=kind, key=key(name))


def interested(one: InterestTarget, **filters: object) -> list[str]:
    """The external ids of the customers who are interested in a target."""
    rows = Interest.objects.filter(target=one, **filters)
    return list(rows.values_list("customer__external_id", flat=True))


def snapshot() -> list[tuple]:
    """Every interest, in order."""
    rows = Interest.objects.order_by("target__kind", "target__key", "customer_id")
    return list(rows.values_list())
