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


@admin.register(models.CustomerForecast)
class CustomerForecastAdmin(RecordAdmin):
    list_display = (
        "customer",
        "chance_30",
        "orders_90",
        "revenue_365",
        "lifetime_value",
        "churn_risk",
        "next_order_on",
    )
    list_filter = ("churn_risk", "next_order_on")
    list_select_related = ()
    list_prefetch: ClassVar[tuple[str, ...]] = ("customer",)
    search_fields = ("customer__email", "customer__external_id", "customer__last_name")


@admin.register(models.InterestTarget)
class InterestTargetAdmin(RecordAdmin):
    list_display = (
        "label",
        "kind",
        "is_asked",
        "is_new",
        "buyer_count",
        "medium_count",
        "high_count",
        "tested_auc",
    )
    list_filter = ("kind", "is_asked", "is_new")
    list_select_related = ()
    search_fields = ("label", "key")


@admin.register(models.Interest)
class InterestAdmin(DetailAdmin):
    list_display = ("customer", "target", "strength", "score", "has_bought")
    list_filter = ("strength", "has_bought")
    list_select_related = ()
    list_prefetch: ClassVar[tuple[str, ...]] = ("customer", "target")
    search_fields = ("target__label",)


@admin.register(models.Recommendation)
class RecommendationAdmin(DetailAdmin):
    list_display = ("customer", "list", "position", "product", "score")
    list_filter = ("list",)
    list_select_related = ()
    list_prefetch: ClassVar[tuple[str, ...]] = ("customer", "product")
    search_fields = ("customer__email", "customer__external_id")


@admin.register(models.FittedModel)
class FittedModelAdmin(RecordAdmin):
    list_display = ("key", "refresh", "digest")
    list_select_related = ("refresh",)
    exclude = ("payload",)


class BackTestRuleInline(RecordInline):
    model = models.BackTestRule
    fields = ("rule", "auc", "lift", "calibration_error", "ndcg")


class BackTestTenthInline(RecordInline):
    model = models.BackTestTenth
    fields = ("position", "case_count", "predicted", "observed")


@admin.register(models.BackTest)
class BackTestAdmin(RecordAdmin):
    list_display = ("prediction", "window_start", "auc", "lift", "calibration_error", "shortage")
    list_filter = ("prediction", "shortage")
    inlines = (BackTestRuleInline, BackTestTenthInline)


@admin.register(models.BackTestRule)
class BackTestRuleAdmin(DetailAdmin):
    list_display = ("back_test", "rule", "auc", "lift", "ndcg")
    list_select_related = ("back_test",)


@admin.register(models.BackTestTenth)
class BackTestTenthAdmin(DetailAdmin):
    list_display = ("back_test", "position", "case_count", "predicted", "observed")
    list_select_related = ("back_test",)
