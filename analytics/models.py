"""Everything derived from the record: shop figures, statistics and labels of each customer."""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from cdp.models import Category, ConsentFlag, Customer, Shop
from cdp.money import MoneyField
from cdp.periods import local_day


class LifeCycle(models.TextChoices):
    """Where a customer stands at their own pace; prospects (no paid order) have none."""

    JUST_ORDERED = "just_ordered", _("just ordered")
    ACTIVE = "active", _("active")
    SLIPPING_AWAY = "slipping_away", _("slipping away")
    LOST = "lost", _("lost")


class Importance(models.TextChoices):
    """How much a customer matters at their own pace; prospects (no paid order) have none."""

    ONE_TIME = "one_time", _("one-time buyer")
    LOYAL = "loyal", _("loyal")
    FREQUENT = "frequent", _("frequent buyer")
    VIP = "vip", _("VIP")


class PriceSensitivity(models.TextChoices):
    """Whether a customer buys below or above the shop's usual prices (empty: unknown)."""

    CHEAPER = "cheaper", _("buys cheaper")
    AVERAGE = "average", _("average")
    EXPENSIVE = "expensive", _("buys expensive")


class ClassificationRulesManager(models.Manager["ClassificationRules"]):
    """Reads the single row."""

    def current(self) -> ClassificationRules:
        """Return the rules, created with their defaults at first use."""
        rules, _created = self.get_or_create(pk=1)
        return rules


class ClassificationRules(models.Model):
    """The thresholds of the classification that a shop may change; exactly one row."""

    vip_share = models.FloatField(_("share of VIPs among repeat customers"), default=0.10)
    frequent_rank = models.FloatField(_("rank from which a customer is frequent"), default=0.60)
    hysteresis = models.FloatField(_("rank by which a limit must be passed"), default=0.02)
    slip_floor_few_days = models.PositiveSmallIntegerField(
        _("shortest patience, under 4 gaps (days)"), default=30
    )
    slip_floor_days = models.PositiveSmallIntegerField(
        _("shortest patience, 4 gaps and more (days)"), default=14
    )
    lost_floor_days = models.PositiveSmallIntegerField(_("earliest loss (days)"), default=90)
    cheaper_below = models.FloatField(_("buys cheaper up to price index"), default=0.85)
    expensive_above = models.FloatField(_("buys expensive from price index"), default=1.15)

    objects = ClassificationRulesManager()

    class Meta:
        verbose_name = _("classification rules")
        verbose_name_plural = _("classification rules")
        constraints = [
            models.CheckConstraint(condition=Q(pk=1), name="classification_rules_single_row"),
            models.CheckConstraint(
                condition=Q(
                    vip_share__gt=0, vip_share__lt=1, frequent_rank__gte=0, frequent_rank__lt=1
                ),
                name="classification_rules_shares",
            ),
            models.CheckConstraint(
                condition=Q(cheaper_below__gt=0, cheaper_below__lt=models.F("expensive_above")),
                name="classification_rules_prices",
            ),
        ]

    def __str__(self) -> str:
        return str(self._meta.verbose_name)


class RefreshManager(models.Manager["Refresh"]):
    """Keeps the request for the next refresh."""

    def request(self, *, now: datetime, as_of: datetime | None, is_full: bool) -> Refresh:
        """Return a request, in place of earlier ones: pinned to `as_of`, or of the present moment
        if None.
        """
        moment = now if as_of is None else as_of
        day = local_day(moment, Shop.objects.current().zone)
        self.filter(started_at__isnull=True).delete()
        return self.create(
            as_of=moment, is_pinned=as_of is not None, is_full=is_full, figures_day=day
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


class CustomerStatistics(models.Model):
    """Counted facts of one customer as of the last refresh, and the profile columns most asked for.

    Every customer who is not erased has one row after a refresh: the root of every segment query.
    Revenue is net of refunds and returns, in shop currency.
    """

    customer = models.OneToOneField(
        Customer, on_delete=models.CASCADE, primary_key=True, related_name="statistics"
    )
    order_count = models.PositiveIntegerField(_("orders"), default=0)
    return_count = models.PositiveIntegerField(_("returns"), default=0)
    revenue = MoneyField(_("revenue"), default=0)
    average_order_value = MoneyField(_("average order value"), null=True, blank=True)
    discount_share = models.FloatField(_("discount share"), null=True, blank=True)
    first_order_at = models.DateTimeField(_("first order"), null=True, blank=True)
    last_order_at = models.DateTimeField(_("last order"), null=True, blank=True)
    mean_gap_days = models.FloatField(_("days between orders"), null=True, blank=True)
    last_activity_at = models.DateTimeField(_("last activity"), null=True, blank=True)
    country = models.CharField(_("country"), max_length=2, blank=True)
    region_key = models.CharField(_("region"), max_length=120, blank=True)
    city_key = models.CharField(_("city"), max_length=120, blank=True)
    language = models.CharField(_("language"), max_length=12, blank=True)
    registered_at = models.DateTimeField(_("registered"), null=True, blank=True)
    bucket = models.PositiveSmallIntegerField(_("bucket"), default=0)
    email_consent = models.SmallIntegerField(
        _("marketing e-mail"), choices=ConsentFlag.choices, default=0
    )
    is_mailable = models.BooleanField(_("mailable"), default=False)

    class Meta:
        verbose_name = _("customer statistics")
        verbose_name_plural = _("customer statistics")
        indexes = [
            models.Index(fields=("last_order_at",), name="statistics_last_order"),
            models.Index(fields=("first_order_at",), name="statistics_first_order"),
            models.Index(fields=("order_count",), name="statistics_order_count"),
            models.Index(fields=("revenue",), name="statistics_revenue"),
            models.Index(fields=("country", "city_key"), name="statistics_country"),
            models.Index(fields=("city_key",), name="statistics_city"),
            models.Index(fields=("registered_at",), name="statistics_registered"),
        ]

    def __str__(self) -> str:
        return f"statistics of customer {self.customer_id}"


class CustomerClassification(models.Model):
    """The labels of one customer with the numbers behind them (days may be fractional).

    Only customers with at least one paid order have a row; `importance` is empty until the end of
    the refresh that adds it. `orders_at_own_pace` (O) and `value_at_own_pace` (V) are orders and
    revenue so far plus a year at the customer's own pace; `importance_rank` is min(rank O, rank V).
    """

    customer = models.OneToOneField(
        Customer, on_delete=models.CASCADE, primary_key=True, related_name="classification"
    )
    life_cycle = models.CharField(_("life cycle"), max_length=14, choices=LifeCycle.choices)
    stage_since = models.DateField(_("in this stage since"))
    next_stage_on = models.DateField(_("next stage on"), null=True, blank=True)
    gap_count = models.PositiveSmallIntegerField(_("own gaps used"), default=0)
    cadence_days = models.FloatField(_("own cadence (days)"), null=True, blank=True)
    cadence_spread = models.FloatField(_("spread of the cadence"), null=True, blank=True)
    slip_days = models.FloatField(_("slips away after (days)"))
    lost_days = models.FloatField(_("lost after (days)"))
    expected_next_order_on = models.DateField(_("expected next order"), null=True, blank=True)
    importance = models.CharField(_("importance"), max_length=10, choices=Importance.choices)
    importance_rank = models.FloatField(_("importance rank"), null=True, blank=True)
    orders_at_own_pace = models.FloatField(_("orders at own pace"))
    value_at_own_pace = models.FloatField(_("value at own pace"))
    price_sensitivity = models.CharField(
        _("price sensitivity"), max_length=10, choices=PriceSensitivity.choices, blank=True
    )
    price_index = models.FloatField(_("price index"), null=True, blank=True)

    class Meta:
        verbose_name = _("customer classification")
        verbose_name_plural = _("customer classifications")
        indexes = [
            models.Index(
                fields=("life_cycle", "importance", "customer"), name="classification_labels"
            ),
            models.Index(fields=("importance", "customer"), name="classification_importance"),
            models.Index(fields=("next_stage_on",), name="classification_next_stage"),
            models.Index(fields=("price_sensitivity", "customer"), name="classification_price"),
        ]

    def __str__(self) -> str:
        return f"classification of customer {self.customer_id}"
