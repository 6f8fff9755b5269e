"""How much a refresh deals with at once: as many customers as have a bounded number of rows."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Model, QuerySet

from cdp.models import Customer, Order, OrderLine, Product

ROWS_PER_CHUNK = 250_000
SMALLEST, LARGEST = 100, 20_000


@dataclass(frozen=True)
class Sizes:
    """Customers and products per chunk, chosen when a refresh begins."""

    buyers: int
    customers: int
    products: int


def sizes() -> Sizes:
    """Return the sizes for what is stored now."""
    orders, lines = Order.objects.order_by().count(), OrderLine.objects.order_by().count()
    customers, products = Customer.objects.count(), Product.objects.count()
    return Sizes(
        buyers=_share(customers, orders),
        customers=_share(customers, orders + lines + customers),
        products=_share(products, lines),
    )


def _share(owners: int, rows: int) -> int:
    return min(max(owners * ROWS_PER_CHUNK // max(rows, 1), SMALLEST), LARGEST)


def last_of_next(queryset: QuerySet[Model], *, after: int, size: int) -> int | None:
    """Return the id of the last of the next `size` rows after the id `after`, None if there are
    fewer.
    """
    ids = queryset.filter(pk__gt=after).order_by("pk").values_list("pk", flat=True)
    return next(iter(ids[size - 1 : size]), None)
