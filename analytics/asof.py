"""Private labels of a past moment, computed from what was known then and forgotten afterwards.

It loads numpy, so nothing that serves pages imports it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from analytics.models import (
    CustomerClassification,
    CustomerStatistics,
    PriceNorm,
    Refresh,
)
from analytics.refresh import refresh_now
from cdp.bulk.timetravel import known_at, scratch
from cdp.models import CustomerChange


@contextmanager
def classified_as_of(now: datetime) -> Iterator[Refresh]:
    """Show this connection the facts, statistics and labels as of `now`; give the refresh behind
    them.

    Nothing of it is stored, and other connections see nothing of it. `effective_now` is `now`
    inside.
    """
    with (
        known_at(now),
        scratch(CustomerStatistics, CustomerClassification, Refresh, PriceNorm, CustomerChange),
    ):
        yield refresh_now(now=now, full=True, pinned=True, travels=False)
