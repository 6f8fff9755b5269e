"""Pages of products and their categories."""

from __future__ import annotations

from typing import ClassVar

from django.contrib import admin

from cdp import models
from cdp.site import DetailAdmin, RecordAdmin, RecordInline


class ProductCategoryInline(RecordInline):
    model = models.ProductCategory
    fields = ("category", "distance")
    related: ClassVar[tuple[str, ...]] = ("category",)


class ProductAttributeInline(RecordInline):
    model = models.ProductAttribute
    fields = ("key", "value")


@admin.register(models.Product)
class ProductAdmin(RecordAdmin):
    list_display = ("__str__", "sku", "brand", "price", "list_price", "is_available")
    list_filter = ("is_available",)
    search_fields = ("name", "sku", "external_id", "brand")
    inlines = (ProductCategoryInline, ProductAttributeInline)


@admin.register(models.Category)
class CategoryAdmin(RecordAdmin):
    list_display = ("path", "name", "source")
    search_fields = ("path",)


@admin.register(models.ProductCategory)
class ProductCategoryAdmin(DetailAdmin):
    list_display = ("product", "category", "distance")
    list_select_related = ("product", "category")
    search_fields = ("product__name", "category__path")


@admin.register(models.ProductAttribute)
class ProductAttributeAdmin(DetailAdmin):
    list_display = ("product", "key", "value")
    list_select_related = ("product",)
    search_fields = ("product__name", "key", "value")
