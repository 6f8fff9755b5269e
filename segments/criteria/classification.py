"""Criteria on the labels that every refresh assigns."""

from __future__ import annotations

import math
from datetime import date, datetime, timedelta

from django import forms
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from analytics.models import (
    CustomerClassification,
    CustomerStatistics,
    Importance,
    LifeCycle,
    PriceSensitivity,
)
from cdp.periods import local_day
from segments.criteria import operators as ops
from segments.criteria.base import CLASSIFICATION, Criterion, Later, criteria
from segments.criteria.days import day_words, today, zone_of
from segments.criteria.fields import KnownListField, count_field
from segments.criteria.operators import Operator
from segments.criteria.params import Params, texts, whole
from segments.criteria.queries import owners

# Silence that ends "just ordered", in days: what lies between it and the own patience is "active".
JUST_ORDERED_DAYS = 30
LONGEST_OUTLOOK = 90


def label_of(about: CustomerStatistics) -> CustomerClassification | None:
    """Return the labels of a customer; fetch `customer__classification` with the statistics."""
    return getattr(about.customer, "classification", None)


class Decline:
    """The days on which a customer's life cycle gets worse if they order nothing more."""

    def __init__(
        self, label: CustomerClassification, about: CustomerStatistics, *, now: datetime
    ) -> None:
        last = local_day(about.last_order_at or now, zone_of(now))
        just = math.floor(min(JUST_ORDERED_DAYS, label.slip_days))
        self.active_on = last + timedelta(days=just + 1)
        self.slipping_on = last + timedelta(days=math.floor(label.slip_days) + 1)
        self.lost_on = last + timedelta(days=math.floor(label.lost_days) + 1)

    def stage_on(self, day: date) -> LifeCycle:
        """Return the stage of a day."""
        if day >= self.lost_on:
            return LifeCycle.LOST
        if day >= self.slipping_on:
            return LifeCycle.SLIPPING_AWAY
        return LifeCycle.ACTIVE if day >= self.active_on else LifeCycle.JUST_ORDERED


class ClassLabel(Criterion):
    """A label that every customer with a paid order has."""

    operators = (ops.IS_ANY_OF,)
    choices: type[models.TextChoices]

    def value_field(self, operator: Operator, name: str) -> forms.Field:
        """Take labels by key or by name."""
        return KnownListField(dict(self.choices.choices), label=_("Labels"))

    def q(self, operator: Operator, params: Params, *, now: datetime) -> Q:
        """Look among the classified customers."""
        return self._among(texts(params, "values"))

    def unknown(self, operator: Operator, params: Params, *, now: datetime) -> Q | None:
        """Customers without the label: nobody has it who never bought."""
        return ~self._among([str(value) for value in self.choices.values])

    def _among(self, values: list[str]) -> Q:
        return owners(CustomerClassification.objects.filter(**{f"{self.key}__in": values}))

    def actual(
        self,
        operator: Operator,
        params: Params,
        *,
        about: CustomerStatistics,
        now: datetime,
        currency: str = "",
    ) -> str:
        """Return the label's name."""
        label = label_of(about)
        if label is None:
            return gettext("no paid order")
        value = str(getattr(label, self.key))
        return self.show_value(value) if value else gettext("unknown")

    def show_value(self, value: str) -> str:
        """Return the label's name."""
        return str(self.choices(value).label)


@criteria.register
class CustomerImportance(ClassLabel):
    """One-time buyer, loyal, frequent buyer or VIP."""

    key, label, group = "importance", _("Importance"), CLASSIFICATION
    help = _("How much the customer matters at their own pace; a VIP who falls silent stays one.")
    summary = _("One-time buyer, loyal, frequent buyer or VIP; a silent VIP stays one.")
    suggests = {"values": "importance"}
    choices = Importance
    example = {"values": ["vip", "loyal"]}


@criteria.register
class CustomerLifeCycle(ClassLabel):
    """Just ordered, active, slipping away or lost."""

    key, label, group = "life_cycle", _("Life cycle"), CLASSIFICATION
    help = _("Where the customer stands, measured by how often they used to order.")
    summary = _("Just ordered, active, slipping away or lost, by the customer's own rhythm.")
    suggests = {"values": "life_cycle"}
    choices = LifeCycle
    example = {"values": ["slipping_away", "lost"]}

    def later(
        self, operator: Operator, params: Params, *, about: CustomerStatistics, now: datetime
    ) -> Later | None:
        """Follow the customer's decline."""
        label = label_of(about)
        if label is None:
            return None
        decline, wanted = Decline(label, about, now=now), texts(params, "values")
        return lambda then: decline.stage_on(today(then)) in wanted


@criteria.register
class CustomerPriceSensitivity(ClassLabel):
    """Buys cheaper, average or expensive products."""

    key, label, group = "price_sensitivity", _("Price sensitivity"), CLASSIFICATION
    help = _("Whether the customer buys below or above what is usual in the same categories.")
    suggests = {"values": "price_sensitivity"}
    choices = PriceSensitivity
    example = {"values": ["expensive"]}


SLIPPING = Operator(
    "becomes_slipping_away",
    _("becomes slipping away within"),
    _("{subject}: becomes slipping away within {days} unless they order"),
    ("days",),
    depends_on_day=True,
)
LOST = Operator(
    "becomes_lost",
    _("becomes lost within"),
    _("{subject}: becomes lost within {days} unless they order"),
    ("days",),
    depends_on_day=True,
)
SLIPPING_OR_LOST = Operator(
    "becomes_slipping_or_lost",
    _("becomes slipping away or lost within"),
    _("{subject}: becomes slipping away or lost within {days} unless they order"),
    ("days",),
    depends_on_day=True,
)


@criteria.register
class StageChange(Criterion):
    """The life cycle gets worse soon if nothing is bought."""

    key, label, group = "life_cycle_change", _("Change of life cycle"), CLASSIFICATION
    help = _(
        "Customers whose next stage is near: just ordered or active ones who would become "
        "slipping away, slipping ones who would become lost."
    )
    summary = _("Customers who would soon be slipping away or lost if they do not order.")
    operators = (SLIPPING, LOST, SLIPPING_OR_LOST)
    example = {"days": 14}

    def value_field(self, operator: Operator, name: str) -> forms.Field:
        """Take days."""
        return count_field(_("Days"), maximum=LONGEST_OUTLOOK)

    def q(self, operator: Operator, params: Params, *, now: datetime) -> Q:
        """Compare the day of the next stage."""
        within = whole(params, "days")
        last = today(now) + timedelta(days=within)
        lost = Q(life_cycle=LifeCycle.SLIPPING_AWAY, next_stage_on__lte=last)
        if operator is LOST:
            return owners(CustomerClassification.objects.filter(lost))
        asked = Q(life_cycle=LifeCycle.ACTIVE, next_stage_on__lte=last)
        # Just ordered comes before active: the patience beyond its 30 days is still to be waited.
        just_ordered = Q(slip_days__lt=JUST_ORDERED_DAYS + 1, next_stage_on__lte=last)
        for more in range(1, within):
            days = JUST_ORDERED_DAYS + more
            just_ordered |= Q(
                slip_days__gte=days,
                slip_days__lt=days + 1,
                next_stage_on__lte=last - timedelta(days=more),
            )
        asked |= Q(life_cycle=LifeCycle.JUST_ORDERED) & just_ordered
        if operator is SLIPPING_OR_LOST:
            asked |= lost
        return owners(CustomerClassification.objects.filter(asked))

    def actual(
        self,
        operator: Operator,
        params: Params,
        *,
        about: CustomerStatistics,
        now: datetime,
        currency: str = "",
    ) -> str:
        """Return the stage and how long it lasts."""
        label = label_of(about)
        if label is None:
            return gettext("no paid order")
        stage = str(LifeCycle(label.life_cycle).label)
        if label.next_stage_on is None:
            return stage
        words = {"stage": stage, "day": day_words(label.next_stage_on)}
        return gettext("%(stage)s, next stage on %(day)s") % words

    def later(
        self, operator: Operator, params: Params, *, about: CustomerStatistics, now: datetime
    ) -> Later | None:
        """Follow the customer's decline."""
        label = label_of(about)
        if label is None:
            return None
        decline, ahead = Decline(label, about, now=now), timedelta(days=whole(params, "days"))

        def holds(then: datetime) -> bool:
            day = today(then)
            if decline.stage_on(day) is LifeCycle.SLIPPING_AWAY:
                return operator is not SLIPPING and decline.lost_on <= day + ahead
            is_before = day < decline.slipping_on <= day + ahead
            return operator is not LOST and is_before

        return holds

    def unknown(self, operator: Operator, params: Params, *, now: datetime) -> Q | None:
        """Customers without a paid order."""
        return ~owners(CustomerClassification.objects.all())
