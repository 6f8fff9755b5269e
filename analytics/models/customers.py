"""What is known of each customer: counted facts and assigned labels."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from cdp.models import ConsentFlag, Customer
from cdp.money import MoneyField


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
