"""Which segments are computed from which: the order to refresh them in, and circles refused."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from graphlib import CycleError, TopologicalSorter

from django.db.models import QuerySet
from django.utils.translation import gettext

from segments.compiler import rows_of
from segments.criteria import criteria
from segments.exceptions import SegmentError
from segments.models import Segment, SegmentType


def segments_with_rows() -> QuerySet[Segment]:
    """Return all segments, with everything that evaluating or showing their rows needs."""
    return Segment.objects.select_related("excluded_segment").prefetch_related(
        "conditions__referenced_segment"
    )


def ordered(asks_for: Mapping[str, Iterable[str]]) -> list[str]:
    """Return the names so that each comes after those it asks for.

    Names that are asked for but not listed are left out. Raises `SegmentError` naming a circle.
    """
    sorter = TopologicalSorter(
        {name: [other for other in asked if other in asks_for] for name, asked in asks_for.items()}
    )
    try:
        return list(sorter.static_order())
    except CycleError as error:
        names = " → ".join(f"“{name}”" for name in reversed(error.args[1]))
        raise SegmentError(
            gettext("These segments ask for each other in a circle: %(names)s.") % {"names": names},
            hint=gettext("Remove the condition from one of them."),
        ) from None


def in_dependency_order(segments: Iterable[Segment]) -> list[Segment]:
    """Return the segments so that each comes after those it asks for; refuse a circle by name."""
    by_pk = {segment.pk: segment for segment in segments}
    by_name = {segment.name: segment for segment in by_pk.values()}
    asks_for = {
        segment.name: [by_pk[pk].name for pk in needs(segment) if pk in by_pk]
        for segment in by_pk.values()
    }
    return [by_name[name] for name in ordered(asks_for)]


def needs(segment: Segment) -> list[int]:
    """Return the keys of the segments whose members this one is computed from."""
    if segment.type != SegmentType.DYNAMIC:
        return []
    asked = [
        condition.referenced_segment_id
        for condition in segment.conditions.all()
        if condition.referenced_segment_id is not None
    ]
    if segment.excluded_segment_id is not None:
        asked.append(segment.excluded_segment_id)
    return asked


def with_needed(segments: Iterable[Segment], among: Iterable[Segment]) -> list[Segment]:
    """Return `segments` and all those `among` which they are computed from, in dependency order."""
    by_pk = {segment.pk: segment for segment in among}
    found: dict[int, Segment] = {}
    open_ends = list(segments)
    while open_ends:
        segment = open_ends.pop()
        if segment.pk not in found:
            found[segment.pk] = segment
            open_ends += [by_pk[pk] for pk in needs(segment) if pk in by_pk]
    return in_dependency_order(found.values())


def without_predictions(segments: Iterable[Segment]) -> list[Segment]:
    """Return those that ask for no prediction, nor for a segment that does."""
    chosen, known = list(segments), segments_with_rows()
    return [one for one in chosen if not any(map(is_predicted, with_needed([one], known)))]


def is_predicted(segment: Segment) -> bool:
    """Return whether one of the segment's own rows asks for what a refresh predicts."""
    asked = [condition.criterion for condition in segment.conditions.all()]
    return any(key in criteria and criteria.get(key).is_predicted for key in asked)


def depends_on_day(segment: Segment) -> bool:
    """Return whether the segment's own rows may change at midnight without any new fact."""
    if segment.type != SegmentType.DYNAMIC:
        return False
    try:
        return any(row.depends_on_day for row in rows_of(segment))
    except SegmentError:
        return True
