"""Keeping all segments up to date: which are due, in which order, and why."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.db.models import Max, Q

from analytics.clock import effective_now
from analytics.models import Refresh
from cdp.models import Shop
from cdp.periods import local_day
from segments.dependencies import (
    depends_on_day,
    in_dependency_order,
    needs,
    segments_with_rows,
    with_needed,
)
from segments.membership import Diff, refresh_memberships
from segments.models import Segment


@dataclass(frozen=True)
class Outcome:
    """A segment after its refresh, with the change, or None if it could not be evaluated."""

    segment: Segment
    diff: Diff | None


def due_segments(*, now: datetime) -> list[Segment]:
    """Return the segments whose members may have changed, each after those it asks for.

    After new data these are all; at a new day those that depend on it; always those that were
    edited, never computed or failed; and whatever asks for one of these. An archived segment is
    left alone unless another one asks for it.
    """
    everything = list(segments_with_rows())
    kept = with_needed([one for one in everything if not one.is_archived], everything)
    zone = Shop.objects.current().zone
    local_date = local_day(effective_now(now), zone)
    changed = Q(customer_count__gt=0) | Q(changed_count__gt=0) | Q(is_full=True)
    changed_at = Refresh.objects.filter(changed).aggregate(latest=Max("finished_at"))["latest"]
    due: dict[int, Segment] = {}
    for segment in kept:
        if (
            any(pk in due for pk in needs(segment))
            or _is_stale(segment, changed_at)
            or (depends_on_day(segment) and _day_of(segment, zone) != local_date)
        ):
            due[segment.pk] = segment
    return list(due.values())


def _is_stale(segment: Segment, changed_at: datetime | None) -> bool:
    computed = segment.computed_at
    if computed is None or segment.error or segment.edited_at > computed:
        return True
    return changed_at is not None and changed_at >= computed


def _day_of(segment: Segment, zone: ZoneInfo) -> date | None:
    computed = segment.computed_as_of
    return None if computed is None else local_day(computed, zone)


def refresh_segment(segment: Segment, *, now: datetime) -> Outcome:
    """Refresh one segment for the moment that counts speak of."""
    return Outcome(segment, refresh_memberships(segment, now=now, as_of=effective_now(now)))


def refresh_segments(*, now: datetime, segments: Iterable[Segment] | None = None) -> list[Outcome]:
    """Refresh `segments`, or those that are due, each after the ones it asks for."""
    chosen = due_segments(now=now) if segments is None else in_dependency_order(segments)
    return [refresh_segment(segment, now=now) for segment in chosen]


def affected_by(changed: Collection[Segment]) -> list[Segment]:
    """Return `changed` and every segment computed from one of them, in dependency order."""
    keys = {segment.pk for segment in changed}
    affected = []
    for segment in in_dependency_order(segments_with_rows()):
        if segment.pk in keys or any(pk in keys for pk in needs(segment)):
            keys.add(segment.pk)
            affected.append(segment)
    return affected
