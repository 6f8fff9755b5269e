"""The plain pages of what was computed: refreshes, statistics, labels and their rules."""

from __future__ import annotations

from typing import ClassVar

from django.contrib import admin

from analytics import models
from cdp.site import DetailAdmin, RecordAdmin, RecordInline, SingleRowAdmin


@admin.register(models.ClassificationRules)
class ClassificationRulesAdmin(SingleRowAdmin):
    list_display = ("__str__", "vip_share", "frequent_rank", "cheaper_below", "expensive_above")


class PriceNormInline(RecordInline):
    model = models.PriceNorm
    fields = ("category", "unit_count", "log_price_sum", "line_count", "product_count")
    related: ClassVar[tuple[str, ...]] = ("category",)


@admin.register(models.Refresh)
class RefreshAdmin(RecordAdmin):
    list_display = (
        "as_of",
        "is_pinned",
        "is_full",
        "started_at",
        "finished_at",
        "customer_count",
        "changed_count",
        "vip_limit",
    )
    list_filter = ("is_pinned", "is_full", "started_at")
    inlines = (PriceNormInline,)


@admin.register(models.PriceNorm)
class PriceNormAdmin(DetailAdmin):
    list_display = ("category", "refresh", "unit_count", "line_count", "product_count")
    list_select_related = ("category", "refresh")
    search_fields = ("category__path",)


@admin.register(models.CustomerStatistics)
class CustomerStatisticsAdmin(RecordAdmin):
    list_display = (
        "customer",
        "order_count",
        "return_count",
        "revenue",
        "average_order_value",
        "first_order_at",
        "last_order_at",
        "is_mailable",
    )
    list_filter = ("is_mailable", "last_order_at")
    list_select_related = ()
    list_prefetch: ClassVar[tuple[str, ...]] = ("customer",)
    search_fields = ("customer__email", "customer__external_id", "customer__last_name")


@admin.register(models.CustomerClassification)
class CustomerClassificationAdmin(RecordAdmin):
    list_display = (
        "customer",
        "life_cycle",
        "stage_since",
        "next_stage_on",
        "importance",
        "importance_rank",
        "price_sensitivity",
    )
    list_filter = ("life_cycle", "importance", "price_sensitivity", "next_stage_on")
    list_select_related = ()
    list_prefetch: ClassVar[tuple[str, ...]] = ("customer",)
    search_fields = ("customer__email", "customer__external_id", "customer__last_name")
