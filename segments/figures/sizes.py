"""How large segments were on the days before, as lists and charts show it."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import F, Window
from django.db.models.functions import RowNumber

from segments.models import Segment, SegmentSize

TREND_DAYS = 30
CHART_DAYS = 800


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
