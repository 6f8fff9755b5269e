"""Which products customers looked at or put into a cart, where the shop tells."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from django.db.models import QuerySet

from analytics.learning.purchase_samples import place_among
from analytics.predictive.frames import Integers, columns, days_of, integers, moments, raw
from analytics.predictive.purchases import Purchases, purchases
from cdp.models import Event

KINDS = ("product_view", "add_to_cart")
# What was looked at earlier says nothing any longer.
REMEMBERED_DAYS = 60
CUSTOMERS_AT_ONCE = 5_000


def views_between(start: datetime, end: datetime) -> QuerySet[Event]:
    """Return the views of [start, end) that tell of which product."""
    seen = Event.objects.filter(kind__in=KINDS, occurred_at__gte=start, occurred_at__lt=end)
    return seen.filter(product__isnull=False)


def read_views(
    rows: QuerySet[Event], customers: Integers, products: Integers, zone: ZoneInfo
) -> Purchases:
    """Return the distinct (customer, product, day) of views, as places among the sorted ids."""
    who, what, when = columns(rows.order_by(), "customer_id", "product_id", raw("occurred_at"))
    owner, item = place_among(customers, integers(who)), place_among(products, integers(what))
    known = owner >= 0
    return purchases(
        owner[known],
        item[known],
        days_of(moments(when), zone)[known],
        customer_count=customers.size,
        item_count=products.size,
    )


def sampled_views(
    customers: Integers, products: Integers, *, start: datetime, days: int, zone: ZoneInfo
) -> Purchases | None:
    """Return what the customers of a sample viewed in the `days` before `start`, None in a shop
    that tells of no views.
    """
    rows = views_between(start - timedelta(days=days), start)
    if not rows.exists():
        return None
    parts = [
        read_views(
            rows.filter(customer__in=customers[first : first + CUSTOMERS_AT_ONCE].tolist()),
            customers,
            products,
            zone,
        )
        for first in range(0, customers.size, CUSTOMERS_AT_ONCE)
    ]
    return Purchases(
        np.concatenate([part.customer for part in parts]),
        np.concatenate([part.item for part in parts]),
        np.concatenate([part.day for part in parts]),
        customers.size,
        products.size,
    )
