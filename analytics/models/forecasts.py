"""What each customer is expected to do: orders, revenue, value, and the risk of staying away."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from cdp.models import Customer
from cdp.money import MoneyField

HORIZONS = (30, 90, 365)


class ChurnRisk(models.TextChoices):
    """How likely a customer stays away beyond their own patience: under 33 %, over 66 %."""

    LOW = "low", _("low")
    MEDIUM = "medium", _("medium")
    HIGH = "high", _("high")


class CustomerForecast(models.Model):
    """The forecast of one customer as of the last refresh.

    Only customers with a paid order in a shop with enough history have a row. `chance_<n>` is the
    probability of at least one order within n days, `orders_<n>` and `revenue_<n>` what is expected
    of them, `low_<n>` and `high_<n>` enclose that revenue with 80 % probability. The lifetime value
    is revenue so far plus what is expected in five years. `next_order_on` is the day by which an
    order has come with probability one half; empty if that is more than a year away.
    """

    customer = models.OneToOneField(
        Customer, on_delete=models.CASCADE, primary_key=True, related_name="forecast"
    )
    chance_30 = models.FloatField(_("chance of an order within 30 days"))
    chance_90 = models.FloatField(_("chance of an order within 90 days"))
    chance_365 = models.FloatField(_("chance of an order within 365 days"))
    orders_30 = models.FloatField(_("expected orders in 30 days"))
    orders_90 = models.FloatField(_("expected orders in 90 days"))
    orders_365 = models.FloatField(_("expected orders in 365 days"))
    revenue_30 = MoneyField(_("expected revenue in 30 days"))
    revenue_90 = MoneyField(_("expected revenue in 90 days"))
    revenue_365 = MoneyField(_("expected revenue in 365 days"))
    low_30 = MoneyField(_("revenue in 30 days, low"))
    low_90 = MoneyField(_("revenue in 90 days, low"))
    low_365 = MoneyField(_("revenue in 365 days, low"))
    high_30 = MoneyField(_("revenue in 30 days, high"))
    high_90 = MoneyField(_("revenue in 90 days, high"))
    high_365 = MoneyField(_("revenue in 365 days, high"))
    order_value = MoneyField(_("expected order value"))
    lifetime_value = MoneyField(_("lifetime value"))
    lifetime_low = MoneyField(_("lifetime value, low"))
    lifetime_high = MoneyField(_("lifetime value, high"))
    churn_probability = models.FloatField(_("probability of staying away"))
    churn_risk = models.CharField(_("churn risk"), max_length=6, choices=ChurnRisk.choices)
    next_order_on = models.DateField(_("expected next order"), null=True, blank=True)

    class Meta:
        verbose_name = _("customer forecast")
        verbose_name_plural = _("customer forecasts")
        constraints = [
            models.CheckConstraint(
                condition=Q(chance_30__gte=0, chance_365__lte=1, churn_probability__range=(0, 1)),
                name="forecast_probabilities",
            ),
        ]
        indexes = [
            models.Index(fields=("churn_risk", "customer"), name="forecast_churn_risk"),
            models.Index(fields=("next_order_on",), name="forecast_next_order"),
            models.Index(fields=("revenue_365",), name="forecast_revenue"),
            models.Index(fields=("lifetime_value",), name="forecast_lifetime_value"),
        ]

    def __str__(self) -> str:
        return f"forecast of customer {self.customer_id}"
