"""Criteria on each customer's forecast: orders, revenue, value, the risk of staying away."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from django import forms
from django.db.models import Q
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from analytics.models import ChurnRisk, CustomerForecast, CustomerStatistics, Prediction
from analytics.models.forecasts import HORIZONS
from segments.criteria import operators as ops
from segments.criteria.base import PREDICTIONS, Criterion, criteria
from segments.criteria.fields import KnownField, KnownListField, NumberField
from segments.criteria.operators import Operator
from segments.criteria.params import Params, number, text, texts
from segments.criteria.queries import compared, owners, scanned
from segments.criteria.track_record import forecast_record, forecast_shortage
from segments.criteria.wording import figure_words, percent_words, share_words

HORIZON = "horizon_days"


def forecast_of(about: CustomerStatistics) -> CustomerForecast | None:
    """Return the forecast of a customer, None where nothing is predicted."""
    return getattr(about.customer, "forecast", None)


class ForecastCriterion(Criterion):
    """A criterion on `CustomerForecast`; customers without a forecast lack the value.

    Where `column` ends in "_", the row chooses the horizon that completes it.
    """

    group = PREDICTIONS
    is_predicted = True
    column: str

    def path(self, params: Params) -> str:
        """Return the column of `CustomerForecast` that the row compares."""
        return self.column + (text(params, HORIZON) if self._has_horizon else "")

    @property
    def _has_horizon(self) -> bool:
        return self.column.endswith("_")

    def extra_fields(self, operator: Operator) -> dict[str, forms.Field]:
        """Choose the horizon."""
        if not self._has_horizon:
            return {}
        choices = {
            str(days): ngettext("%(count)s day", "%(count)s days", days) % {"count": days}
            for days in HORIZONS
        }
        return {HORIZON: KnownField(choices, label=_("Within the next"))}

    def q(self, operator: Operator, params: Params, *, now: datetime) -> Q:
        """Compare the column."""
        rows, path = scanned(CustomerForecast.objects.all(), self.path(params))
        return owners(rows.filter(compared(operator, path, params)))

    def unknown(self, operator: Operator, params: Params, *, now: datetime) -> Q | None:
        """Customers without a forecast."""
        return ~owners(CustomerForecast.objects.all())

    def actual(
        self,
        operator: Operator,
        params: Params,
        *,
        about: CustomerStatistics,
        now: datetime,
        currency: str = "",
    ) -> str:
        """Return what is predicted."""
        forecast = forecast_of(about)
        if forecast is None:
            return gettext("no forecast") if about.order_count else gettext("no paid order")
        return self.words(forecast, params, now=now, currency=currency)

    def words(
        self, forecast: CustomerForecast, params: Params, *, now: datetime, currency: str
    ) -> str:
        """Return the predicted value as a short text."""
        value = Decimal(str(getattr(forecast, self.path(params))))
        return f"{figure_words(value)} {currency if self.money else ''}".strip()

    def subject(self, operator: Operator, params: Params, *, currency: str = "") -> str:
        """Name the horizon."""
        if not self._has_horizon:
            return super().subject(operator, params, currency=currency)
        days = int(text(params, HORIZON))
        return self.over(ngettext("%(count)s day", "%(count)s days", days) % {"count": days})

    def over(self, period: str) -> str:
        """Return what the sentence is about, over a period."""
        raise TypeError(f"The criterion '{self.key}' does not name its horizon.")

    def notices(self, operator: Operator, params: Params) -> list[str]:
        """Say what the shop lacks for the prediction."""
        return forecast_shortage(self._prediction(params))

    def track_record(self, operator: Operator, params: Params) -> list[str]:
        """Say how well the shop's last window was foreseen."""
        return forecast_record(self._prediction(params))

    def _prediction(self, params: Params) -> Prediction:
        days = text(params, HORIZON) if self._has_horizon else str(HORIZONS[0])
        return Prediction(f"orders_{days}")


@criteria.register
class CustomerChurnRisk(ForecastCriterion):
    """Low, medium or high."""

    key, label = "churn_risk", _("Churn risk")
    help = _(
        "How likely the customer stays away for longer than is normal for them: low is under 33 "
        "percent, high over 66 percent. Only customers with a paid order have one."
    )
    summary = _("Low, medium or high: how likely the customer stays away for too long.")
    suggests = {"values": "churn_risk"}
    operators = (ops.IS_ANY_OF,)
    column = "churn_risk"
    example = {"values": ["high"]}

    def value_field(self, operator: Operator, name: str) -> forms.Field:
        """Take risks by key or by name."""
        return KnownListField(dict(ChurnRisk.choices), label=_("Churn risk"))

    def q(self, operator: Operator, params: Params, *, now: datetime) -> Q:
        """Look among the forecasts."""
        return owners(CustomerForecast.objects.filter(churn_risk__in=texts(params, "values")))

    def words(
        self, forecast: CustomerForecast, params: Params, *, now: datetime, currency: str
    ) -> str:
        """Return the risk and its probability."""
        return gettext("%(risk)s (%(chance)s)") % {
            "risk": self.show_value(forecast.churn_risk),
            "chance": share_words(forecast.churn_probability),
        }

    def show_value(self, value: str) -> str:
        """Return the risk's name."""
        return str(ChurnRisk(value).label)


@criteria.register
class OrderChance(ForecastCriterion):
    """The probability of at least one order."""

    key, label = "order_chance", _("Chance of an order")
    help = _(
        "How likely the customer places at least one order within the next 30, 90 or 365 days, in "
        "percent. Only customers with a paid order have one."
    )
    summary = _("How likely the customer orders within 30, 90 or 365 days, in percent.")
    proposed = (ops.AT_LEAST, {"value": 50, HORIZON: "30"})
    operators = ops.NUMBER
    column = "chance_"
    example = {"value": 50, "low": 20, "high": 50, HORIZON: 30}

    def value_field(self, operator: Operator, name: str) -> forms.Field:
        """Take percent."""
        return NumberField(label=_("Percent"), minimum=0)

    def q(self, operator: Operator, params: Params, *, now: datetime) -> Q:
        """Compare the stored probability, which is 0 to 1."""
        shares = {
            name: float(number(params, name) / 100) if name in operator.takes else value
            for name, value in params.items()
        }
        return super().q(operator, shares, now=now)

    def words(
        self, forecast: CustomerForecast, params: Params, *, now: datetime, currency: str
    ) -> str:
        """Return the chance as percentage."""
        return share_words(getattr(forecast, self.path(params)))

    def over(self, period: str) -> str:
        """Name the horizon."""
        return gettext("Chance of an order within %(period)s") % {"period": period}

    def show(self, name: str, value: object, *, currency: str = "") -> str:
        """Return the percentage."""
        if name == HORIZON:
            return str(value)
        return percent_words(number({"value": value}, "value"))


@criteria.register
class PredictedOrders(ForecastCriterion):
    """How many orders are expected."""

    key, label = "predicted_orders", _("Expected orders")
    help = _(
        "How many orders are expected of the customer in the next 30, 90 or 365 days. It is an "
        "average of what may happen, so 0.5 is possible."
    )
    summary = _("How many orders are expected in 30, 90 or 365 days; 0.5 is possible.")
    proposed = (ops.AT_LEAST, {"value": 2, HORIZON: "365"})
    operators = ops.NUMBER
    column = "orders_"
    example = {"value": 2, "low": 1, "high": 3, HORIZON: 365}

    def q(self, operator: Operator, params: Params, *, now: datetime) -> Q:
        """Compare with the same kind of number as is stored."""
        floats = {
            name: float(number(params, name)) if name in operator.takes else value
            for name, value in params.items()
        }
        return super().q(operator, floats, now=now)

    def over(self, period: str) -> str:
        """Name the horizon."""
        return gettext("Number of orders expected in %(period)s") % {"period": period}


@criteria.register
class PredictedRevenue(ForecastCriterion):
    """How much revenue is expected."""

    key, label = "predicted_revenue", _("Expected revenue")
    help = _(
        "How much the customer is expected to spend in the next 30, 90 or 365 days, net of "
        "refunds. With 365 days it is the 12-month value."
    )
    summary = _("What the customer is expected to spend in 30, 90 or 365 days.")
    proposed = (ops.AT_LEAST, {"value": 100, HORIZON: "365"})
    operators = ops.NUMBER
    column = "revenue_"
    money = ("value", "low", "high")
    example = {"value": 100, "low": 50, "high": 100, HORIZON: 365}

    def over(self, period: str) -> str:
        """Name the horizon."""
        return gettext("Expected revenue in %(period)s") % {"period": period}

    def words(
        self, forecast: CustomerForecast, params: Params, *, now: datetime, currency: str
    ) -> str:
        """Return the revenue and the range in which it probably lies."""
        days = text(params, HORIZON)
        names = {"expected": "revenue", "low": "low", "high": "high"}
        return range_words(
            {name: getattr(forecast, f"{column}_{days}") for name, column in names.items()},
            currency,
        )


@criteria.register
class LifetimeValue(ForecastCriterion):
    """Revenue so far and expected."""

    key, label = "lifetime_value", _("Lifetime value")
    help = _(
        "What the customer has spent so far and is expected to spend in the next five years, net "
        "of refunds."
    )
    summary = _("Spent so far and expected in the next five years.")
    proposed = (ops.AT_LEAST, {"value": 500})
    operators = ops.NUMBER
    column = "lifetime_value"
    money = ("value", "low", "high")
    example = {"value": 500, "low": 200, "high": 500}

    def words(
        self, forecast: CustomerForecast, params: Params, *, now: datetime, currency: str
    ) -> str:
        """Return the value and the range in which it probably lies."""
        return range_words(
            {
                "expected": forecast.lifetime_value,
                "low": forecast.lifetime_low,
                "high": forecast.lifetime_high,
            },
            currency,
        )


def range_words(amounts: dict[str, Decimal], currency: str) -> str:
    """Return an expected amount with the range that holds it in four of five cases."""
    shown = {name: f"{figure_words(amount)} {currency}" for name, amount in amounts.items()}
    return gettext("%(expected)s (in 4 of 5 cases %(low)s to %(high)s)") % shown
