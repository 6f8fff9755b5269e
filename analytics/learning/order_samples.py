"""The order days and returns of an even sample of customers, to learn forecasts from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np
from django.db.models import Exists, OuterRef

from analytics.predictive.frames import Floats, Integers, Orders, columns, integers, read_orders
from analytics.predictive.order_days import OrderDays, order_days
from cdp.models import Customer, Order
from cdp.money import SCALE

MOST_CUSTOMERS = 50_000
MOST_ORDERS = 1_500_000
CUSTOMERS_AT_ONCE = 5_000


@dataclass(frozen=True)
class OrderSample:
    """The days of paid orders, and those of returns with what came back, of the same customers;
    values in shop currency, above zero.
    """

    days: OrderDays
    returned: OrderDays


def read_order_sample(*, start: datetime, zone: ZoneInfo) -> OrderSample:
    """Return what was ordered and returned before `start` by an even sample of customers: at most
    50,000 of those with a paid order, and about 1.5 million orders.

    The same data give the same sample.
    """
    orders = Order.objects.paid().filter(placed_at__lt=start)
    owned = orders.filter(customer_id=OuterRef("pk"))
    buyers = integers(
        columns(Customer.objects.present().filter(Exists(owned)).order_by("pk"), "pk")[0]
    )
    most = min(
        MOST_CUSTOMERS, max(buyers.size * MOST_ORDERS // max(orders.order_by().count(), 1), 1)
    )
    chosen = buyers[:: max(-(-buyers.size // most), 1)]
    counted = Order.objects.counted().filter(placed_at__lt=start)
    parts = [read_orders(counted.filter(customer_id__in=part), zone) for part in _parts(chosen)]
    return OrderSample(
        _days([part.where(~part.is_return) for part in parts], chosen, sign=1),
        _days([part.where(part.is_return) for part in parts], chosen, sign=-1),
    )


def _days(parts: list[Orders], chosen: Integers, *, sign: int) -> OrderDays:
    """Return the days of these orders; `sign` times their amounts is above zero."""
    nothing = np.empty(0, np.int64)
    customer = np.concatenate([*(part.customer for part in parts), nothing])
    day = np.concatenate([*(part.day for part in parts), nothing])
    amount = np.concatenate([*(part.amount for part in parts), nothing])
    value: Floats = sign * amount / SCALE
    return order_days(np.searchsorted(chosen, customer), day, value, customer_count=chosen.size)


def _parts(customers: Integers) -> Iterator[list[int]]:
    for start in range(0, customers.size, CUSTOMERS_AT_ONCE):
        yield customers[start : start + CUSTOMERS_AT_ONCE].tolist()
