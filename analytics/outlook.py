"""What comes next for one customer: the stored forecast as spans and scales, ready to be shown."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from analytics.charts.scale import place
from analytics.models import ChurnRisk, CustomerForecast, Prediction
from analytics.models.forecasts import HORIZONS
from analytics.report_card import missing
from analytics.zones import ZoneScale, zone_scale
from cdp.models import Customer

# As `analytics.predictive.intervals` has them, which pages do not load.
LOW_BELOW, HIGH_ABOVE = 0.33, 0.66
RISK_STYLES: dict[str, str] = {
    ChurnRisk.LOW: "good",
    ChurnRisk.MEDIUM: "warn",
    ChurnRisk.HIGH: "bad",
}


@dataclass(frozen=True)
class Span:
    """An expected amount between `low` and `high` (with 80 % probability), and where the three lie
    on a drawing 100 wide; `width` is the length from low to high.
    """

    expected: Decimal
    low: Decimal
    high: Decimal
    start: str
    width: str
    mark: str


@dataclass(frozen=True)
class Horizon:
    """What is expected within a number of days; `chance_width` of 100 draws the chance."""

    days: int
    chance: float
    chance_width: str
    orders: float
    revenue: Span


@dataclass(frozen=True)
class Outlook:
    """The forecast of a customer as a page shows it."""

    forecast: CustomerForecast
    horizons: tuple[Horizon, ...]
    lifetime: Span
    risk_label: str
    risk_style: str
    risk_scale: ZoneScale


def outlook(customer: Customer) -> Outlook | None:
    """Return what comes next for the customer; None where nothing is predicted. One query."""
    found = CustomerForecast.objects.filter(customer=customer).first()
    if found is None:
        return None
    widest = max(getattr(found, f"high_{days}") for days in HORIZONS)
    risk = ChurnRisk(found.churn_risk)
    return Outlook(
        forecast=found,
        horizons=tuple(_horizon(found, days, widest) for days in HORIZONS),
        lifetime=_span(
            found.lifetime_value, found.lifetime_low, found.lifetime_high, found.lifetime_high
        ),
        risk_label=str(risk.label),
        risk_style=RISK_STYLES[risk],
        risk_scale=zone_scale(
            found.churn_probability,
            (0.0, LOW_BELOW, HIGH_ABOVE, 1.0),
            [(one.label, RISK_STYLES[one], one == risk) for one in ChurnRisk],
        ),
    )


def why_no_outlook() -> str:
    """Return what the shop lacks to predict orders; empty if it lacks nothing."""
    return missing(Prediction.ORDERS_30)


def _horizon(found: CustomerForecast, days: int, widest: Decimal) -> Horizon:
    chance: float = getattr(found, f"chance_{days}")
    expected, low, high = (getattr(found, f"{name}_{days}") for name in ("revenue", "low", "high"))
    return Horizon(
        days=days,
        chance=chance,
        chance_width=place(100 * chance),
        orders=getattr(found, f"orders_{days}"),
        revenue=_span(expected, low, high, widest),
    )


def _span(expected: Decimal, low: Decimal, high: Decimal, widest: Decimal) -> Span:
    whole = float(widest) if widest > 0 else 1.0
    start, mark, end = (
        min(max(100 * float(amount) / whole, 0.0), 100.0) for amount in (low, expected, high)
    )
    return Span(expected, low, high, place(start), place(max(end - start, 0.0)), place(mark))
