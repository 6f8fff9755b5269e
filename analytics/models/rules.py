"""The thresholds of the classification."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


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
