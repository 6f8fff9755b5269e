"""What a refresh has to compute: everybody with new figures, or only customers with changes."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime

from django.db.models import Count, F, Max, Sum

from analytics.clock import latest_refresh
from analytics.models import ClassificationRules, PriceNorm, Refresh, RefreshPart
from cdp.models import CustomerChange, Order, ProductCategory, Shop
from cdp.periods import local_day, start_of

# Raise it with every change of the definitions: the next refresh then computes everybody.
DEFINITIONS = 3
FIGURES = (
    "merge_days",
    "first_order_on",
    "last_order_on",
    "mean_gap_days",
    "median_gap_days",
    "average_order_value",
    "order_cap",
    "second_order_count",
    "one_time_slip_days",
    "one_time_lost_days",
    "vip_limit",
)


def begin(*, now: datetime) -> Refresh:
    """Start the requested refresh, or one that stays at the pinned moment, or one of the present;
    return it.

    A part needs the figures of the previous refresh; where they have changed, as on every new day,
    everything is computed.
    """
    previous = latest_refresh()
    request = Refresh.objects.filter(started_at__isnull=True).order_by("-pk").first()
    if request is None:
        pinned_at = previous.as_of if previous is not None and previous.is_pinned else None
        request = Refresh.objects.request(now=now, as_of=pinned_at, is_full=False)
    shop = Shop.objects.current()
    if not request.is_pinned:
        request.as_of = now
    request.figures_day = local_day(request.as_of, shop.zone)
    request.started_at = now
    request.inputs_key = inputs_key(request, shop)
    is_same = _has_same_figures(request, previous, shop)
    if not is_same:
        request.is_full, request.part = True, RefreshPart.ALL
    keeps_figures = not request.is_full or request.part != RefreshPart.ALL
    if keeps_figures and previous is not None:
        for name in FIGURES:
            setattr(request, name, getattr(previous, name))
        PriceNorm.objects.bulk_create(
            PriceNorm(
                refresh=request,
                category_id=norm.category_id,
                unit_count=norm.unit_count,
                log_price_sum=norm.log_price_sum,
                line_count=norm.line_count,
                product_count=norm.product_count,
            )
            for norm in PriceNorm.objects.filter(refresh=previous)
        )
    request.save()
    return request


def inputs_key(refresh: Refresh, shop: Shop) -> str:
    """Return a fingerprint of what the figures depend on apart from changed orders: rules,
    calendar, categories.
    """
    rules = ClassificationRules.objects.current()
    tree = ProductCategory.objects.aggregate(
        count=Count("pk"),
        latest=Max("pk"),
        pairs=Sum(F("product_id") * F("category_id")),
        depth=Sum("distance"),
    )
    history = (
        Order.objects.counted()
        .filter(placed_at__lt=start_of(refresh.figures_day, shop.zone))
        .order_by()
        .count()
    )
    facts = {
        "definitions": DEFINITIONS,
        "rules": {f.attname: getattr(rules, f.attname) for f in rules._meta.concrete_fields},
        "calendar": [shop.time_zone, shop.currency],
        "categories": {name: str(value) for name, value in tree.items()},
        "orders": history,
    }
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


def _has_same_figures(refresh: Refresh, previous: Refresh | None, shop: Shop) -> bool:
    """Whether the figures of the previous refresh are still those of this one, and its rows are all
    there.
    """
    if previous is None or previous.as_of > refresh.as_of:
        return False
    if (previous.is_pinned, previous.figures_day, previous.inputs_key) != (
        refresh.is_pinned,
        refresh.figures_day,
        refresh.inputs_key,
    ):
        return False
    if refresh.is_pinned and previous.as_of != refresh.as_of:
        return False
    abandoned = Refresh.objects.filter(
        pk__gt=previous.pk, started_at__isnull=False, finished_at__isnull=True
    ).exclude(pk=refresh.pk)
    start = start_of(refresh.figures_day, shop.zone)
    return not (
        abandoned.exists() or CustomerChange.objects.filter(oldest_order_at__lt=start).exists()
    )
