"""Which other segments share members with a segment, and how many."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count

from segments.models import Membership, Segment

SHOWN = 10


@dataclass(frozen=True)
class Overlap:
    """Another segment and how much the two share: in all, of the first, of the other."""

    segment: Segment
    count: int
    share: float
    other_share: float


def overlaps_of(segment: Segment, *, limit: int = SHOWN) -> list[Overlap]:
    """Return the segments that share most members with this one; archived ones are left out."""
    members = Membership.objects.filter(segment=segment)
    shared = (
        Membership.objects.filter(
            customer__in=members.values("customer"), segment__is_archived=False
        )
        .exclude(segment=segment)
        .order_by()
        .values_list("segment")
        .annotate(count=Count("pk"))
        .order_by("-count", "segment")[:limit]
    )
    counts = dict(shared)
    others = Segment.objects.in_bulk(counts)
    size = segment.member_count or 0
    return [
        Overlap(
            others[key],
            count,
            count / size if size else 0.0,
            count / (others[key].member_count or count),
        )
        for key, count in counts.items()
        if key in others
    ]
