"""What depends on a segment: other segments that ask for it, and links that give it away."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import QuerySet

from segments.models import Condition, Segment


@dataclass(frozen=True)
class Uses:
    """The segments computed from this one: while there are any, it cannot be deleted."""

    excluded_from: tuple[Segment, ...]
    asked_by: tuple[Segment, ...]

    @property
    def segments(self) -> list[Segment]:
        """All of them, each once, by name."""
        by_pk = {segment.pk: segment for segment in (*self.excluded_from, *self.asked_by)}
        return sorted(by_pk.values(), key=lambda segment: segment.name)

    def __bool__(self) -> bool:
        return bool(self.excluded_from or self.asked_by)


def uses_of(segment: Segment) -> Uses:
    """Return what one segment is used for."""
    return uses_of_each([segment])[segment.pk]


def uses_of_each(segments: Iterable[Segment]) -> dict[int, Uses]:
    """Return what each segment is used for, in two queries for all of them."""
    keys = [segment.pk for segment in segments]
    excluded_from: dict[int, list[Segment]] = {}
    asked_by: dict[int, list[Segment]] = {}
    for user in Segment.objects.filter(excluded_segment__in=keys):
        excluded_from.setdefault(user.excluded_segment_id or 0, []).append(user)
    for condition in _asking(keys):
        users = asked_by.setdefault(condition.referenced_segment_id or 0, [])
        if condition.segment not in users:
            users.append(condition.segment)
    return {
        key: Uses(tuple(excluded_from.get(key, ())), tuple(asked_by.get(key, ()))) for key in keys
    }


def _asking(keys: list[int]) -> QuerySet[Condition]:
    rows = Condition.objects.filter(referenced_segment__in=keys).select_related("segment")
    return rows.order_by("segment__name", "position")
