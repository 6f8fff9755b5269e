"""How much a refresh deals with at once: ranges of customers with a bounded number of rows."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count, Max, Model, QuerySet

from cdp.models import Customer, Order, OrderLine

ROWS_PER_CHUNK = 250_000
SMALLEST, LARGEST = 100, 20_000


@dataclass(frozen=True)
class Sizes:
    """Chosen when a refresh begins: how many customers go into a chunk, and the range of their ids.

    Chunks end at ids that follow from these numbers alone: looking for the end of a chunk among the
    customers known at a past moment would take longer than computing them.
    """

    buyers: int
    customers: int
    customer_count: int
    last_id: int

    def end(self, *, after: int, size: int) -> int | None:
        """Return the last id of a chunk of about `size` customers, None if it is the last chunk."""
        density = max(self.customer_count, 1) / max(self.last_id, 1)
        end = after + max(int(size / density), 1)
        return None if end >= self.last_id else end

    def between(self, after: int, end: int | None) -> int:
        """Return about how many customers lie in a chunk; over all chunks it adds up exactly."""
        last = max(self.last_id, 1)
        return self.customer_count * (last if end is None else end) // last - (
            self.customer_count * after // last
        )


def sizes() -> Sizes:
    """Return the sizes for what is stored now."""
    orders, lines = Order.objects.order_by().count(), OrderLine.objects.order_by().count()
    found = Customer.objects.order_by().aggregate(count=Count("pk"), last=Max("pk"))
    customers = found["count"]
    return Sizes(
        buyers=_share(customers, orders),
        customers=_share(customers, orders + lines + customers),
        customer_count=customers,
        last_id=found["last"] or 0,
    )


def _share(owners: int, rows: int) -> int:
    return min(max(owners * ROWS_PER_CHUNK // max(rows, 1), SMALLEST), LARGEST)


def last_of_next(queryset: QuerySet[Model], *, after: int, size: int) -> int | None:
    """Return the id of the last of the next `size` rows after the id `after`, None if fewer."""
    ids = queryset.filter(pk__gt=after).order_by("pk").values_list("pk", flat=True)
    return next(iter(ids[size - 1 : size]), None)
