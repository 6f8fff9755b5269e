"""What other thresholds would do to the labels, without storing anything.

Loads numpy: pages load this module when somebody asks for an effect, not when the site starts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain

import numpy as np
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from analytics.classification import LIFE_CYCLES, PRICE_SENSITIVITIES
from analytics.clock import effective_now, latest_refresh
from analytics.groups import CODES, LABELS
from analytics.models import (
    ClassificationRules,
    CustomerClassification,
    Importance,
    LifeCycle,
    PriceSensitivity,
)
from analytics.predictive import cadence, importance, life_cycle, price_sensitivity
from analytics.predictive.cadence import Cadence
from analytics.predictive.frames import Floats, Integers, columns, integers
from cdp.models import Shop
from cdp.periods import local_day

FACTS = (
    "customer__statistics__last_order_at",
    "customer__statistics__order_count",
    "customer__statistics__revenue",
    "gap_count",
    "cadence_days",
    "cadence_spread",
    "orders_at_own_pace",
    "value_at_own_pace",
    "price_index",
    "importance",
)


@dataclass(frozen=True)
class Shift:
    """How many customers carry a label now and would carry it under the other thresholds."""

    kind: str | Promise
    label: str | Promise
    before: int
    after: int

    @property
    def difference(self) -> int:
        """How many more it would be."""
        return self.after - self.before

    @property
    def shrinkage(self) -> int:
        """How many fewer it would be."""
        return self.before - self.after


@dataclass(frozen=True)
class RuleEffect:
    """Every label with its counts, and the VIPs' share of the buyers' revenue (0..1)."""

    shifts: tuple[Shift, ...]
    vip_revenue_before: float
    vip_revenue_after: float


@dataclass(frozen=True)
class _Facts:
    """The stored facts of every buyer as arrays of one length, and the day they are seen from."""

    today: int
    last_day: Integers
    order_count: Integers
    revenue: Floats
    own: Cadence
    orders: Floats
    value: Floats
    index: Floats
    group: Integers


def effect(proposed: ClassificationRules, *, now: datetime) -> RuleEffect | None:
    """Return what `proposed` (not stored) would change; None before the first refresh.

    Both sides are computed from the stored, rounded figures and only their difference is added to
    the stored counts, so that unchanged thresholds change nothing. That longer patience also moves
    the own pace a little, and with it a few VIPs, is left to the refresh.
    """
    refresh = latest_refresh()
    if refresh is None:
        return None
    facts = _facts(now=now)
    patience = (refresh.one_time_slip_days, refresh.one_time_lost_days)
    current = ClassificationRules.objects.current()
    shifts: list[Shift] = []
    before, after = (_labels(facts, rules, patience) for rules in (current, proposed))
    kinds = (
        (_("Importance"), Importance.choices, LABELS, facts.group, after[0], before[0]),
        (_("Life cycle"), LifeCycle.choices, LIFE_CYCLES, before[1], after[1], before[1]),
        (
            _("Price sensitivity"),
            chain(PriceSensitivity.choices, [("", _("unknown"))]),
            PRICE_SENSITIVITIES,
            before[2],
            after[2],
            before[2],
        ),
    )
    for kind, choices, keys, stored, then, today in kinds:
        for value, label in choices:
            code = list(keys).index(value)
            count = int((stored == code).sum())
            moved = int((then == code).sum()) - int((today == code).sum())
            shifts.append(Shift(kind, label, count, count + moved))
    return RuleEffect(
        tuple(shifts),
        _share(facts.revenue, before[0] == importance.VIP),
        _share(facts.revenue, after[0] == importance.VIP),
    )


def _facts(*, now: datetime) -> _Facts:
    zone = Shop.objects.current().zone
    last, count, revenue, gaps, days, spread, orders, value, index, label = columns(
        CustomerClassification.objects.order_by("customer_id"), *FACTS
    )
    return _Facts(
        today=local_day(effective_now(now), zone).toordinal(),
        last_day=integers([local_day(moment, zone).toordinal() for moment in last]),
        order_count=integers(count),
        revenue=np.maximum(np.array(revenue, float), 0),
        own=Cadence(integers(gaps), np.array(days, float), np.array(spread, float)),
        orders=np.array(orders, float),
        value=np.array(value, float),
        index=np.array(index, float),
        group=integers([CODES[name] for name in label]),
    )


def _labels(
    facts: _Facts, rules: ClassificationRules, one_time: tuple[int, int]
) -> tuple[Integers, Integers, Integers]:
    """Return the codes of importance, life cycle and price sensitivity under some rules."""
    limits = cadence.patience(
        facts.own,
        floor_few=rules.slip_floor_few_days,
        floor=rules.slip_floor_days,
        lost_floor=rules.lost_floor_days,
        one_time_slip=one_time[0],
        one_time_lost=one_time[1],
    )
    stages = life_cycle.stages(facts.last_day, limits, today=facts.today)
    group = np.full(facts.group.size, importance.ONE_TIME)
    repeats = facts.order_count > 1
    group[repeats] = importance.groups(
        facts.orders[repeats],
        facts.value[repeats],
        facts.order_count[repeats],
        facts.group[repeats],
        vip_share=rules.vip_share,
        frequent_rank=rules.frequent_rank,
        hysteresis=rules.hysteresis,
    ).group
    label = price_sensitivity.sensitivity(
        facts.index,
        ~np.isnan(facts.index),
        cheaper_below=rules.cheaper_below,
        expensive_above=rules.expensive_above,
    )
    return group, stages.stage, label


def _share(revenue: Floats, chosen: Sequence[bool] | Integers) -> float:
    total = float(revenue.sum())
    return float(revenue[np.asarray(chosen)].sum()) / total if total > 0 else 0.0
