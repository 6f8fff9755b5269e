"""Why a customer has the labels they have: the numbers behind each, and where they stand."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date, datetime

from django.utils.translation import gettext_lazy as _

from analytics.clock import effective_now
from analytics.models import (
    ClassificationRules,
    CustomerClassification,
    CustomerStatistics,
    Importance,
    LifeCycle,
    PriceSensitivity,
    Refresh,
)
from analytics.zones import ZoneScale, zone_scale
from cdp.models import Shop
from cdp.periods import local_day

JUST_ORDERED_DAYS = 30
# How far a scale of silence reaches: a customer lost for years would press the zones together.
SHORTEST_TAIL, LONGEST_TAIL = 1.25, 2.5
# Price indexes beyond half and double are drawn at the ends.
LOWEST_INDEX, HIGHEST_INDEX = 0.5, 2.0


@dataclass(frozen=True)
class LifeCycleReasons:
    """Silence against the days from which the customer slips away and is lost."""

    silence_days: int
    just_ordered_to: int
    slips_from: int
    lost_from: int
    is_overdue: bool
    scale: ZoneScale

    @property
    def active_to(self) -> int:
        """The last day before the customer slips away."""
        return self.slips_from - 1

    @property
    def has_active_days(self) -> bool:
        """Whether there are days between just ordered and slipping away."""
        return self.slips_from > self.just_ordered_to + 1


@dataclass(frozen=True)
class ImportanceReasons:
    """The rank among repeat customers; without scale the shop has too few of them for ranks."""

    is_one_time: bool
    rank: float | None
    vip_limit: float | None
    scale: ZoneScale | None


@dataclass(frozen=True)
class PriceReasons:
    """The price index against what is cheaper and what is expensive here."""

    index: float
    difference: float
    cheaper_below: float
    expensive_above: float
    scale: ZoneScale


@dataclass(frozen=True)
class Explanation:
    """The numbers behind each label of a customer who ordered; None: the label is not known."""

    life_cycle: LifeCycleReasons
    importance: ImportanceReasons
    price: PriceReasons | None


def explanation(
    label: CustomerClassification,
    counted: CustomerStatistics,
    refresh: Refresh,
    *,
    shop: Shop,
    now: datetime,
) -> Explanation:
    """Return why the stored labels are what they are at the moment they speak of."""
    rules = ClassificationRules.objects.current()
    return Explanation(
        _life_cycle(label, counted, shop, today=local_day(effective_now(now), shop.zone)),
        _importance(label, counted, refresh),
        _price(label, rules),
    )


def _life_cycle(
    label: CustomerClassification, counted: CustomerStatistics, shop: Shop, *, today: date
) -> LifeCycleReasons:
    """A limit of 113.75 days is passed on day 114."""
    last, expected = counted.last_order_at, label.expected_next_order_on
    silence = 0 if last is None else max((today - local_day(last, shop.zone)).days, 0)
    slip, lost = label.slip_days, label.lost_days
    just = min(float(JUST_ORDERED_DAYS), slip)
    end = max(lost * SHORTEST_TAIL, min(silence * 1.05, lost * LONGEST_TAIL))
    scale = zone_scale(
        float(silence),
        (0.0, just, slip, lost, end),
        [
            (stage.label, style, label.life_cycle == stage)
            for stage, style in (
                (LifeCycle.JUST_ORDERED, "good"),
                (LifeCycle.ACTIVE, "fine"),
                (LifeCycle.SLIPPING_AWAY, "warn"),
                (LifeCycle.LOST, "bad"),
            )
        ],
    )
    return LifeCycleReasons(
        silence_days=silence,
        just_ordered_to=math.floor(just),
        slips_from=math.floor(slip) + 1,
        lost_from=math.floor(lost) + 1,
        is_overdue=expected is not None and expected < today,
        scale=scale,
    )


def _importance(
    label: CustomerClassification,
    counted: CustomerStatistics,
    refresh: Refresh,
) -> ImportanceReasons:
    is_one_time = counted.order_count < 2
    rank, limit = label.importance_rank, refresh.vip_limit
    if is_one_time or rank is None or limit is None:
        return ImportanceReasons(is_one_time, None, None, None)
    is_vip = label.importance == Importance.VIP
    scale = zone_scale(
        rank,
        (0.0, limit, 1.0),
        (
            (_("other repeat customers"), "plain", not is_vip),
            (Importance.VIP.label, "good", is_vip),
        ),
    )
    return ImportanceReasons(is_one_time, rank, limit, scale)


def _price(label: CustomerClassification, rules: ClassificationRules) -> PriceReasons | None:
    index = label.price_index
    if index is None or not label.price_sensitivity:
        return None
    # Half and double are equally far from the usual price.
    limits = (LOWEST_INDEX, rules.cheaper_below, rules.expensive_above, HIGHEST_INDEX)
    scale = zone_scale(
        math.log(max(index, 0.001)),
        [math.log(min(max(limit, LOWEST_INDEX), HIGHEST_INDEX)) for limit in limits],
        [
            (kind.label, style, label.price_sensitivity == kind)
            for kind, style in (
                (PriceSensitivity.CHEAPER, "warn"),
                (PriceSensitivity.AVERAGE, "plain"),
                (PriceSensitivity.EXPENSIVE, "good"),
            )
        ],
    )
    return PriceReasons(index, index - 1, rules.cheaper_below, rules.expensive_above, scale)


LEVELS: dict[str, str] = {
    LifeCycle.JUST_ORDERED: "good",
    LifeCycle.ACTIVE: "good",
    LifeCycle.SLIPPING_AWAY: "warn",
    LifeCycle.LOST: "bad",
    Importance.VIP: "good",
    Importance.FREQUENT: "info",
    Importance.LOYAL: "info",
}
