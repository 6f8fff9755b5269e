"""Pages of orders, refunds, carts and events."""

from __future__ import annotations

from typing import ClassVar

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from cdp import models
from cdp.site import DetailAdmin, RecordAdmin, RecordInline


class OrderLineInline(RecordInline):
    model = models.OrderLine
    fields = ("external_id", "product", "quantity", "unit_price", "discount", "amount")
    related: ClassVar[tuple[str, ...]] = ("product",)


class RefundInline(RecordInline):
    model = models.Refund
    fields = ("external_id", "refunded_at", "total")


class CartLineInline(RecordInline):
    model = models.CartLine
    fields = ("external_id", "product", "quantity", "unit_price")
    related: ClassVar[tuple[str, ...]] = ("product",)


@admin.register(models.Order)
class OrderAdmin(RecordAdmin):
    list_display = (
        "external_id",
        "customer",
        "placed_at",
        "status",
        "counted_as",
        "total",
        "currency",
        "amount",
    )
    list_filter = ("status", "counts_as", "placed_at")
    list_select_related = ("customer",)
    search_fields = ("external_id", "customer__email")
    inlines = (OrderLineInline, RefundInline)
    readonly_fields = ("counted_as",)

    @admin.display(description=_("counts as"), ordering="counts_as")
    def counted_as(self, order: models.Order) -> str:
        """Say what the row is for every figure."""
        return str(models.CountsAs(order.counts_as).label)


@admin.register(models.OrderLine)
class OrderLineAdmin(DetailAdmin):
    list_display = ("order", "product", "placed_at", "quantity", "unit_price", "amount")
    list_filter = ("placed_at",)
    list_select_related = ("order", "product")


@admin.register(models.Refund)
class RefundAdmin(RecordAdmin):
    list_display = ("external_id", "order", "customer", "refunded_at", "total")
    list_filter = ("refunded_at",)
    list_select_related = ("order", "customer")
    search_fields = ("external_id", "order__external_id")


@admin.register(models.Cart)
class CartAdmin(RecordAdmin):
    list_display = (
        "external_id",
        "customer",
        "started_at",
        "abandoned_at",
        "recovered_order",
        "total",
        "currency",
    )
    list_filter = ("started_at", "abandoned_at")
    list_select_related = ("customer", "recovered_order")
    search_fields = ("external_id", "customer__email")
    inlines = (CartLineInline,)


@admin.register(models.CartLine)
class CartLineAdmin(DetailAdmin):
    list_display = ("cart", "product", "quantity", "unit_price")
    list_select_related = ("cart", "product")
    search_fields = ("cart__external_id", "product__name")


@admin.register(models.Event)
class EventAdmin(RecordAdmin):
    list_display = ("kind", "customer", "occurred_at", "product", "query")
    list_filter = ("occurred_at",)
    list_select_related = ("customer", "product")
    search_fields = ("customer__email",)
