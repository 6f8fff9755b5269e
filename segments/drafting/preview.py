"""What a segment would be if it were saved now: sizes and figures, counted while somebody waits."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.core.cache import cache
from django.db.models import Count, Q, QuerySet, Sum

from analytics.clock import latest_refresh
from analytics.models import CustomerStatistics
from cdp.bulk.deadline import deadline
from segments.compiler import combined, everybody, member_q, shop_time
from segments.definitions import Definition, to_json
from segments.models import Membership, Segment
from segments.rows import Row

# Nobody waits longer for a number that changes with the next keystroke.
SECONDS = 3.0
SAMPLE = 5
# Long enough for "undo" and for saving what has just been counted.
KEPT_SECONDS = 10


@dataclass(frozen=True)
class Figures:
    """How many customers a definition finds, what they bought, and what saving would change.

    `entering` and `leaving` compare with the stored members; None for a segment that has none yet.
    """

    member_count: int
    mailable_count: int
    order_count: int
    revenue: Decimal
    customer_count: int
    revenue_of_all: Decimal
    sample: tuple[int, ...]
    seconds: float
    entering: int | None = None
    leaving: int | None = None

    @property
    def share(self) -> float | None:
        """Which part of all customers it is."""
        return self.member_count / self.customer_count if self.customer_count else None

    @property
    def average_order_value(self) -> Decimal | None:
        """Revenue by order."""
        return self.revenue / self.order_count if self.order_count else None

    @property
    def revenue_share(self) -> float | None:
        """Which part of the shop's revenue they made."""
        return float(self.revenue / self.revenue_of_all) if self.revenue_of_all > 0 else None


@dataclass(frozen=True)
class RowFigures:
    """How many customers a row finds alone, how many are left after it, how many lack the value."""

    alone: int
    after: int
    unknown: int | None


def figures_of(definition: Definition, *, stored: Segment | None = None, now: datetime) -> Figures:
    """Count what the definition finds; raise `DeadlinePassed` if that takes too long."""
    kept_as = _key("figures", definition, stored, now=now)
    kept: Figures | None = cache.get(kept_as)
    if kept is None:
        with deadline(SECONDS):
            kept = _figures(definition, stored, now=now)
        cache.set(kept_as, kept, KEPT_SECONDS)
    return kept


def funnel_of(definition: Definition, *, now: datetime) -> list[RowFigures]:
    """Count each row alone and after those above it; raise `DeadlinePassed` if it takes too long.

    "After" speaks of the rows only: whoever the excluded segment holds is still in it.
    """
    kept_as = _key("funnel", definition, None, now=now)
    kept: list[RowFigures] | None = cache.get(kept_as)
    if kept is None:
        with deadline(SECONDS):
            kept = _funnel([row.understood for row in definition.rows], definition.match, now=now)
        cache.set(kept_as, kept, KEPT_SECONDS)
    return kept


def _key(what: str, definition: Definition, stored: Segment | None, *, now: datetime) -> str:
    refresh = latest_refresh()
    parts = (
        what,
        to_json(Definition("", definition.rows, definition.match, definition.excluded)),
        str(stored.pk if stored else ""),
        str(stored.computed_at if stored else ""),
        str(refresh.pk if refresh else ""),
        shop_time(now).date().isoformat(),
    )
    return "preview:" + hashlib.sha256("\x00".join(parts).encode()).hexdigest()


def _found(definition: Definition, *, now: datetime) -> QuerySet[CustomerStatistics]:
    excluded = (
        Segment.objects.filter(name=definition.excluded).first() if definition.excluded else None
    )
    rows = [row.understood for row in definition.rows]
    return combined(rows, match=definition.match, excluded=excluded, now=now)


def _figures(definition: Definition, stored: Segment | None, *, now: datetime) -> Figures:
    begun = time.perf_counter()
    members = _found(definition, now=now)
    counts = members.aggregate(
        members=Count("pk"),
        mailable=Count("pk", filter=Q(is_mailable__in=[True])),
        orders=Sum("order_count"),
        revenue=Sum("revenue"),
    )
    sample = tuple(members.order_by("pk").values_list("pk", flat=True)[:SAMPLE])
    entering = leaving = None
    if stored is not None and stored.computed_at is not None:
        staying = members.filter(member_q(stored)).count()
        entering = counts["members"] - staying
        leaving = Membership.objects.filter(segment=stored).count() - staying
    seconds = time.perf_counter() - begun
    everyone = _everyone()
    return Figures(
        member_count=counts["members"],
        mailable_count=counts["mailable"],
        order_count=counts["orders"] or 0,
        revenue=counts["revenue"] or Decimal(0),
        customer_count=int(everyone["customers"]),
        revenue_of_all=everyone["revenue"] or Decimal(0),
        sample=sample,
        seconds=seconds,
        entering=entering,
        leaving=leaving,
    )


def _everyone() -> dict[str, Decimal]:
    """Return how many customers there are and what they spent; it changes with a refresh only."""
    refresh = latest_refresh()
    kept_as = f"preview:everyone:{refresh.pk if refresh else 0}"
    kept: dict[str, Decimal] | None = cache.get(kept_as)
    if kept is None:
        kept = everybody().aggregate(customers=Count("pk"), revenue=Sum("revenue"))
        cache.set(kept_as, kept, KEPT_SECONDS)
    return kept


def _funnel(rows: Sequence[Row], match: str, *, now: datetime) -> list[RowFigures]:
    local = shop_time(now)
    found = []
    for number, row in enumerate(rows, start=1):
        alone = combined([row], match=match, now=now).count()
        after = combined(rows[:number], match=match, now=now).count() if number > 1 else alone
        lacking = row.unknown(now=local)
        unknown = None if lacking is None else everybody().filter(lacking).count()
        found.append(RowFigures(alone, after, unknown))
    return found
