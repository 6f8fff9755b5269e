"""Criteria on the customer's orders, counted from the orders themselves."""

from __future__ import annotations

from datetime import datetime

from django import forms
from django.db.models import Count, Q, Sum, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from cdp.models import CountsAs, Order, OrderStatus
from cdp.money import MoneyField
from segments.criteria import days
from segments.criteria import operators as ops
from segments.criteria.base import ORDERS, Criterion, criteria
from segments.criteria.fields import KnownListField, NumberField, count_field
from segments.criteria.operators import Operator
from segments.criteria.params import Params, texts
from segments.criteria.queries import compared, in_window, owners, totals

RETURNED = "returned"
STATUSES = {**dict(OrderStatus.choices), RETURNED: _("returned")}


@criteria.register
class OrderStatusIs(Criterion):
    """The customer has an order that stands at a status."""

    key, label, group = "order_status", _("Order status"), ORDERS
    help = _("Customers with at least one order at the status; “returned” finds returns.")
    operators = (ops.IS_ANY_OF,)
    has_window = True
    example = {"values": ["cancelled", "refunded"], "last": 90, "unit": "days"}

    def value_field(self, operator: Operator, name: str) -> forms.Field:
        """Take statuses by key or by name."""
        return KnownListField(STATUSES, label=_("Status"))

    def q(self, operator: Operator, params: Params, *, now: datetime) -> Q:
        """Look among the orders."""
        wanted = texts(params, "values")
        asked = Q(status__in=[value for value in wanted if value != RETURNED], total__gte=0)
        if RETURNED in wanted:
            asked |= Q(counts_as=CountsAs.RETURN)
        return owners(Order.objects.filter(asked).placed_between(*days.window_of(params, now=now)))

    def unknown(self, operator: Operator, params: Params, *, now: datetime) -> Q | None:
        """Customers without any order in the window."""
        return ~owners(Order.objects.placed_between(*days.window_of(params, now=now)))

    def show_value(self, value: str) -> str:
        """Return the status as a word."""
        return str(STATUSES.get(value, value))


def _is_limited(params: Params) -> bool:
    return any(name in params for name in ("last", "since", "until"))


@criteria.register
class Revenue(Criterion):
    """What the customer spent, net of refunds and returns."""

    key, label, group = "revenue", _("Revenue"), ORDERS
    help = _(
        "Paid orders less refunds and returns, in the shop's currency; a return lowers the revenue "
        "of its own day. Without a window: of all time."
    )
    operators = ops.NUMBER
    has_window = True
    money = ("value", "low", "high")
    example = {"value": 300, "low": 100, "high": 500, "last": 365, "unit": "days"}

    def value_field(self, operator: Operator, name: str) -> forms.Field:
        """Take an amount, which may be negative: somebody may return more than they bought."""
        return NumberField(label=_("Amount"))

    def q(self, operator: Operator, params: Params, *, now: datetime) -> Q:
        """Compare the kept revenue, or the sum over the window."""
        if not _is_limited(params):
            return compared(operator, "revenue", params)
        orders = in_window(Order.objects.counted(), "placed_at", days.window_of(params, now=now))
        nothing = Value(0, output_field=MoneyField())
        return totals(orders, Coalesce(Sum("amount"), nothing), operator, params)


@criteria.register
class OrderCount(Criterion):
    """How often the customer ordered."""

    key, label, group = "order_count", _("Number of orders"), ORDERS
    help = _(
        "Paid orders; returns and cancelled orders do not count. Nobody lacks it: it may be 0."
    )
    operators = ops.NUMBER
    has_window = True
    example = {"value": 3, "low": 2, "high": 5, "last": 12, "unit": "months"}

    def value_field(self, operator: Operator, name: str) -> forms.Field:
        """Take a whole number."""
        return count_field(_("Orders"), minimum=0, maximum=1_000_000)

    def q(self, operator: Operator, params: Params, *, now: datetime) -> Q:
        """Compare the kept count, or the orders of the window."""
        if not _is_limited(params):
            return compared(operator, "order_count", params)
        orders = in_window(Order.objects.paid(), "placed_at", days.window_of(params, now=now))
        return totals(orders, Count("pk"), operator, params)


@criteria.register
class OrderDate(Criterion):
    """The customer has an order on certain days, whatever came after."""

    key, label, group = "order_date", _("An order"), ORDERS
    help = _("Customers with at least one paid order on the days asked for, the last one or not.")
    operators = (*ops.RELATIVE, *ops.FIXED, ops.NEVER)

    def q(self, operator: Operator, params: Params, *, now: datetime) -> Q:
        """Look among the paid orders."""
        paid = Order.objects.paid().filter(placed_at__lt=now)
        if operator is ops.NEVER:
            return ~owners(paid)
        span = days.days_asked(operator, params, now=now)
        start, end = days.moments_of(span, days.zone_of(now))
        return owners(paid.placed_between(start, end))

    def unknown(self, operator: Operator, params: Params, *, now: datetime) -> Q | None:
        """Customers without a paid order."""
        return None if operator is ops.NEVER else Q(order_count=0)
