"""The order days of an even sample of customers, to learn forecasts from."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np
from django.db.models import Exists, OuterRef

from analytics.predictive.frames import Integers, columns, integers, read_orders
from analytics.predictive.order_days import OrderDays, order_days
from cdp.models import Customer, Order
from cdp.money import SCALE

MOST_CUSTOMERS = 50_000
MOST_ORDERS = 1_500_000
CUSTOMERS_AT_ONCE = 5_000


def read_order_days(*, start: datetime, zone: ZoneInfo) -> OrderDays:
    """Return the days of paid orders before `start`, values in shop currency, of an even sample:
    at most 50,000 of the customers with such an order, and about 1.5 million orders.

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
    owner, day, value = [], [], []
    for part in _parts(chosen):
        found = read_orders(orders.filter(customer_id__in=part), zone)
        owner.append(np.searchsorted(chosen, found.customer))
        day.append(found.day)
        value.append(found.amount / SCALE)
    nothing = np.empty(0, np.int64)
    return order_days(
        np.concatenate([*owner, nothing]).astype(np.int64),
        np.concatenate([*day, nothing]).astype(np.int64),
        np.concatenate([*value, np.empty(0)]).astype(np.float64),
        customer_count=chosen.size,
    )


def _parts(customers: Integers) -> Iterator[list[int]]:
    for start in range(0, customers.size, CUSTOMERS_AT_ONCE):
        yield customers[start : start + CUSTOMERS_AT_ONCE].tolist()
