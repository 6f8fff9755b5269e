"""Figures for proposing segments from predictions: from which chance on, and interested in what."""

from __future__ import annotations

import math

from django.db.models import F, FloatField
from django.db.models.expressions import ExpressionWrapper

from analytics.models import CustomerForecast, InterestTarget, TargetKind

# A chance below this is no reason to write to anybody; from the upper one on everybody is meant.
LEAST_PERCENT, MOST_PERCENT = 10, 50
STEP_PERCENT = 5


def likely_percent() -> int | None:
    """Return from which chance of an order within 30 days on, in whole percent, a customer belongs
    to the best tenth, rounded down to a step and at most one half.

    None if there are no forecasts, or if even the best are unlikely to order.
    """
    rows = CustomerForecast.objects.order_by("-chance_30")
    count = rows.count()
    if not count:
        return None
    chance = rows.values_list("chance_30", flat=True)[max(count // 10 - 1, 0)]
    percent = math.floor(100 * chance / STEP_PERCENT) * STEP_PERCENT
    return min(percent, MOST_PERCENT) if percent >= LEAST_PERCENT else None


def top_target() -> InterestTarget | None:
    """Return the category or brand for which naming interested customers has found most buyers
    beyond chance when it was tested, among those that somebody is highly interested in.
    """
    expected = F("tested_named") * F("tested_buyers") * 1.0 / F("tested_count")
    gain = ExpressionWrapper(F("tested_hits") - expected, output_field=FloatField())
    targets = InterestTarget.objects.filter(
        kind__in=(TargetKind.CATEGORY, TargetKind.BRAND),
        learned_in__isnull=False,
        is_new=False,
        high_count__gt=0,
        tested_count__gt=0,
        tested_named__gt=0,
    )
    best = targets.annotate(gain=gain).filter(gain__gt=0).order_by("-gain", "pk")
    return best.select_related("category", "product").first()


def top_new_product() -> InterestTarget | None:
    """Return the newly stocked product that most customers are highly interested in."""
    targets = InterestTarget.objects.filter(
        kind=TargetKind.PRODUCT, learned_in__isnull=False, is_new=True, high_count__gt=0
    )
    return targets.select_related("category", "product").order_by("-high_count", "pk").first()
