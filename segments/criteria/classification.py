"""Criteria on the labels that every refresh assigns."""

from __future__ import annotations

from datetime import datetime, timedelta

from django import forms
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from analytics.models import CustomerClassification, Importance, LifeCycle, PriceSensitivity
from segments.criteria import operators as ops
from segments.criteria.base import CLASSIFICATION, Criterion, criteria
from segments.criteria.days import today
from segments.criteria.fields import KnownListField, count_field
from segments.criteria.operators import Operator
from segments.criteria.params import Params, texts, whole
from segments.criteria.queries import owners

# Silence that ends "just ordered", in days: what lies between it and the own patience is "active".
JUST_ORDERED_DAYS = 30
LONGEST_OUTLOOK = 90


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

    def show_value(self, value: str) -> str:
        """Return the label's name."""
        return str(self.choices(value).label)


@criteria.register
class CustomerImportance(ClassLabel):
    """One-time buyer, loyal, frequent buyer or VIP."""

    key, label, group = "importance", _("Importance"), CLASSIFICATION
    help = _("How much the customer matters at their own pace; a VIP who falls silent stays one.")
    choices = Importance
    example = {"values": ["vip", "loyal"]}


@criteria.register
class CustomerLifeCycle(ClassLabel):
    """Just ordered, active, slipping away or lost."""

    key, label, group = "life_cycle", _("Life cycle"), CLASSIFICATION
    help = _("Where the customer stands, measured by how often they used to order.")
    choices = LifeCycle
    example = {"values": ["slipping_away", "lost"]}


@criteria.register
class CustomerPriceSensitivity(ClassLabel):
    """Buys cheaper, average or expensive products."""

    key, label, group = "price_sensitivity", _("Price sensitivity"), CLASSIFICATION
    help = _("Whether the customer buys below or above what is usual in the same categories.")
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

    def unknown(self, operator: Operator, params: Params, *, now: datetime) -> Q | None:
        """Customers without a paid order."""
        return ~owners(CustomerClassification.objects.all())
