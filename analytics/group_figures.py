"""What a group of customers bought and promises to buy: sums from which every figure follows."""

from __future__ import annotations

from dataclasses import dataclass, fields
from decimal import Decimal
from typing import Any

from django.db.models import Count, QuerySet, Sum

from analytics.models import CustomerStatistics, LifeCycle


@dataclass(frozen=True)
class GroupFigures:
    """Sums over customers with at least one paid order; `+` unites two groups without overlap.

    `orders_at_own_pace` and `value_at_own_pace` are orders and revenue so far plus a year at each
    customer's own pace.
    """

    customer_count: int = 0
    order_count: int = 0
    revenue: Decimal = Decimal(0)
    gap_days: float = 0.0
    gap_customer_count: int = 0
    orders_at_own_pace: float = 0.0
    value_at_own_pace: float = 0.0
    lost_count: int = 0
    slipping_count: int = 0

    def __add__(self, other: GroupFigures) -> GroupFigures:
        """Return the figures of both groups together."""
        return GroupFigures(
            *(getattr(self, one.name) + getattr(other, one.name) for one in fields(self))
        )

    @property
    def average_order_value(self) -> Decimal | None:
        """Revenue by orders."""
        return self.revenue / self.order_count if self.order_count else None

    @property
    def revenue_per_customer(self) -> Decimal | None:
        """Revenue so far by customers."""
        return self.revenue / self.customer_count if self.customer_count else None

    @property
    def orders_per_customer(self) -> Decimal | None:
        """Orders so far by customers."""
        if not self.customer_count:
            return None
        return Decimal(self.order_count) / self.customer_count

    @property
    def orders_per_year(self) -> float | None:
        """Orders of a customer in a year at their own pace."""
        if not self.customer_count:
            return None
        return (self.orders_at_own_pace - self.order_count) / self.customer_count

    @property
    def mean_gap_days(self) -> float | None:
        """Days between two orders, over the customers who have ordered on several days."""
        return self.gap_days / self.gap_customer_count if self.gap_customer_count else None

    @property
    def potential(self) -> Decimal:
        """Revenue of a year if all buy on at their own pace and nobody is lost."""
        return Decimal(str(round(self.value_at_own_pace, 2))) - self.revenue

    @property
    def potential_per_customer(self) -> Decimal | None:
        """The potential by customers."""
        return self.potential / self.customer_count if self.customer_count else None

    @property
    def lost_share(self) -> float | None:
        """The part of the customers who are lost."""
        return self.lost_count / self.customer_count if self.customer_count else None

    @property
    def slipping_share(self) -> float | None:
        """The part of the customers who are slipping away."""
        return self.slipping_count / self.customer_count if self.customer_count else None


@dataclass(frozen=True)
class Cell:
    """The figures of the customers that share importance, life cycle and country."""

    importance: str
    life_cycle: str
    country: str
    figures: GroupFigures


@dataclass(frozen=True)
class Breakdown:
    """A group cut into cells that share no customer."""

    cells: tuple[Cell, ...]

    @property
    def total(self) -> GroupFigures:
        """The figures of the whole group."""
        return sum((cell.figures for cell in self.cells), GroupFigures())

    def by(self, label: str) -> dict[str, GroupFigures]:
        """Return the figures for each value of `importance`, `life_cycle` or `country`."""
        found: dict[str, GroupFigures] = {}
        for cell in self.cells:
            value = getattr(cell, label)
            found[value] = found.get(value, GroupFigures()) + cell.figures
        return found


def breakdown(customers: QuerySet[CustomerStatistics]) -> Breakdown:
    """Return the figures of those among `customers` who have ordered, in one pass over them."""
    label = "customer__classification__"
    rows = (
        customers.filter(order_count__gt=0)
        .order_by()
        .values_list(f"{label}importance", f"{label}life_cycle", "country")
        .annotate(
            customers=Count("pk"),
            orders=Sum("order_count"),
            money=Sum("revenue"),
            gaps=Sum("mean_gap_days"),
            gap_customers=Count("mean_gap_days"),
            pace_orders=Sum(f"{label}orders_at_own_pace"),
            pace_value=Sum(f"{label}value_at_own_pace"),
        )
    )
    return Breakdown(tuple(_cell(*row) for row in rows))


def _cell(
    importance: str | None, life_cycle: str | None, country: str, count: int, *sums: Any
) -> Cell:
    orders, money, gaps, gap_customers, pace_orders, pace_value = sums
    figures = GroupFigures(
        customer_count=count,
        order_count=orders,
        revenue=money,
        gap_days=gaps or 0.0,
        gap_customer_count=gap_customers,
        orders_at_own_pace=pace_orders or 0.0,
        value_at_own_pace=pace_value or 0.0,
        lost_count=count if life_cycle == LifeCycle.LOST else 0,
        slipping_count=count if life_cycle == LifeCycle.SLIPPING_AWAY else 0,
    )
    return Cell(importance or "", life_cycle or "", country, figures)
