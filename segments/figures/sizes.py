"""How large segments were on the days before, as lists and charts show it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from itertools import groupby, pairwise
from operator import attrgetter

from django.db.models import F, Window
from django.db.models.functions import RowNumber

from segments.models import Segment, SegmentSize

TREND_DAYS = 30
CHART_DAYS = 800
# A size from before that is no longer a figure to tell a change against.
STALE_DAYS = 100


def latest_sizes(segments: Iterable[Segment], *, limit: int = TREND_DAYS) -> dict[int, list[int]]:
    """Return the last sizes of each segment, oldest first, in one query for all of them."""
    newest_first = Window(
        RowNumber(), partition_by=F("segment_id"), order_by=F("local_date").desc()
    )
    rows = (
        SegmentSize.objects.filter(segment__in=[segment.pk for segment in segments])
        .annotate(place=newest_first)
        .filter(place__lte=limit)
        .order_by("segment_id", "local_date")
        .values_list("segment_id", "member_count")
    )
    found: dict[int, list[int]] = {}
    for key, count in rows:
        found.setdefault(key, []).append(count)
    return found


def sizes_of(segment: Segment) -> list[SegmentSize]:
    """Return the last two years of the segment's sizes, oldest first."""
    newest = SegmentSize.objects.filter(segment=segment).order_by("-local_date")[:CHART_DAYS]
    return list(reversed(newest))


def changes_since(segments: Iterable[Segment], day: date) -> dict[int, tuple[int, int]]:
    """Return how many entered and left each segment from `day` on, in one query for all of them."""
    rows = SegmentSize.objects.filter(
        segment__in=[segment.pk for segment in segments],
        local_date__gte=day - timedelta(days=STALE_DAYS),
    )
    found: dict[int, tuple[int, int]] = {}
    for key, sizes in groupby(rows.order_by("segment_id", "local_date"), attrgetter("segment_id")):
        days = [size for size in told_changes(list(sizes)) if size.local_date >= day]
        found[key] = (
            sum(size.entered_count for size in days),
            sum(size.left_count for size in days),
        )
    return found


def told_changes(sizes: Sequence[SegmentSize]) -> list[SegmentSize]:
    """Return the days on which entering and leaving is told against the day before them.

    On the first day everybody entered; so they did at a first refresh, even where a replay has
    since found out what the segment was like before.
    """
    return [
        size
        for earlier, size in pairwise(sizes)
        if not earlier.member_count or size.entered_count - size.left_count != size.member_count
    ]
