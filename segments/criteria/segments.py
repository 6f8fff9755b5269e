"""Criteria on other segments: who is in them, who entered or left them lately."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django import forms
from django.db.models import Q, QuerySet
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from analytics.models import CustomerStatistics
from cdp.periods import local_day
from segments.criteria import operators as ops
from segments.criteria.base import SEGMENTS, Criterion, criteria
from segments.criteria.days import day_words, days_asked, moments_of, within, zone_of
from segments.criteria.fields import TextField
from segments.criteria.operators import Operator
from segments.criteria.params import REFERENCE, Params, text
from segments.criteria.queries import owners
from segments.models import Membership, MembershipEvent, Segment

IS_MEMBER = Operator("is_member", _("is in"), _("Is in segment {segment}"), (REFERENCE,))
ENTERED = Operator(
    "entered_within",
    _("entered within the last"),
    _("Entered segment {segment} within the last {period}"),
    (REFERENCE, "amount", "unit"),
    depends_on_day=True,
)
LEFT = Operator(
    "left_within",
    _("left within the last"),
    _("Left segment {segment} within the last {period}"),
    (REFERENCE, "amount", "unit"),
    depends_on_day=True,
)


class SegmentCriterion(Criterion):
    """A criterion that asks for another segment, by its name.

    A stored row keeps the segment as foreign key beside the name, so that a new name reaches it.
    """

    refers_to_segments = True
    example: Mapping[str, object] = {REFERENCE: "VIPs that are lost"}

    def value_field(self, operator: Operator, name: str) -> forms.Field:
        """Take a segment."""
        if name == REFERENCE:
            return TextField(label=_("Segment"))
        return super().value_field(operator, name)

    def show(self, name: str, value: object, *, currency: str = "") -> str:
        """Return the segment's name."""
        return f"“{value}”" if name == REFERENCE else super().show(name, value, currency=currency)


def named(params: Params) -> QuerySet:
    """Return the key of the segment asked for, as a subquery."""
    return Segment.objects.filter(name=text(params, REFERENCE)).order_by().values("pk")


@criteria.register
class InSegment(SegmentCriterion):
    """The customer is in another segment now."""

    key, label, group = "in_segment", _("Segment"), SEGMENTS
    help = _("Members of another segment, as of its last refresh. Circles are refused.")
    summary = _("Members of another segment, as of its last refresh.")
    operators = (IS_MEMBER,)

    def q(self, operator: Operator, params: Params, *, now: datetime) -> Q:
        """Look among the members."""
        return owners(Membership.objects.filter(segment__in=named(params)))

    def actual(
        self,
        operator: Operator,
        params: Params,
        *,
        about: CustomerStatistics,
        now: datetime,
        currency: str = "",
    ) -> str:
        """Say since when."""
        stays = Membership.objects.filter(segment__in=named(params), customer=about.pk)
        membership = stays.first()
        if membership is None:
            return gettext("not a member")
        day = day_words(local_day(membership.entered_at, zone_of(now)))
        return gettext("member since %(day)s") % {"day": day}


@criteria.register
class SegmentChange(SegmentCriterion):
    """The customer entered or left another segment lately."""

    key, label, group = "segment_change", _("Change of segment"), SEGMENTS
    help = _("Customers who entered or left another segment in the last days, weeks or months.")
    operators = (ENTERED, LEFT)
    example = {REFERENCE: "VIPs that are lost", "amount": 7, "unit": "days"}

    def q(self, operator: Operator, params: Params, *, now: datetime) -> Q:
        """Look into the membership history."""
        interval = moments_of(days_asked(ops.WITHIN_LAST, params, now=now), zone_of(now))
        changes = MembershipEvent.Change
        change = changes.ENTERED if operator is ENTERED else changes.LEFT
        events = MembershipEvent.objects.filter(
            within("occurred_at", interval), segment__in=named(params), change=change
        )
        return owners(events)

    def actual(
        self,
        operator: Operator,
        params: Params,
        *,
        about: CustomerStatistics,
        now: datetime,
        currency: str = "",
    ) -> str:
        """Name the last time."""
        change = "entered" if operator is ENTERED else "left"
        events = MembershipEvent.objects.filter(
            segment__in=named(params), customer=about.pk, change=change
        )
        event = events.order_by("-occurred_at").first()
        if event is None:
            return gettext("never")
        day = day_words(local_day(event.occurred_at, zone_of(now)))
        return gettext("last on %(day)s") % {"day": day}
