"""Orders, their lines and refunds."""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.db.models import Case, F, Q, Value, When
from django.utils.translation import gettext_lazy as _

from cdp.models.customer import Customer
from cdp.models.product import Product
from cdp.models.shop import Inbound
from cdp.money import MoneyField


class OrderStatus(models.TextChoices):
    """Where an order stands. A row with a negative total is a return whatever its status says."""

    PENDING = "pending", _("pending")
    PAID = "paid", _("paid")
    FULFILLED = "fulfilled", _("fulfilled")
    PARTIALLY_REFUNDED = "partially_refunded", _("partially refunded")
    REFUNDED = "refunded", _("refunded")
    CANCELLED = "cancelled", _("cancelled")


PAID_STATUSES = ("paid", "fulfilled", "partially_refunded")


class CountsAs(models.IntegerChoices):
    """What an order row is for every figure: a paid order, a return, or nothing."""

    NOTHING = 0, _("nothing")
    ORDER = 1, _("order")
    RETURN = 2, _("return")


class OrderQuerySet(models.QuerySet["Order"]):
    """Reusable filters on orders."""

    def paid(self) -> OrderQuerySet:
        """Paid orders: not pending or cancelled, not fully refunded, total above zero."""
        return self.filter(counts_as=CountsAs.ORDER)

    def counted(self) -> OrderQuerySet:
        """Paid orders and returns: the rows whose `amount` adds up to revenue."""
        return self.filter(counts_as__gt=CountsAs.NOTHING)

    def placed_between(self, start: datetime | None, end: datetime | None) -> OrderQuerySet:
        """Orders placed in [start, end); None leaves that side open."""
        orders = self if start is None else self.filter(placed_at__gte=start)
        return orders if end is None else orders.filter(placed_at__lt=end)


class Order(Inbound):
    """An order, or a return (negative total). Money is in `currency`, `amount` in shop currency.

    `amount` is the total net of refunds, NULL while no exchange rate is known. Without customer:
    a guest.
    """

    customer = models.ForeignKey(
        Customer,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="orders",
        db_index=False,
    )
    status = models.CharField(
        _("status"), max_length=20, choices=OrderStatus.choices, default=OrderStatus.PAID
    )
    placed_at = models.DateTimeField(_("placed"))
    cancelled_at = models.DateTimeField(_("cancelled"), null=True, blank=True)
    currency = models.CharField(_("currency"), max_length=3)
    total = MoneyField(_("total"))
    discount = MoneyField(_("discount"), default=0)
    shipping = MoneyField(_("shipping"), default=0)
    tax = MoneyField(_("tax"), default=0)
    refunded = MoneyField(_("refunded"), default=0)
    amount = MoneyField(_("amount in shop currency"), null=True, blank=True)
    channel = models.CharField(_("channel"), max_length=60, blank=True)
    country = models.CharField(_("country"), max_length=2, blank=True)
    counts_as = models.GeneratedField(
        expression=Case(
            When(Q(total__gt=0) & Q(status__in=PAID_STATUSES), then=Value(1)),
            When(Q(total__lt=0) & ~Q(status__in=("pending", "cancelled")), then=Value(2)),
            default=Value(0),
        ),
        output_field=models.SmallIntegerField(choices=CountsAs.choices),
        db_persist=True,
    )

    objects = OrderQuerySet.as_manager()

    class Meta:
        verbose_name = _("order")
        verbose_name_plural = _("orders")
        ordering = ("-placed_at", "-pk")
        constraints = [
            models.UniqueConstraint(
                fields=("source", "external_id"), name="order_external_id_unique"
            ),
            models.CheckConstraint(condition=Q(status__in=OrderStatus.values), name="order_status"),
            models.CheckConstraint(condition=Q(refunded__gte=0), name="order_refunded"),
            models.CheckConstraint(
                condition=Q(cancelled_at__isnull=True) | Q(cancelled_at__gte=F("placed_at")),
                name="order_cancelled_after",
            ),
        ]
        indexes = [
            models.Index(
                fields=("customer", "placed_at", "counts_as", "amount"), name="order_customer"
            ),
            models.Index(fields=("placed_at", "counts_as", "customer"), name="order_placed"),
            models.Index(fields=("status", "customer"), name="order_status_customer"),
        ]

    def __str__(self) -> str:
        return self.external_id


class OrderLineQuerySet(models.QuerySet["OrderLine"]):
    """Reusable filters on order lines."""

    def purchases(self) -> OrderLineQuerySet:
        """Lines that count as purchases: a positive quantity in a paid order."""
        return self.filter(purchased_quantity__gt=0)


class OrderLine(models.Model):
    """A product in an order.

    `customer` and `placed_at` repeat the order's, so that purchase criteria are one scan.
    `purchased_quantity` is the quantity while the order is paid, else 0. `unit_price` is the
    regular price before discounts, `amount` what was paid for the line, both in shop currency
    (NULL without an exchange rate).
    """

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="lines", db_index=False)
    external_id = models.CharField(_("external id"), max_length=190)
    customer = models.ForeignKey(
        Customer, on_delete=models.CASCADE, null=True, related_name="+", db_index=False
    )
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+", db_index=False)
    placed_at = models.DateTimeField(_("placed"))
    quantity = models.IntegerField(_("quantity"))
    purchased_quantity = models.IntegerField(_("purchased quantity"), default=0)
    unit_price = MoneyField(_("unit price"), null=True, blank=True)
    discount = MoneyField(_("discount"), default=0)
    amount = MoneyField(_("amount"), null=True, blank=True)

    objects = OrderLineQuerySet.as_manager()

    class Meta:
        verbose_name = _("order line")
        verbose_name_plural = _("order lines")
        constraints = [
            models.UniqueConstraint(
                fields=("order", "external_id"), name="order_line_external_id_unique"
            ),
            models.CheckConstraint(
                condition=Q(purchased_quantity__gte=0), name="order_line_purchased_quantity"
            ),
        ]
        indexes = [
            models.Index(
                fields=("customer", "product", "placed_at", "purchased_quantity"),
                name="order_line_customer",
            ),
            models.Index(
                fields=("product", "placed_at", "customer", "purchased_quantity"),
                name="order_line_product",
            ),
        ]

    def __str__(self) -> str:
        return f"line {self.external_id} of order {self.order_id}"


class Refund(Inbound):
    """Money given back for an order at its own time, in the order's currency."""

    order = models.ForeignKey(
        Order, on_delete=models.CASCADE, related_name="refunds", db_index=False
    )
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, null=True, related_name="+")
    refunded_at = models.DateTimeField(_("refunded at"))
    total = MoneyField(_("refunded amount"))

    class Meta:
        verbose_name = _("refund")
        verbose_name_plural = _("refunds")
        constraints = [
            models.UniqueConstraint(
                fields=("source", "external_id"), name="refund_external_id_unique"
            ),
            models.CheckConstraint(condition=Q(total__gt=0), name="refund_positive"),
        ]
        indexes = [models.Index(fields=("order", "refunded_at"), name="refund_order")]

    def __str__(self) -> str:
        return f"refund {self.external_id} of order {self.order_id}"
