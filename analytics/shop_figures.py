"""The shop's key figures: its last full days against the days before, counted once per refresh."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.core.cache import cache
from django.db.models import Count, Q, Sum

from analytics.clock import effective_now, figures_key
from analytics.models import (
    CustomerClassification,
    CustomerForecast,
    CustomerStatistics,
    Importance,
    LifeCycle,
    Refresh,
)
from cdp.models import Order, Shop
from cdp.models.order import CountsAs
from cdp.periods import local_day, start_of

PERIOD_DAYS = 30
KEPT_SECONDS = 24 * 3600
ACTIVE = (LifeCycle.JUST_ORDERED, LifeCycle.ACTIVE)

Cells = dict[tuple[str, str], int]


@dataclass(frozen=True)
class Period:
    """What was sold in a number of days. Revenue is net of refunds and returns."""

    order_count: int
    revenue: Decimal
    new_customer_count: int

    @property
    def average_order_value(self) -> Decimal | None:
        """Revenue by orders."""
        return self.revenue / self.order_count if self.order_count else None


@dataclass(frozen=True)
class ShopFigures:
    """Who the customers are as of a refresh, and what the last full days brought.

    `cells` counts customers with at least one paid order by importance and life cycle,
    `risk_cells` those with a forecast by importance and churn risk; `predicted_revenue` is what
    they are expected to bring in the next 30 days, None where nothing is predicted.
    """

    first_day: date
    last_day: date
    current: Period
    previous: Period
    customer_count: int
    began_slipping_count: int
    revenue: Decimal
    vip_revenue: Decimal
    cells: Cells
    risk_cells: Cells
    predicted_revenue: Decimal | None

    @property
    def buyer_count(self) -> int:
        """Customers with at least one paid order."""
        return sum(self.cells.values())

    @property
    def active_count(self) -> int:
        """Customers who have just ordered or are active."""
        return sum(count for (_who, stage), count in self.cells.items() if stage in ACTIVE)

    @property
    def one_time_share(self) -> float | None:
        """The share of buyers with exactly one paid order."""
        return self._share(Importance.ONE_TIME)

    @property
    def vip_share(self) -> float | None:
        """The share of buyers who are VIPs."""
        return self._share(Importance.VIP)

    @property
    def vip_revenue_share(self) -> Decimal | None:
        """The share of all revenue that VIPs brought."""
        return self.vip_revenue / self.revenue if self.revenue > 0 else None

    def _share(self, importance: str) -> float | None:
        if not self.buyer_count:
            return None
        return sum(n for (who, _stage), n in self.cells.items() if who == importance) / (
            self.buyer_count
        )


def shop_figures(refresh: Refresh, *, now: datetime) -> ShopFigures:
    """Return the figures of what a finished refresh stored; they change with it and the day."""
    zone = Shop.objects.current().zone
    day = local_day(effective_now(now), zone)
    name = f"shop-key-figures-{figures_key(refresh)}-{day:%Y%m%d}"
    known: ShopFigures | None = cache.get(name)
    if known is None:
        known = _counted(day, zone)
        cache.set(name, known, KEPT_SECONDS)
    return known


def relative_change(value: Decimal | int, before: Decimal | int) -> float | None:
    """Return by how much a value grew (0.1: by a tenth); None where there was nothing before."""
    return float(value - before) / float(before) if before > 0 else None


def _counted(today: date, zone: ZoneInfo) -> ShopFigures:
    middle, first = today - timedelta(PERIOD_DAYS), today - timedelta(2 * PERIOD_DAYS)
    customers = CustomerStatistics.objects.aggregate(number=Count("pk"), revenue=Sum("revenue"))
    vips = CustomerStatistics.objects.filter(customer__classification__importance=Importance.VIP)
    slipping = CustomerClassification.objects.filter(
        life_cycle=LifeCycle.SLIPPING_AWAY, stage_since__gte=middle
    )
    risk_cells, predicted_revenue = _foreseen()
    return ShopFigures(
        first_day=middle,
        last_day=today - timedelta(1),
        current=_period(middle, today, zone),
        previous=_period(first, middle, zone),
        customer_count=customers["number"],
        began_slipping_count=slipping.count(),
        revenue=customers["revenue"] or Decimal(0),
        vip_revenue=vips.aggregate(total=Sum("revenue"))["total"] or Decimal(0),
        cells=_cells(),
        risk_cells=risk_cells,
        predicted_revenue=predicted_revenue,
    )


def _period(first: date, end: date, zone: ZoneInfo) -> Period:
    start, stop = start_of(first, zone), start_of(end, zone)
    sold = (
        Order.objects.counted()
        .placed_between(start, stop)
        .aggregate(
            orders=Count("pk", filter=Q(counts_as=CountsAs.ORDER)),
            revenue=Sum("amount"),
        )
    )
    came = CustomerStatistics.objects.filter(first_order_at__gte=start, first_order_at__lt=stop)
    return Period(sold["orders"], sold["revenue"] or Decimal(0), came.count())


def _cells() -> Cells:
    counted = (
        CustomerClassification.objects.order_by()
        .values_list("importance", "life_cycle")
        .annotate(number=Count("pk"))
    )
    return {(importance, stage): number for importance, stage, number in counted}


def _foreseen() -> tuple[Cells, Decimal | None]:
    counted = list(
        CustomerForecast.objects.order_by()
        .values_list("customer__classification__importance", "churn_risk")
        .annotate(number=Count("pk"), revenue=Sum("revenue_30"))
    )
    cells = {(importance or "", risk): number for importance, risk, number, _revenue in counted}
    revenue = sum((revenue for *_labels, revenue in counted), Decimal(0))
    return cells, revenue if counted else None
