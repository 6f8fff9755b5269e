"""What a group of customers bought and promises to buy: sums from which every figure follows."""

from __future__ import annotations

from dataclasses import dataclass, fields
from decimal import Decimal
from typing import Any, cast

from django.db.models import Count, F, Q, QuerySet, Sum

from analytics.models import ChurnRisk, CustomerStatistics, LifeCycle


@dataclass(frozen=True)
class GroupFigures:
    """Sums over customers with at least one paid order; `+` unites two groups without overlap.

    `orders_at_own_pace` and `value_at_own_pace` are orders and revenue so far plus a year at each
    customer's own pace. `foreseen_count` of the customers have a forecast; the sums named after it
    are of them alone: their orders and revenue of the next 365 days and their lifetime value.
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
    foreseen_count: int = 0
    foreseen_revenue_so_far: Decimal = Decimal(0)
    foreseen_at_own_pace: float = 0.0
    predicted_orders: float = 0.0
    predicted_revenue: Decimal = Decimal(0)
    lifetime_value: Decimal = Decimal(0)
    high_risk_count: int = 0

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

    @property
    def predicted_orders_per_customer(self) -> float | None:
        """Orders of the next 365 days by customers with a forecast."""
        return self.predicted_orders / self.foreseen_count if self.foreseen_count else None

    @property
    def predicted_revenue_per_customer(self) -> Decimal | None:
        """Revenue of the next 365 days by customers with a forecast."""
        return self.predicted_revenue / self.foreseen_count if self.foreseen_count else None

    @property
    def lifetime_value_per_customer(self) -> Decimal | None:
        """Lifetime value by customers with a forecast."""
        return self.lifetime_value / self.foreseen_count if self.foreseen_count else None

    @property
    def recoverable(self) -> Decimal | None:
        """What a year at their own pace would bring beyond what is predicted: the price of losing
        some of them. Below zero where more is predicted than their pace so far gives.
        """
        if not self.foreseen_count:
            return None
        pace = Decimal(str(round(self.foreseen_at_own_pace, 2))) - self.foreseen_revenue_so_far
        return pace - self.predicted_revenue

    @property
    def high_risk_share(self) -> float | None:
        """The part of the customers with a forecast who are at high risk of staying away."""
        return self.high_risk_count / self.foreseen_count if self.foreseen_count else None


@dataclass(frozen=True)
class Cell:
    """The figures of the customers that share importance, life cycle, churn risk ("" without a
    forecast) and country.
    """

    importance: str
    life_cycle: str
    churn_risk: str
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
        """Return the figures for each value of a label: `importance`, `life_cycle`, `churn_risk`
        or `country`.
        """
        found: dict[str, GroupFigures] = {}
        for cell in self.cells:
            value = getattr(cell, label)
            found[value] = found.get(value, GroupFigures()) + cell.figures
        return found


def breakdown(customers: QuerySet[CustomerStatistics]) -> Breakdown:
    """Return the figures of those among `customers` who have ordered, in one pass over them."""
    label, forecast = "customer__classification__", "customer__forecast__"
    is_foreseen = Q(customer__forecast__isnull=False)
    rows = (
        customers.filter(order_count__gt=0)
        .order_by()
        .values(
            "country",
            importance=F(f"{label}importance"),
            life_cycle=F(f"{label}life_cycle"),
            churn_risk=F(f"{forecast}churn_risk"),
        )
        .annotate(
            customer_count=Count("pk"),
            orders=Sum("order_count"),
            money=Sum("revenue"),
            gap_days=Sum("mean_gap_days"),
            gap_customer_count=Count("mean_gap_days"),
            orders_at_own_pace=Sum(f"{label}orders_at_own_pace"),
            value_at_own_pace=Sum(f"{label}value_at_own_pace"),
            foreseen_count=Count(f"{forecast}pk"),
            foreseen_revenue_so_far=Sum("revenue", filter=is_foreseen),
            foreseen_at_own_pace=Sum(f"{label}value_at_own_pace", filter=is_foreseen),
            predicted_orders=Sum(f"{forecast}orders_365"),
            predicted_revenue=Sum(f"{forecast}revenue_365"),
            lifetime_value=Sum(f"{forecast}lifetime_value"),
        )
    )
    return Breakdown(tuple(_cell(cast("dict[str, Any]", row)) for row in rows))


def _cell(row: dict[str, Any]) -> Cell:
    importance, life_cycle = row.pop("importance") or "", row.pop("life_cycle") or ""
    risk, country = row.pop("churn_risk") or "", row.pop("country")
    count = row["customer_count"]
    row |= {"order_count": row.pop("orders"), "revenue": row.pop("money")}
    figures = GroupFigures(
        # A sum over nothing is NULL.
        **{name: value for name, value in row.items() if value is not None},
        lost_count=count if life_cycle == LifeCycle.LOST else 0,
        slipping_count=count if life_cycle == LifeCycle.SLIPPING_AWAY else 0,
        high_risk_count=count if risk == ChurnRisk.HIGH else 0,
    )
    return Cell(importance, life_cycle, risk, country, figures)
