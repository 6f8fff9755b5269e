"""Carts and events: what customers did in the shop besides ordering."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from cdp.models.customer import Customer
from cdp.models.order import Order
from cdp.models.product import Product
from cdp.models.shop import Inbound
from cdp.money import MoneyField


class Cart(Inbound):
    """A cart; abandoned while it has `abandoned_at` and no recovered order.

    `total` is in `currency`, `amount` in shop currency.
    """

    customer = models.ForeignKey(
        Customer,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="carts",
        db_index=False,
    )
    started_at = models.DateTimeField(_("started"))
    abandoned_at = models.DateTimeField(_("abandoned"), null=True, blank=True)
    recovered_order = models.ForeignKey(
        Order, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", db_index=False
    )
    currency = models.CharField(_("currency"), max_length=3)
    total = MoneyField(_("total"), default=0)
    amount = MoneyField(_("amount in shop currency"), null=True, blank=True)

    class Meta:
        verbose_name = _("cart")
        verbose_name_plural = _("carts")
        ordering = ("-started_at", "-pk")
        constraints = [
            models.UniqueConstraint(
                fields=("source", "external_id"), name="cart_external_id_unique"
            ),
            models.CheckConstraint(condition=Q(total__gte=0), name="cart_total"),
            models.CheckConstraint(
                condition=Q(abandoned_at__isnull=True) | Q(abandoned_at__gte=F("started_at")),
                name="cart_abandoned_after",
            ),
        ]
        indexes = [
            models.Index(
                fields=("abandoned_at", "customer", "recovered_order", "amount"),
                name="cart_abandoned",
            ),
            models.Index(fields=("customer", "started_at"), name="cart_customer"),
            models.Index(fields=("recovered_order",), name="cart_recovered_order"),
        ]

    def __str__(self) -> str:
        return self.external_id


class CartLine(models.Model):
    """A product in a cart; `customer` repeats the cart's, `unit_price` is in its currency."""

    cart = models.ForeignKey(Cart, on_delete=models.CASCADE, related_name="lines", db_index=False)
    external_id = models.CharField(_("external id"), max_length=190)
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, null=True, related_name="+")
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+")
    quantity = models.PositiveIntegerField(_("quantity"), default=1)
    unit_price = MoneyField(_("unit price"), null=True, blank=True)

    class Meta:
        verbose_name = _("cart line")
        verbose_name_plural = _("cart lines")
        constraints = [
            models.UniqueConstraint(
                fields=("cart", "external_id"), name="cart_line_external_id_unique"
            )
        ]

    def __str__(self) -> str:
        return f"line {self.external_id} of cart {self.cart_id}"


class Event(Inbound):
    """Something a customer did: a kind (`product_view`), perhaps a product or a search text."""

    customer = models.ForeignKey(
        Customer, on_delete=models.CASCADE, related_name="events", db_index=False
    )
    kind = models.CharField(_("kind"), max_length=40)
    occurred_at = models.DateTimeField(_("when"))
    product = models.ForeignKey(
        Product, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    query = models.CharField(_("query"), max_length=300, blank=True)
    detail = models.CharField(_("detail"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events")
        ordering = ("-occurred_at", "-pk")
        constraints = [
            models.UniqueConstraint(
                fields=("source", "external_id"), name="event_external_id_unique"
            )
        ]
        indexes = [
            models.Index(fields=("customer", "occurred_at", "kind"), name="event_customer"),
            models.Index(fields=("kind", "occurred_at", "customer"), name="event_kind"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} by customer {self.customer_id}"
