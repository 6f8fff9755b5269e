"""The one shop of this installation."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class ShopManager(models.Manager["Shop"]):
    """Reads the single row."""

    def current(self) -> Shop:
        """Return the shop, created with defaults at first use."""
        shop, _created = self.get_or_create(pk=1)
        return shop


class Shop(models.Model):
    """Name, currency and calendar of the shop; exactly one row."""

    name = models.CharField(_("name"), max_length=200, default="My shop")
    currency = models.CharField(
        _("currency"),
        max_length=3,
        blank=True,
        help_text=_("ISO 4217; taken from the first imported order if empty."),
    )
    time_zone = models.CharField(_("time zone"), max_length=64, default="UTC")
    week_start = models.PositiveSmallIntegerField(_("first day of the week"), default=1)
    totals_checked_at = models.DateTimeField(_("totals checked"), null=True, blank=True)

    objects = ShopManager()

    class Meta:
        verbose_name = _("shop")
        verbose_name_plural = _("shop")
        permissions = [("view_raw_tables", "Can look into the raw tables")]
        constraints = [
            models.CheckConstraint(condition=Q(pk=1), name="shop_single_row"),
            models.CheckConstraint(condition=Q(week_start__range=(1, 7)), name="shop_week_start"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def zone(self) -> ZoneInfo:
        """The shop's time zone; its midnight begins a day everywhere in Regulars."""
        return ZoneInfo(self.time_zone)


class ExchangeRate(models.Model):
    """What one unit of a foreign currency is worth in shop currency from a day on."""

    currency = models.CharField(_("currency"), max_length=3)
    valid_from = models.DateField(_("valid from"))
    rate = models.DecimalField(_("rate"), max_digits=18, decimal_places=8)

    class Meta:
        verbose_name = _("exchange rate")
        verbose_name_plural = _("exchange rates")
        ordering = ("currency", "-valid_from")
        constraints = [
            models.UniqueConstraint(fields=("currency", "valid_from"), name="exchange_rate_unique"),
            models.CheckConstraint(condition=Q(rate__gt=0), name="exchange_rate_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.currency} {self.valid_from}"


class Inbound(models.Model):
    """A row from outside: which feed it came from, its identifier and its last change there."""

    source = models.CharField(_("source"), max_length=40, default="shop")
    external_id = models.CharField(_("external id"), max_length=190)
    source_updated_at = models.DateTimeField(_("changed at the source"), null=True, blank=True)

    class Meta:
        abstract = True


__all__ = ["ExchangeRate", "Inbound", "Shop"]
