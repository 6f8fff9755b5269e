"""The importance groups: ranks over all repeat customers, and the labels that change with them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analytics.models import (
    ClassificationRules,
    CustomerClassification,
    Importance,
    Refresh,
)
from analytics.predictive import importance
from analytics.predictive.frames import columns, integers
from analytics.statistics import optional
from cdp import bulk

ROWS_PER_CHUNK = 50_000
COLUMNS = ("customer_id", "importance", "importance_rank")
LABELS = (
    "",
    Importance.ONE_TIME.value,
    Importance.LOYAL.value,
    Importance.FREQUENT.value,
    Importance.VIP.value,
)
CODES = {label: code for code, label in enumerate(LABELS)}


@dataclass(frozen=True)
class Regrouping:
    """The labels to write (at most a chunk of them), whether there are more, and the VIP limit."""

    rows: list[tuple[int, str, float | None]]
    is_last: bool
    vip_limit: float | None


def keeps_labels(refresh: Refresh) -> bool:
    """Whether stored groups count as previous ones: not if any of them may stem from a later
    moment.
    """
    earlier = Refresh.objects.filter(pk__lt=refresh.pk, started_at__isnull=False)
    latest = earlier.filter(finished_at__isnull=False).order_by("-pk").first()
    if latest is None:
        return False
    return not earlier.filter(pk__gte=latest.pk, as_of__gt=refresh.as_of).exists()


def regroup(refresh: Refresh, rules: ClassificationRules) -> Regrouping:
    """Return the labels that differ from the stored ones. Doing so again after writing them gives
    none.
    """
    classified = CustomerClassification.objects.order_by("customer_id")
    single = (
        classified.filter(customer__statistics__order_count=1)
        .exclude(importance=Importance.ONE_TIME, importance_rank__isnull=True)
        .values_list("customer_id", flat=True)[:ROWS_PER_CHUNK]
    )
    rows: list[tuple[int, str, float | None]] = [
        (customer_id, Importance.ONE_TIME.value, None) for customer_id in single
    ]
    customer, orders, value, order_count, label, rank = columns(
        classified.filter(customer__statistics__order_count__gt=1),
        "customer_id",
        "orders_at_own_pace",
        "value_at_own_pace",
        "customer__statistics__order_count",
        "importance",
        "importance_rank",
    )
    stored = integers([CODES[name] for name in label])
    found = importance.groups(
        np.array(orders, float),
        np.array(value, float),
        integers(order_count),
        stored if keeps_labels(refresh) else np.zeros_like(stored),
        vip_share=rules.vip_share,
        frequent_rank=rules.frequent_rank,
        hysteresis=rules.hysteresis,
    )
    # Three digits: a new customer among thousands does not touch everybody's row.
    ranks = optional(found.rank, 3)
    differs = found.group != stored
    rows += [
        (customer_id, LABELS[group], new_rank)
        for customer_id, group, new_rank, old_rank, is_other in zip(
            customer, found.group.tolist(), ranks, rank, differs.tolist(), strict=True
        )
        if is_other or new_rank != old_rank
    ]
    return Regrouping(rows[:ROWS_PER_CHUNK], len(rows) <= ROWS_PER_CHUNK, found.limit)


def store(regrouping: Regrouping) -> int:
    """Write the labels and return how many rows changed."""
    result = bulk.upsert(
        CustomerClassification, COLUMNS, regrouping.rows, key=("customer_id",), clear_nulls=True
    )
    return len(result.touched)
