"""Segments and the condition rows they consist of."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class SegmentType(models.TextChoices):
    """How membership comes about."""

    DYNAMIC = "dynamic", _("by conditions")
    STATIC = "static", _("fixed list")
    SNAPSHOT = "snapshot", _("snapshot of a segment")


class Match(models.TextChoices):
    """How condition rows combine."""

    ALL = "all", _("all conditions")
    ANY = "any", _("any condition")


class Segment(models.Model):
    """A named group of customers.

    `member_count`, `mailable_count` and `computed_at` describe the stored members; `error` says
    why the last refresh failed, in which case the members before it are kept.
    """

    name = models.CharField(_("name"), max_length=200)
    type = models.CharField(
        _("type"), max_length=8, choices=SegmentType.choices, default=SegmentType.DYNAMIC
    )
    match = models.CharField(_("match"), max_length=3, choices=Match.choices, default=Match.ALL)
    excluded_segment = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="excluded_from",
        verbose_name=_("but not members of"),
    )
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    note = models.TextField(_("note"), blank=True)
    is_starred = models.BooleanField(_("starred"), default=False)
    is_archived = models.BooleanField(_("archived"), default=False)
    member_count = models.PositiveBigIntegerField(_("members"), null=True, blank=True)
    mailable_count = models.PositiveBigIntegerField(_("mailable"), null=True, blank=True)
    computed_at = models.DateTimeField(_("computed"), null=True, blank=True)
    computed_as_of = models.DateTimeField(_("computed as of"), null=True, blank=True)
    error = models.CharField(_("error"), max_length=1000, blank=True)
    created_at = models.DateTimeField(_("created"))
    edited_at = models.DateTimeField(_("edited"))

    class Meta:
        verbose_name = _("segment")
        verbose_name_plural = _("segments")
        ordering = ("name",)
        constraints = [
            models.UniqueConstraint(fields=("name",), name="segment_name_unique"),
            models.CheckConstraint(condition=Q(type__in=SegmentType.values), name="segment_type"),
            models.CheckConstraint(condition=Q(match__in=Match.values), name="segment_match"),
            models.CheckConstraint(
                condition=Q(excluded_segment__isnull=True) | ~Q(excluded_segment=F("pk")),
                name="segment_not_own_exclusion",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Condition(models.Model):
    """One row of a segment: what is asked, how, with what (flat parameters), perhaps negated."""

    segment = models.ForeignKey(
        Segment, on_delete=models.CASCADE, related_name="conditions", db_index=False
    )
    position = models.PositiveSmallIntegerField(_("position"))
    criterion = models.CharField(_("criterion"), max_length=60)
    operator = models.CharField(_("operator"), max_length=40)
    parameters = models.JSONField(_("parameters"), default=dict, blank=True)
    is_negated = models.BooleanField(_("negated"), default=False)
    referenced_segment = models.ForeignKey(
        Segment,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="referenced_by",
        verbose_name=_("segment asked for"),
    )

    class Meta:
        verbose_name = _("condition")
        verbose_name_plural = _("conditions")
        ordering = ("position",)
        constraints = [
            models.UniqueConstraint(
                fields=("segment", "position"), name="condition_position_unique"
            )
        ]

    def __str__(self) -> str:
        return f"{self.criterion} {self.operator}"
