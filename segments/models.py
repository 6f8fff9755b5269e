"""Segments as condition rows, who is a member, and how that changed."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from cdp.models import Customer


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


class Membership(models.Model):
    """A customer is in a segment now."""

    segment = models.ForeignKey(
        Segment, on_delete=models.CASCADE, related_name="memberships", db_index=False
    )
    customer = models.ForeignKey(
        Customer, on_delete=models.CASCADE, related_name="memberships", db_index=False
    )
    entered_at = models.DateTimeField(_("entered"))

    class Meta:
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        constraints = [
            models.UniqueConstraint(fields=("segment", "customer"), name="membership_unique")
        ]
        indexes = [models.Index(fields=("customer", "segment"), name="membership_customer")]

    def __str__(self) -> str:
        return f"customer {self.customer_id} in segment {self.segment_id}"


class SegmentRun(models.Model):
    """One evaluation of a segment: what it found and how long it took."""

    segment = models.ForeignKey(
        Segment, on_delete=models.CASCADE, related_name="runs", db_index=False
    )
    started_at = models.DateTimeField(_("started"))
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)
    as_of = models.DateTimeField(_("as of"))
    entered_count = models.PositiveBigIntegerField(_("entered"), default=0)
    left_count = models.PositiveBigIntegerField(_("left"), default=0)
    member_count = models.PositiveBigIntegerField(_("members"), null=True, blank=True)
    error = models.CharField(_("error"), max_length=1000, blank=True)

    class Meta:
        verbose_name = _("segment run")
        verbose_name_plural = _("segment runs")
        ordering = ("-pk",)
        indexes = [models.Index(fields=("segment", "started_at"), name="segment_run_started")]

    def __str__(self) -> str:
        return f"run {self.pk} of segment {self.segment_id}"


class MembershipEvent(models.Model):
    """A customer entered or left a segment. Rows are only ever added."""

    class Change(models.TextChoices):
        ENTERED = "entered", _("entered")
        LEFT = "left", _("left")

    segment = models.ForeignKey(
        Segment, on_delete=models.CASCADE, related_name="events", db_index=False
    )
    customer = models.ForeignKey(
        Customer, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    run = models.ForeignKey(SegmentRun, on_delete=models.CASCADE, related_name="events")
    change = models.CharField(_("change"), max_length=7, choices=Change.choices)
    occurred_at = models.DateTimeField(_("when"))

    class Meta:
        verbose_name = _("membership event")
        verbose_name_plural = _("membership events")
        ordering = ("-pk",)
        constraints = [
            models.CheckConstraint(
                condition=Q(change__in=("entered", "left")), name="membership_event_change"
            )
        ]
        indexes = [
            models.Index(
                fields=("segment", "change", "occurred_at", "customer"),
                name="membership_event_segment",
            ),
            models.Index(fields=("customer", "occurred_at"), name="membership_event_customer"),
        ]

    def __str__(self) -> str:
        return f"customer {self.customer_id} {self.change} segment {self.segment_id}"


class SegmentSize(models.Model):
    """How large a segment was at the end of a local day (the last refresh of that day)."""

    segment = models.ForeignKey(
        Segment, on_delete=models.CASCADE, related_name="sizes", db_index=False
    )
    local_date = models.DateField(_("day"))
    member_count = models.PositiveBigIntegerField(_("members"))
    mailable_count = models.PositiveBigIntegerField(_("mailable"))
    entered_count = models.PositiveBigIntegerField(_("entered"), default=0)
    left_count = models.PositiveBigIntegerField(_("left"), default=0)

    class Meta:
        verbose_name = _("segment size")
        verbose_name_plural = _("segment sizes")
        ordering = ("local_date",)
        constraints = [
            models.UniqueConstraint(fields=("segment", "local_date"), name="segment_size_unique")
        ]

    def __str__(self) -> str:
        return f"segment {self.segment_id} on {self.local_date}"
