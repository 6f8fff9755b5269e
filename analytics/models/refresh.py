"""Each computation of everything derived, with the shop-wide figures it used."""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from cdp.models import Category, Shop
from cdp.money import MoneyField
from cdp.periods import local_day


class RefreshPart(models.TextChoices):
    """What a refresh computes; a part leaves everything else as it is."""

    ALL = "all", _("everything")
    FORECASTS = "forecasts", _("labels and forecasts")
    INTERESTS = "interests", _("interests and recommendations")


class RefreshManager(models.Manager["Refresh"]):
    """Keeps the request for the next refresh."""

    def request(
        self,
        *,
        now: datetime,
        as_of: datetime | None,
        is_full: bool,
        part: RefreshPart = RefreshPart.ALL,
    ) -> Refresh:
        """Return a request, in place of earlier ones: pinned to `as_of`, or of the present moment
        if None. A part is computed for everybody.
        """
        moment = now if as_of is None else as_of
        day = local_day(moment, Shop.objects.current().zone)
        self.filter(started_at__isnull=True).delete()
        return self.create(
            as_of=moment,
            is_pinned=as_of is not None,
            is_full=is_full or part != RefreshPart.ALL,
            figures_day=day,
            part=part,
        )


class Refresh(models.Model):
    """One computation of all statistics and labels, with the shop-wide figures it used.

    `as_of` is the moment it was computed for; `is_pinned` says that an operator chose it, so that
    later automatic refreshes and segment counts stay at that moment. Figures come from orders
    placed before `figures_day`.
    Durations are in days, `price_norms` live in `PriceNorm`.
    """

    as_of = models.DateTimeField(_("as of"))
    is_pinned = models.BooleanField(_("pinned"), default=False)
    is_full = models.BooleanField(_("full"), default=True)
    part = models.CharField(
        _("part"), max_length=9, choices=RefreshPart.choices, default=RefreshPart.ALL
    )
    figures_day = models.DateField(_("figures before"))
    started_at = models.DateTimeField(_("started"), null=True, blank=True)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)
    inputs_key = models.CharField(max_length=64, blank=True, editable=False)
    customer_count = models.PositiveBigIntegerField(_("customers computed"), default=0)
    changed_count = models.PositiveBigIntegerField(_("customers changed"), default=0)
    merge_days = models.PositiveSmallIntegerField(
        _("days within which order days merge"), default=3
    )
    first_order_on = models.DateField(_("first order day"), null=True, blank=True)
    last_order_on = models.DateField(_("last order day"), null=True, blank=True)
    mean_gap_days = models.FloatField(_("mean gap"), null=True, blank=True)
    median_gap_days = models.FloatField(_("median gap between order days"), null=True, blank=True)
    average_order_value = MoneyField(_("average order value"), null=True, blank=True)
    order_cap = MoneyField(_("99th percentile of single orders"), null=True, blank=True)
    second_order_count = models.PositiveBigIntegerField(_("observed second orders"), default=0)
    one_time_slip_days = models.PositiveSmallIntegerField(
        _("patience with one-time buyers"), default=180
    )
    one_time_lost_days = models.PositiveSmallIntegerField(_("loss of one-time buyers"), default=365)
    vip_limit = models.FloatField(_("rank from which a customer is a VIP"), null=True, blank=True)

    objects = RefreshManager()

    class Meta:
        verbose_name = _("refresh")
        verbose_name_plural = _("refreshes")
        ordering = ("-pk",)
        get_latest_by = "pk"

    def __str__(self) -> str:
        return f"{self.as_of:%Y-%m-%d %H:%M}"


class PriceNorm(models.Model):
    """What the shop sold in a category (with all below it) in 24 months, to know its usual price.

    Sums of unit counts and of ln(regular unit price) weighted by them, in whole
    millionths so that the order of adding does not matter; without category: the whole shop.
    """

    refresh = models.ForeignKey(
        Refresh, on_delete=models.CASCADE, related_name="price_norms", db_index=False
    )
    category = models.ForeignKey(
        Category, on_delete=models.CASCADE, null=True, related_name="+", db_index=False
    )
    unit_count = models.PositiveBigIntegerField(_("units"), default=0)
    log_price_sum = models.BigIntegerField(_("sum of log prices (millionths)"), default=0)
    line_count = models.PositiveBigIntegerField(_("order lines"), default=0)
    product_count = models.PositiveBigIntegerField(_("products (counted up to 5)"), default=0)

    class Meta:
        verbose_name = _("price norm")
        verbose_name_plural = _("price norms")
        constraints = [
            models.UniqueConstraint(fields=("refresh", "category"), name="price_norm_unique"),
            models.UniqueConstraint(
                fields=("refresh",), condition=Q(category=None), name="price_norm_shop_unique"
            ),
        ]

    @property
    def mean_log_price(self) -> float:
        """The mean of ln(regular unit price) over the units sold."""
        return self.log_price_sum / 1_000_000 / self.unit_count

    def __str__(self) -> str:
        return f"price norm of category {self.category_id}"
