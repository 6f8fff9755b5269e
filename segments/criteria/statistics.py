"""Criteria on counted facts that every refresh keeps beside the customer."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from django import forms
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from analytics.models import CustomerStatistics
from segments.criteria import operators as ops
from segments.criteria.base import ORDERS, ColumnCriterion, criteria
from segments.criteria.fields import NumberField
from segments.criteria.operators import Operator
from segments.criteria.params import Params, number
from segments.criteria.wording import percent_words


@criteria.register
class FirstOrder(ColumnCriterion):
    """The moment of the first paid order."""

    key, label, group = "first_order", _("First order"), ORDERS
    help = _("The day of the first paid order, in the shop's time zone.")
    operators = ops.MOMENT
    path, kind = "first_order_at", "moment"


@criteria.register
class LastOrder(ColumnCriterion):
    """The moment of the last paid order."""

    key, label, group = "last_order", _("Last order"), ORDERS
    help = _("The day of the last paid order, in the shop's time zone.")
    proposed = (ops.MORE_THAN_AGO, {"amount": 60, "unit": "days"})
    operators = ops.MOMENT
    path, kind = "last_order_at", "moment"


@criteria.register
class AverageOrderValue(ColumnCriterion):
    """Revenue divided by paid orders."""

    key, label, group = "average_order_value", _("Average order value"), ORDERS
    help = _("What a paid order of the customer is worth on average, net of refunds.")
    proposed = (ops.AT_LEAST, {"value": 50})
    operators = ops.NUMBER
    path = "average_order_value"
    money = ("value", "low", "high")


@criteria.register
class OrderFrequency(ColumnCriterion):
    """Mean days between orders."""

    key, label, group = "order_frequency", _("Order frequency"), ORDERS
    help = _("Days between orders on average; known from the second order on.")
    proposed = (ops.AT_MOST, {"value": 90})
    operators = ops.NUMBER
    path = "mean_gap_days"
    example = {"value": 90, "low": 30, "high": 90}

    def subject(self, operator: Operator, params: Params, *, currency: str = "") -> str:
        """Name the unit."""
        return gettext("Average number of days between orders")


@criteria.register
class DiscountShare(ColumnCriterion):
    """Which part of the regular price was discounted."""

    key, label, group = "discount_share", _("Discount share"), ORDERS
    help = _("How much of the regular price of all orders was given as discount, in percent.")
    summary = _("How much of the regular price was given as discount, in percent.")
    proposed = (ops.AT_LEAST, {"value": 20})
    operators = ops.NUMBER
    path = "discount_share"
    example = {"value": 20, "low": 10, "high": 30}

    def value_field(self, operator: Operator, name: str) -> forms.Field:
        """Take percent."""
        return NumberField(label=_("Percent"), minimum=0)

    def q(self, operator: Operator, params: Params, *, now: datetime) -> Q:
        """Compare the stored share, which is 0 to 1."""
        shares: Params = {name: number(params, name) / 100 for name in params}
        return super().q(operator, shares, now=now)

    def actual(
        self,
        operator: Operator,
        params: Params,
        *,
        about: CustomerStatistics,
        now: datetime,
        currency: str = "",
    ) -> str:
        """Return the share as percentage."""
        if about.discount_share is None:
            return gettext("unknown")
        return self.show("value", round(Decimal(str(about.discount_share)) * 100, 1))

    def show(self, name: str, value: object, *, currency: str = "") -> str:
        """Return the percentage."""
        return percent_words(number({"value": value}, "value"))
