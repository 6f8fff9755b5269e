"""What a refresh found, in a few counts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import chain

from django.db.models import Count, Model, Sum
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from analytics.models import (
    ChurnRisk,
    CustomerClassification,
    CustomerForecast,
    CustomerStatistics,
    Importance,
    InterestTarget,
    LifeCycle,
    PriceSensitivity,
    Refresh,
)
from analytics.report_card import reports
from cdp.models import Shop

Counts = list[tuple[str, int]]


@dataclass(frozen=True)
class Overview:
    """Customers with at least one paid order by label, and the VIPs' share of revenue (0..1).

    `churn_risks` count those with a forecast, `target_count` what customers may be interested in.
    `missing` says of each prediction that gives no figures what the shop lacks for it.
    """

    moment: datetime
    buyer_count: int
    life_cycles: Counts
    importances: Counts
    price_sensitivities: Counts
    vip_revenue_share: Decimal
    churn_risks: Counts
    forecast_count: int
    target_count: int
    missing: list[tuple[str, str]]


def _counts(
    column: str,
    labels: Iterable[tuple[str, str | Promise]],
    *,
    model: type[Model] = CustomerClassification,
) -> Counts:
    rows = model._default_manager.order_by()
    found = dict(rows.values_list(column).annotate(number=Count("pk")))
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
        churn_risks=_counts("churn_risk", ChurnRisk.choices, model=CustomerForecast),
        forecast_count=CustomerForecast.objects.count(),
        target_count=InterestTarget.objects.filter(learned_in__isnull=False).count(),
        missing=[
            (str(report.prediction.label), report.missing) for report in reports() if report.missing
        ],
    )
