"""Who wants what: the targets of interest, the interested customers, and recommended products."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from analytics.models.refresh import Refresh
from cdp.models import Category, Customer, Product


class TargetKind(models.TextChoices):
    """What a customer may be interested in."""

    CATEGORY = "category", _("category")
    BRAND = "brand", _("brand")
    PRODUCT = "product", _("product")
    KEYWORD = "keyword", _("keyword")


class Strength(models.IntegerChoices):
    """How strong an interest is; every high one is at least a medium one."""

    MEDIUM = 1, _("medium")
    HIGH = 2, _("high")


class InterestTarget(models.Model):
    """One category (with all below it), brand, product or keyword whose buyers are predicted.

    `key` identifies it within its kind: the id of the category or product, `Product.brand_key`, or
    the keyword as `cdp.text.key` writes it; `label` is what people call it. `is_asked` keeps a
    target that a condition names, however few have bought it. Until a refresh has learned it,
    `learned_in` is empty and nobody is interested in it.

    Customers whose probability of buying within `horizon_days` reaches `medium_limit` or
    `high_limit` are interested. The `tested_*` columns come from the shop's last window: among
    `tested_count` customers `tested_buyers` bought it, and of the `tested_named` customers that
    would have been named as interested `tested_hits` did.
    """

    kind = models.CharField(_("kind"), max_length=8, choices=TargetKind.choices)
    key = models.CharField(_("key"), max_length=250)
    label = models.CharField(_("name"), max_length=500)
    category = models.ForeignKey(Category, on_delete=models.CASCADE, null=True, related_name="+")
    product = models.ForeignKey(Product, on_delete=models.CASCADE, null=True, related_name="+")
    is_asked = models.BooleanField(_("asked for by a condition"), default=False)
    is_new = models.BooleanField(_("newly stocked"), default=False)
    learned_in = models.ForeignKey(
        Refresh, on_delete=models.SET_NULL, null=True, related_name="+", db_index=False
    )
    horizon_days = models.PositiveSmallIntegerField(_("horizon (days)"), default=30)
    buyer_count = models.PositiveIntegerField(_("buyers so far"), default=0)
    medium_limit = models.FloatField(_("limit of medium interest"), null=True, blank=True)
    high_limit = models.FloatField(_("limit of high interest"), null=True, blank=True)
    medium_count = models.PositiveIntegerField(_("interested customers"), default=0)
    high_count = models.PositiveIntegerField(_("highly interested customers"), default=0)
    tested_auc = models.FloatField(_("AUC in the last window"), null=True, blank=True)
    tested_count = models.PositiveIntegerField(_("customers tested"), null=True, blank=True)
    tested_buyers = models.PositiveIntegerField(_("buyers in the test"), null=True, blank=True)
    tested_named = models.PositiveIntegerField(_("customers named"), null=True, blank=True)
    tested_hits = models.PositiveIntegerField(_("buyers among them"), null=True, blank=True)

    class Meta:
        verbose_name = _("interest target")
        verbose_name_plural = _("interest targets")
        constraints = [
            models.UniqueConstraint(fields=("kind", "key"), name="interest_target_unique"),
            models.CheckConstraint(
                condition=Q(kind__in=TargetKind.values), name="interest_target_kind"
            ),
        ]

    def __str__(self) -> str:
        return self.label


class Interest(models.Model):
    """One customer who is interested in a target: only those above the limits have a row.

    `score` is the probability of buying it within the target's horizon. `reason` and
    `second_reason` are the purchased products that speak most for it. They are no foreign keys in
    the database: removing a product need not search millions of rows for it.
    """

    target = models.ForeignKey(
        InterestTarget, on_delete=models.CASCADE, related_name="interests", db_index=False
    )
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="interests")
    strength = models.PositiveSmallIntegerField(_("strength"), choices=Strength.choices)
    has_bought = models.BooleanField(_("has bought it"), default=False)
    score = models.FloatField(_("probability"))
    reason = models.ForeignKey(
        Product,
        on_delete=models.DO_NOTHING,
        null=True,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    second_reason = models.ForeignKey(
        Product,
        on_delete=models.DO_NOTHING,
        null=True,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )

    class Meta:
        verbose_name = _("interest")
        verbose_name_plural = _("interests")
        constraints = [
            models.UniqueConstraint(fields=("target", "customer"), name="interest_unique"),
        ]
        indexes = [
            models.Index(fields=("target", "strength", "customer"), name="interest_strength"),
        ]

    def __str__(self) -> str:
        return f"interest of customer {self.customer_id} in target {self.target_id}"


class RecommendationList(models.TextChoices):
    """The two lists of each customer; blending them would hide what is new."""

    BUY_AGAIN = "again", _("buy again")
    NEW_FOR_YOU = "new", _("new for you")


class Recommendation(models.Model):
    """One recommended product: its place (from 1) in one of a customer's two lists.

    `reason` is the purchased product that speaks most for it, empty where it is popularity.
    """

    customer = models.ForeignKey(
        Customer, on_delete=models.CASCADE, related_name="recommendations", db_index=False
    )
    list = models.CharField(_("list"), max_length=5, choices=RecommendationList.choices)
    position = models.PositiveSmallIntegerField(_("position"))
    product = models.ForeignKey(
        Product,
        on_delete=models.DO_NOTHING,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    score = models.FloatField(_("score"))
    reason = models.ForeignKey(
        Product,
        on_delete=models.DO_NOTHING,
        null=True,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )

    class Meta:
        verbose_name = _("recommendation")
        verbose_name_plural = _("recommendations")
        ordering = ("customer", "list", "position")
        constraints = [
            models.UniqueConstraint(
                fields=("customer", "list", "position"), name="recommendation_unique"
            ),
        ]

    def __str__(self) -> str:
        return f"recommendation {self.list} {self.position} for customer {self.customer_id}"
