"""Shops with enough orders to forecast from, written straight into the tables."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from cdp import bulk
from cdp.models import Customer, Order
from tests.analytics.shops import make_shop
from tests.conftest import NOW

# Customer number, days before `NOW` (may be negative), amount in the shop's currency.
Placed = tuple[int, float, float]


def store_orders(placed: Sequence[Placed], *, currency: str = "EUR", rate: bool = True) -> None:
    """Add orders of customers c0, c1, ...; those customers are added who are not there yet."""
    known = dict(Customer.objects.values_list("external_id", "pk"))
    wanted = sorted({number for number, _age, _amount in placed})
    missing = [number for number in wanted if f"c{number}" not in known]
    if missing:
        bulk.insert_rows(
            Customer,
            ("source", "external_id", "bucket"),
            [("shop", f"c{number}", number % 10_000) for number in missing],
        )
        known = dict(Customer.objects.values_list("external_id", "pk"))
    begin = Order.objects.count()
    bulk.insert_rows(
        Order,
        ("source", "external_id", "customer_id", "placed_at", "currency", "total", "amount"),
        [
            (
                "shop",
                f"o{begin + place}",
                known[f"c{number}"],
                NOW - timedelta(days=age),
                currency,
                Decimal(str(amount)),
                Decimal(str(amount)) if rate else None,
            )
            for place, (number, age, amount) in enumerate(placed)
        ],
    )


def regulars(
    *, customers: int, days: int, seed: int = 1, last: datetime = NOW, amount: int = 40
) -> list[Placed]:
    """Orders of customers who come at their own pace until they stop coming."""
    chance = random.Random(seed)
    placed: list[Placed] = []
    after = (NOW - last) / timedelta(days=1)
    for number in range(customers):
        age = after + chance.uniform(1, days)
        pace = chance.gammavariate(1.2, 40)
        stays = chance.betavariate(4, 1)
        while age > after:
            placed.append((number, age, amount + chance.randrange(amount)))
            if chance.random() > stays:
                break
            age -= 1 + chance.expovariate(1 / pace)
    return placed


def make_forecast_shop(*, customers: int = 400, days: int = 420, seed: int = 1) -> None:
    """A shop that is old and large enough for forecasts of 30, 90 and 365 days."""
    make_shop()
    store_orders(regulars(customers=customers, days=days, seed=seed))
