"""What a refresh found, in a few counts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import chain

from django.db.models import Count, Sum
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from analytics.models import (
    CustomerClassification,
    CustomerStatistics,
    Importance,
    LifeCycle,
    PriceSensitivity,
    Refresh,
)
from cdp.models import Shop

Counts = list[tuple[str, int]]


@dataclass(frozen=True)
class Overview:
    """Customers with at least one paid order by label, and the VIPs' share of revenue (0..1)."""

    moment: datetime
    buyer_count: int
    life_cycles: Counts
    importances: Counts
    price_sensitivities: Counts
    vip_revenue_share: Decimal


def _counts(column: str, labels: Iterable[tuple[str, str | Promise]]) -> Counts:
    found = dict(
        CustomerClassification.objects.order_by().values_list(column).annotate(number=Count("pk"))
    )
    return [(str(label), found.get(value, 0)) for value, label in labels]


def overview(refresh: Refresh) -> Overview:
    """Return the counts of what is stored now, with the local moment of `refresh`."""
    buyers = CustomerStatistics.objects.filter(order_count__gt=0)
    total = buyers.aggregate(total=Sum("revenue"))["total"] or Decimal(0)
    vips = buyers.filter(customer__classification__importance=Importance.VIP)
    by_vips = vips.aggregate(total=Sum("revenue"))["total"] or Decimal(0)
    return Overview(
        moment=refresh.as_of.astimezone(Shop.objects.current().zone),
        buyer_count=CustomerClassification.objects.count(),
        life_cycles=_counts("life_cycle", LifeCycle.choices),
        importances=_counts("importance", Importance.choices),
        price_sensitivities=_counts(
            "price_sensitivity", chain(PriceSensitivity.choices, [("", _("unknown"))])
        ),
        vip_revenue_share=by_vips / total if total > 0 else Decimal(0),
    )
