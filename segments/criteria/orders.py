"""Criteria on the customer's orders, counted from the orders themselves."""

from __future__ import annotations

from bisect import bisect_left
from datetime import datetime
from decimal import Decimal

from django import forms
from django.db.models import Count, Q, Sum, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from analytics.models import CustomerStatistics
from cdp.models import CountsAs, Order, OrderStatus
from cdp.models.order import OrderQuerySet
from cdp.money import MoneyField
from cdp.periods import local_day
from segments.criteria import days
from segments.criteria import operators as ops
from segments.criteria.base import ORDERS, Criterion, Later, criteria
from segments.criteria.fields import KnownListField, NumberField, count_field
from segments.criteria.operators import Operator
from segments.criteria.params import Params, texts
from segments.criteria.queries import Total, compared, in_window, owners, totals
from segments.criteria.wording import figure_words

RETURNED = "returned"
STATUSES = {**dict(OrderStatus.choices), RETURNED: _("returned")}


@criteria.register
class OrderStatusIs(Criterion):
    """The customer has an order that stands at a status."""

    key, label, group = "order_status", _("Order status"), ORDERS
    help = _("Customers with at least one order at the status; “returned” finds returns.")
    suggests = {"values": "order_statuses"}
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

    def actual(
        self,
        operator: Operator,
        params: Params,
        *,
        about: CustomerStatistics,
        now: datetime,
        currency: str = "",
    ) -> str:
        """Count the customer's orders by status."""
        orders = Order.objects.filter(customer=about.pk)
        orders = orders.placed_between(*days.window_of(params, now=now)).order_by()
        counts = [
            *orders.filter(total__gte=0).values_list("status").annotate(count=Count("pk")),
            (RETURNED, orders.filter(counts_as=CountsAs.RETURN).count()),
        ]
        shown = []
        for status, count in counts:
            if count:
                words = {"count": figure_words(count), "status": self.show_value(status)}
                shown.append(gettext("%(count)s %(status)s") % words)
        return ", ".join(shown) or gettext("no orders")

    def show_value(self, value: str) -> str:
        """Return the status as a word."""
        return str(STATUSES.get(value, value))


def _left_in_window(
    orders: OrderQuerySet,
    column: str | None,
    operator: Operator,
    params: Params,
    *,
    about: CustomerStatistics,
    now: datetime,
) -> Later:
    """Return how the number of orders, or the sum of a column, compares as the window moves on."""
    start, _end = days.window_of(params, now=now)
    placed = orders.filter(customer=about.pk, placed_at__lt=now).placed_between(start, None)
    rows = list(placed.order_by().values_list("placed_at", column or "pk"))
    total = Total([(at, Decimal(value) if column else Decimal(1)) for at, value in rows])
    return lambda then: total.fulfils(operator, params, days.window_of(params, now=then))


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
    summary = _("What the customer spent, less refunds and returns.")
    proposed = (ops.MORE_THAN, {"value": 100})
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

    def actual(
        self,
        operator: Operator,
        params: Params,
        *,
        about: CustomerStatistics,
        now: datetime,
        currency: str = "",
    ) -> str:
        """Return the revenue in the window."""
        value = about.revenue
        if _is_limited(params):
            start, end = days.window_of(params, now=now)
            orders = Order.objects.counted().filter(customer=about.pk).placed_between(start, end)
            value = orders.aggregate(total=Sum("amount"))["total"] or Decimal(0)
        return f"{figure_words(value)} {currency}".strip()

    def later(
        self, operator: Operator, params: Params, *, about: CustomerStatistics, now: datetime
    ) -> Later | None:
        """Add up what is left in the window."""
        if not _is_limited(params):
            return None
        orders = Order.objects.counted().filter(amount__isnull=False)
        return _left_in_window(orders, "amount", operator, params, about=about, now=now)


@criteria.register
class OrderCount(Criterion):
    """How often the customer ordered."""

    key, label, group = "order_count", _("Number of orders"), ORDERS
    help = _(
        "Paid orders; returns and cancelled orders do not count. Nobody lacks it: it may be 0."
    )
    summary = _("How many paid orders the customer placed; it may be 0.")
    proposed = (ops.AT_LEAST, {"value": 1})
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

    def actual(
        self,
        operator: Operator,
        params: Params,
        *,
        about: CustomerStatistics,
        now: datetime,
        currency: str = "",
    ) -> str:
        """Count the orders in the window."""
        count = about.order_count
        if _is_limited(params):
            start, end = days.window_of(params, now=now)
            orders = Order.objects.paid().filter(customer=about.pk)
            count = orders.placed_between(start, end).count()
        return ngettext("%(count)s order", "%(count)s orders", count) % {
            "count": figure_words(count)
        }

    def later(
        self, operator: Operator, params: Params, *, about: CustomerStatistics, now: datetime
    ) -> Later | None:
        """Count what is left in the window."""
        if not _is_limited(params):
            return None
        orders = Order.objects.paid()
        return _left_in_window(orders, None, operator, params, about=about, now=now)


@criteria.register
class OrderDate(Criterion):
    """The customer has an order on certain days, whatever came after."""

    key, label, group = "order_date", _("An order"), ORDERS
    help = _("Customers with at least one paid order on the days asked for, the last one or not.")
    summary = _("At least one paid order on certain days, whatever came after.")
    operators = (*ops.RELATIVE, *ops.FIXED, ops.NEVER)

    def q(self, operator: Operator, params: Params, *, now: datetime) -> Q:
        """Look among the paid orders."""
        paid = Order.objects.paid().filter(placed_at__lt=now)
        if operator is ops.NEVER:
            return ~owners(paid)
        span = days.days_asked(operator, params, now=now)
        start, end = days.moments_of(span, days.zone_of(now))
        return owners(paid.placed_between(start, end))

    def actual(
        self,
        operator: Operator,
        params: Params,
        *,
        about: CustomerStatistics,
        now: datetime,
        currency: str = "",
    ) -> str:
        """Return the day of the last order."""
        if about.last_order_at is None:
            return gettext("never")
        day = local_day(about.last_order_at, days.zone_of(now))
        return gettext("last on %(day)s") % {"day": days.day_words(day)}

    def later(
        self, operator: Operator, params: Params, *, about: CustomerStatistics, now: datetime
    ) -> Later | None:
        """Compare the days of all orders."""
        placed = Order.objects.paid().filter(customer=about.pk, placed_at__lt=now).order_by()
        zone = days.zone_of(now)
        ordered_on = sorted(
            {local_day(at, zone) for at in placed.values_list("placed_at", flat=True)}
        )

        def holds(then: datetime) -> bool:
            if operator is ops.NEVER:
                return not ordered_on
            first, last = days.days_asked(operator, params, now=then)
            place = 0 if first is None else bisect_left(ordered_on, first)
            return place < len(ordered_on) and (last is None or ordered_on[place] <= last)

        return holds

    def unknown(self, operator: Operator, params: Params, *, now: datetime) -> Q | None:
        """Customers without a paid order."""
        return None if operator is ops.NEVER else Q(order_count=0)
