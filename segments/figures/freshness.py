"""Whether the stored members of a segment are those of now, and if not, why."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import models
from django.utils.translation import gettext_lazy as _

from segments.exceptions import SegmentError
from segments.models import Segment, SegmentType
from segments.refreshing import due_segments


class Freshness(models.TextChoices):
    """How the members stand to what the shop knows now."""

    FRESH = "fresh", _("up to date")
    STALE = "stale", _("due for a refresh")
    FAILED = "failed", _("could not be computed")
    NEVER = "never", _("not computed yet")
    FIXED = "fixed", _("fixed list")


@dataclass(frozen=True)
class Due:
    """The segments that the next refresh will compute."""

    keys: frozenset[int]

    def freshness(self, segment: Segment) -> Freshness:
        """Return how a segment stands."""
        if segment.error:
            return Freshness.FAILED
        if segment.type != SegmentType.DYNAMIC:
            return Freshness.FIXED
        if segment.computed_at is None:
            return Freshness.NEVER
        if segment.pk in self.keys:
            return Freshness.STALE
        return Freshness.FRESH


def due_now(*, now: datetime) -> Due:
    """Return what is due; nothing where segments ask for each other in a circle."""
    try:
        due: Iterable[Segment] = due_segments(now=now)
    except SegmentError:  # Its own page shows the circle; here it must not hide the others.
        due = ()
    return Due(frozenset(segment.pk for segment in due))


def freshness_of(segment: Segment, *, now: datetime) -> Freshness:
    """Return how one segment stands."""
    return due_now(now=now).freshness(segment)
