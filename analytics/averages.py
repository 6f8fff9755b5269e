"""What customers with at least one paid order are like on average, to compare one of them with."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from django.core.cache import cache
from django.db.models import Avg, Count, Sum

from analytics.models import CustomerStatistics, Refresh

KEPT_SECONDS = 3600


@dataclass(frozen=True)
class BuyerAverages:
    """Averages over everybody who ordered; money in shop currency."""

    orders: float | None
    revenue: Decimal | None
    discount_share: float | None
    return_share: float | None


def buyer_averages(refresh: Refresh) -> BuyerAverages:
    """Return the averages of what a refresh stored; they are added up once per refresh."""
    name = f"buyer-averages-{refresh.pk}"
    known = cache.get(name)
    if known is None:
        known = _counted()
        cache.set(name, known, KEPT_SECONDS)
    return known


def _counted() -> BuyerAverages:
    found = CustomerStatistics.objects.filter(order_count__gt=0).aggregate(
        buyers=Count("pk"),
        orders=Sum("order_count"),
        returns=Sum("return_count"),
        revenue=Sum("revenue"),
        discount=Avg("discount_share"),
    )
    buyers = found["buyers"]
    if not buyers:
        return BuyerAverages(None, None, None, None)
    return BuyerAverages(
        orders=found["orders"] / buyers,
        revenue=found["revenue"] / buyers,
        discount_share=found["discount"],
        return_share=found["returns"] / found["orders"],
    )
