"""How many members the calendar alone moves on: who is due to slip away or to be lost soon."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Q

from analytics.clock import effective_now
from analytics.models import CustomerClassification, LifeCycle
from segments.compiler import shop_time
from segments.models import Membership, Segment

WINDOWS = (7, 30)


@dataclass(frozen=True)
class StageForecast:
    """Members that change their stage within so many days unless they order."""

    days: int
    slipping_count: int
    lost_count: int


def stage_forecasts(segment: Segment, *, now: datetime) -> list[StageForecast]:
    """Return for each window how many begin to slip away and how many will be lost."""
    today = shop_time(effective_now(now)).date()
    members = Membership.objects.filter(segment=segment).order_by().values("customer")
    asked = {
        f"{name}_{days}": Count(
            "pk", filter=Q(life_cycle=stage, next_stage_on__lte=today + timedelta(days=days))
        )
        for days in WINDOWS
        for name, stage in (("slipping", LifeCycle.ACTIVE), ("lost", LifeCycle.SLIPPING_AWAY))
    }
    counts = CustomerClassification.objects.filter(
        customer__in=members, next_stage_on__lte=today + timedelta(days=max(WINDOWS))
    ).aggregate(**asked)
    return [
        StageForecast(days, counts[f"slipping_{days}"], counts[f"lost_{days}"]) for days in WINDOWS
    ]
