"""How the customer base grew: what each calendar month brought, from orders."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.core.cache import cache
from django.db.models import Count, Max, Q, Sum

from analytics.clock import effective_now, figures_key
from analytics.models import CustomerStatistics, Refresh
from cdp.models import Order, Shop
from cdp.models.order import CountsAs
from cdp.periods import local_day, months_before, start_of

KEPT_SECONDS = 24 * 3600
KEPT_MONTHS = 14


@dataclass(frozen=True)
class Month:
    """A month of the shop: paid orders, net revenue, who bought and who of them for the first time.

    `last_order_at` is the newest paid order; customers without identity are not counted.
    """

    first_day: date
    order_count: int
    revenue: Decimal
    buyer_count: int
    new_customer_count: int
    last_order_at: datetime | None
    is_complete: bool

    @property
    def returning_count(self) -> int:
        """Buyers who had ordered before."""
        return max(self.buyer_count - self.new_customer_count, 0)


def months(refresh: Refresh | None, *, count: int, now: datetime) -> list[Month]:
    """Return the last months (up to `KEPT_MONTHS`), the running one included, the oldest first.

    Counted once per refresh and day. Who is new is known from a refresh.
    """
    zone = Shop.objects.current().zone
    day = local_day(effective_now(now), zone)
    if refresh is None:  # Imports go on, and nothing tells that they did.
        return _months(count, day, zone)
    name = f"months-{figures_key(refresh)}-{day:%Y%m%d}"
    known: list[Month] | None = cache.get(name)
    if known is None:
        known = _months(KEPT_MONTHS, day, zone)
        cache.set(name, known, KEPT_SECONDS)
    return known[-count:]


def _months(count: int, day: date, zone: ZoneInfo) -> list[Month]:
    first_days = (months_before(day.replace(day=1), back) for back in reversed(range(count)))
    return [_month(first_day, day, zone) for first_day in first_days]


def _month(first_day: date, today: date, zone: ZoneInfo) -> Month:
    start, end = start_of(first_day, zone), start_of(months_before(first_day, -1), zone)
    sold = (
        Order.objects.counted()
        .placed_between(start, end)
        .aggregate(
            orders=Count("pk", filter=Q(counts_as=CountsAs.ORDER)),
            revenue=Sum("amount"),
            buyers=Count("customer", filter=Q(counts_as=CountsAs.ORDER), distinct=True),
            last=Max("placed_at", filter=Q(counts_as=CountsAs.ORDER)),
        )
    )
    came = CustomerStatistics.objects.filter(first_order_at__gte=start, first_order_at__lt=end)
    return Month(
        first_day=first_day,
        order_count=sold["orders"],
        revenue=sold["revenue"] or Decimal(0),
        buyer_count=sold["buyers"],
        new_customer_count=came.count(),
        last_order_at=sold["last"],
        is_complete=months_before(first_day, -1) <= today,
    )
