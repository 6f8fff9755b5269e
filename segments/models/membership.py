"""Who is a member of a segment, how that changed, and how large it was on each day."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from cdp.models import Customer
from segments.models.segment import Segment


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
