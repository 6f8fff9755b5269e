"""Private labels of a past moment, computed from what was known then and forgotten afterwards.

It loads numpy, so nothing that serves pages imports it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from analytics.models import (
    BackTest,
    BackTestRule,
    BackTestTenth,
    CustomerClassification,
    CustomerForecast,
    CustomerStatistics,
    FittedModel,
    Interest,
    InterestTarget,
    PriceNorm,
    Recommendation,
    Refresh,
)
from analytics.refresh import refresh_now
from cdp.bulk.timetravel import known_at, scratch
from cdp.models import CustomerChange

COMPUTED = (
    CustomerStatistics,
    CustomerClassification,
    CustomerForecast,
    Interest,
    InterestTarget,
    Recommendation,
    FittedModel,
    BackTest,
    BackTestRule,
    BackTestTenth,
    Refresh,
    PriceNorm,
)


@contextmanager
def classified_as_of(now: datetime, *, predicts: bool = False) -> Iterator[Refresh]:
    """Show this connection the facts, statistics and labels as of `now`, and the predictions if
    asked for; give the refresh behind them.

    Nothing of it is stored, and other connections see nothing of it. `effective_now` is `now`
    inside. Without predictions their tables are empty inside: learning takes its time.
    """
    asked = list(InterestTarget.objects.filter(is_asked=True)) if predicts else []
    with known_at(now), scratch(*COMPUTED, CustomerChange):
        InterestTarget.objects.bulk_create(
            InterestTarget(
                kind=one.kind,
                key=one.key,
                label=one.label,
                category_id=one.category_id,
                product_id=one.product_id,
                is_asked=True,
            )
            for one in asked
        )
        yield refresh_now(now=now, full=True, pinned=True, travels=False, predicts=predicts)
