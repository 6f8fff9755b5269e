"""Criteria on counted facts that every refresh keeps beside the customer."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from segments.criteria import operators as ops
from segments.criteria.base import ORDERS, ColumnCriterion, criteria


@criteria.register
class AverageOrderValue(ColumnCriterion):
    """Revenue divided by paid orders."""

    key, label, group = "average_order_value", _("Average order value"), ORDERS
    help = _("What a paid order of the customer is worth on average, net of refunds.")
    operators = ops.NUMBER
    path = "average_order_value"


@criteria.register
class LastOrder(ColumnCriterion):
    """The moment of the last paid order."""

    key, label, group = "last_order", _("Last order"), ORDERS
    help = _("The day of the last paid order, in the shop's time zone.")
    operators = ops.MOMENT
    path, kind = "last_order_at", "moment"
