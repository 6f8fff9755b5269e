"""What an even sample of customers bought and ordered, and what the shop knows of its products."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np

from analytics.predictive.cadence import Days, order_days
from analytics.predictive.frames import (
    Flags,
    Integers,
    columns,
    days_of,
    integers,
    moments,
    optional_moments,
    raw,
)
from analytics.predictive.purchases import Purchases, purchases
from cdp.models import Customer, Order, OrderLine, Product, ProductCategory

MOST_CUSTOMERS = 50_000
MOST_LINES = 1_500_000
CUSTOMERS_AT_ONCE = 5_000
NONE = -1


@dataclass(frozen=True)
class Catalogue:
    """The products of the shop (p,), by rising id.

    `brand` numbers `brand_keys`; `category` is the id of the leaf category; both NONE for none.
    `first_day` is the local day, an ordinal, on which a product was first seen, 0 where the shop
    does not say.
    """

    ids: Integers
    available: Flags
    brand: Integers
    brand_keys: tuple[str, ...]
    category: Integers
    first_day: Integers

    def place(self, product_ids: Integers) -> Integers:
        """Return where products stand in the catalogue, NONE for those that do not."""
        return place_among(self.ids, product_ids)


@dataclass(frozen=True)
class PurchaseSample:
    """What an even sample of customers did before a moment; items are places in the catalogue.

    `customers` (n,) are ids in rising order; `bought` the distinct (customer, product, day);
    `orders` the distinct days of paid orders. Every `step`-th customer of the shop is in it.
    """

    catalogue: Catalogue
    customers: Integers
    bought: Purchases
    orders: Days
    step: int

    def on_sale(self, day: int) -> Flags:
        """Return which products are available and were known before `day`, as far as one can tell:
        whether a product was available earlier is not recorded.
        """
        known = self.catalogue.first_day < day
        known[self.bought.before(day).item] = True
        return self.catalogue.available & known


def read_sample(*, start: datetime, zone: ZoneInfo) -> PurchaseSample:
    """Return what was bought before `start` by at most 50,000 customers with 1.5 million lines."""
    catalogue = read_catalogue(zone)
    everyone = columns(Customer.objects.present().order_by("pk"), "pk")[0]
    lines = OrderLine.objects.order_by().count()
    most = min(MOST_CUSTOMERS, max(len(everyone) * MOST_LINES // max(lines, 1), 1))
    step = -(-len(everyone) // most) or 1
    customers = integers(everyone[::step])
    owner, product, day = [], [], []
    ordering, ordered = [], []
    for part in _parts(customers):
        bought = OrderLine.objects.purchases().filter(customer__in=part, placed_at__lt=start)
        who, what, when = columns(bought.order_by(), "customer_id", "product_id", raw("placed_at"))
        owner.append(integers(who))
        product.append(integers(what))
        day.append(days_of(moments(when), zone))
        orders = Order.objects.paid().filter(customer__in=part, placed_at__lt=start)
        who, when = columns(
            orders.order_by("customer_id", "placed_at"), "customer_id", raw("placed_at")
        )
        ordering.append(integers(who))
        ordered.append(days_of(moments(when), zone))
    return PurchaseSample(
        catalogue,
        customers,
        purchases(
            np.searchsorted(customers, _joined(owner)),
            catalogue.place(_joined(product)),
            _joined(day),
            customer_count=customers.size,
            item_count=catalogue.ids.size,
        ),
        order_days(np.searchsorted(customers, _joined(ordering)), _joined(ordered)),
        step,
    )


def read_catalogue(zone: ZoneInfo) -> Catalogue:
    """Return all products of the shop."""
    ids, available, brands, seen = columns(
        Product.objects.order_by("pk"), "pk", "is_available", "brand_key", raw("first_seen_at")
    )
    names, brand = np.unique(np.array(["", *brands], np.str_), return_inverse=True)
    at, known = optional_moments(seen)
    first_day = np.zeros(len(ids), np.int64)
    first_day[known] = days_of(at[known], zone)
    placed, leaf = columns(
        ProductCategory.objects.filter(distance=0).order_by("product_id", "-category_id"),
        "product_id",
        "category_id",
    )
    category = np.full(len(ids), NONE, np.int64)
    place = place_among(integers(ids), integers(placed))
    category[place[place != NONE]] = integers(leaf)[place != NONE]
    # The blank name comes first, so the other brands begin with 0.
    return Catalogue(
        integers(ids),
        np.array(available, np.bool_),
        brand[1:].astype(np.int64) - 1,
        tuple(names[1:].tolist()),
        category,
        first_day,
    )


def place_among(ids: Integers, wanted: Integers) -> Integers:
    """Return where each wanted id stands among the rising `ids`, NONE where it does not."""
    if not ids.size:
        return np.full(wanted.shape, NONE, np.int64)
    place = np.minimum(np.searchsorted(ids, wanted), ids.size - 1)
    return np.where(ids[place] == wanted, place, NONE)


def _parts(customers: Integers) -> Iterator[list[int]]:
    for start in range(0, customers.size, CUSTOMERS_AT_ONCE):
        yield customers[start : start + CUSTOMERS_AT_ONCE].tolist()


def _joined(arrays: list[Integers]) -> Integers:
    return np.concatenate([*arrays, np.empty(0, np.int64)]).astype(np.int64)
