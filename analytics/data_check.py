"""What the imported record allows, and what it lacks: counted once per refresh."""

from __future__ import annotations

from dataclasses import dataclass

from django.core.cache import cache

from analytics.clock import figures_key
from analytics.models import CustomerClassification, CustomerStatistics, Importance, Refresh
from cdp.models import Cart, Event, Order, OrderLine

KEPT_SECONDS = 24 * 3600
# Below these the life cycle of one-time buyers rests on fixed limits (see docs/classification.md).
ENOUGH_SECOND_ORDERS = 30
ENOUGH_DAYS = 365
DAYS_OF_A_MONTH = 30.44


@dataclass(frozen=True)
class DataCheck:
    """Counts of what is there; `history_days` lie between the first and the last paid order."""

    history_days: int
    buyer_count: int
    one_time_count: int
    second_order_count: int
    customer_count: int
    mailable_count: int
    unpriced_order_count: int
    guest_order_count: int
    has_lines: bool
    has_carts: bool
    has_events: bool

    @property
    def history_months(self) -> int:
        """The length of the record in months."""
        return round(self.history_days / DAYS_OF_A_MONTH)

    @property
    def learns_return(self) -> bool:
        """Whether the shop's own orders tell when a one-time buyer is lost."""
        return self.second_order_count >= ENOUGH_SECOND_ORDERS and self.history_days >= ENOUGH_DAYS


def data_check(refresh: Refresh) -> DataCheck:
    """Return the check of what a finished refresh found."""
    name = f"data-check-{figures_key(refresh)}"
    known: DataCheck | None = cache.get(name)
    if known is None:
        known = _counted(refresh)
        cache.set(name, known, KEPT_SECONDS)
    return known


def _counted(refresh: Refresh) -> DataCheck:
    days = 0
    if refresh.first_order_on is not None and refresh.last_order_on is not None:
        days = (refresh.last_order_on - refresh.first_order_on).days
    labelled = CustomerClassification.objects
    known = CustomerStatistics.objects
    counted = Order.objects.counted()
    return DataCheck(
        history_days=days,
        buyer_count=labelled.count(),
        one_time_count=labelled.filter(importance=Importance.ONE_TIME).count(),
        second_order_count=refresh.second_order_count,
        customer_count=known.count(),
        mailable_count=known.filter(is_mailable__in=[True]).count(),
        unpriced_order_count=counted.filter(amount__isnull=True).count(),
        guest_order_count=counted.filter(customer__isnull=True).count(),
        has_lines=OrderLine.objects.exists(),
        has_carts=Cart.objects.exists(),
        has_events=Event.objects.exists(),
    )
