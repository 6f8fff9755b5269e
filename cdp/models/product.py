"""Products, their category tree and their attributes."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from cdp.models.shop import Inbound
from cdp.money import MoneyField

PATH_SEPARATOR = " > "


class Category(models.Model):
    """A node of the category tree; `path` is the names from the root, the keys are casefolded."""

    source = models.CharField(_("source"), max_length=40, default="shop")
    parent = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="children"
    )
    name = models.CharField(_("name"), max_length=190)
    name_key = models.CharField(max_length=190, editable=False)
    path = models.CharField(_("path"), max_length=900)
    path_key = models.CharField(max_length=900, editable=False)

    class Meta:
        verbose_name = _("category")
        verbose_name_plural = _("categories")
        ordering = ("path",)
        constraints = [models.UniqueConstraint(fields=("path_key",), name="category_path_unique")]
        indexes = [models.Index(fields=("name_key",), name="category_name")]

    def __str__(self) -> str:
        return self.path


class Product(Inbound):
    """Something the shop sells. `search_key` is what a keyword is looked up in, casefolded."""

    name = models.CharField(_("name"), max_length=300, blank=True)
    sku = models.CharField(_("SKU"), max_length=120, blank=True)
    brand = models.CharField(_("brand"), max_length=120, blank=True)
    brand_key = models.CharField(max_length=120, blank=True, editable=False)
    price = MoneyField(_("price"), null=True, blank=True)
    list_price = MoneyField(_("list price"), null=True, blank=True)
    is_available = models.BooleanField(_("available"), default=True)
    image_url = models.CharField(_("image address"), max_length=1000, blank=True)
    page_url = models.CharField(_("page address"), max_length=1000, blank=True)
    first_seen_at = models.DateTimeField(_("first seen"), null=True, blank=True)
    search_key = models.TextField(blank=True, editable=False)

    class Meta:
        verbose_name = _("product")
        verbose_name_plural = _("products")
        ordering = ("pk",)
        constraints = [
            models.UniqueConstraint(
                fields=("source", "external_id"), name="product_external_id_unique"
            ),
            models.CheckConstraint(
                condition=Q(price__isnull=True) | Q(price__gte=0), name="product_price"
            ),
            models.CheckConstraint(
                condition=Q(list_price__isnull=True) | Q(list_price__gte=0),
                name="product_list_price",
            ),
        ]
        indexes = [
            models.Index(fields=("brand_key",), name="product_brand"),
            models.Index(fields=("sku",), name="product_sku"),
        ]

    def __str__(self) -> str:
        return self.name or self.external_id


class ProductCategory(models.Model):
    """A product stands in a category: its leaf (`distance` 0) and every ancestor (1, 2, ...)."""

    product = models.ForeignKey(
        Product, on_delete=models.CASCADE, related_name="product_categories", db_index=False
    )
    category = models.ForeignKey(
        Category, on_delete=models.CASCADE, related_name="product_categories", db_index=False
    )
    distance = models.PositiveSmallIntegerField(_("distance from the leaf"), default=0)

    class Meta:
        verbose_name = _("product category")
        verbose_name_plural = _("product categories")
        constraints = [
            models.UniqueConstraint(fields=("product", "category"), name="product_category_unique"),
        ]
        indexes = [models.Index(fields=("category", "product"), name="product_category_category")]

    def __str__(self) -> str:
        return f"product {self.product_id} in category {self.category_id}"


class ProductAttribute(models.Model):
    """A further property of a product such as colour: key and casefolded value for comparison."""

    product = models.ForeignKey(
        Product, on_delete=models.CASCADE, related_name="attributes", db_index=False
    )
    key = models.CharField(_("attribute"), max_length=60)
    value = models.CharField(_("value"), max_length=300)
    value_key = models.CharField(max_length=300, editable=False)

    class Meta:
        verbose_name = _("product attribute")
        verbose_name_plural = _("product attributes")
        constraints = [
            models.UniqueConstraint(
                fields=("product", "key", "value_key"), name="product_attribute_unique"
            ),
        ]
        indexes = [
            models.Index(fields=("key", "value_key", "product"), name="product_attribute_value")
        ]

    def __str__(self) -> str:
        return f"{self.key}: {self.value}"
