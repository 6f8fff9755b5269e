"""The moment labels, counts and criteria speak of: now, or the one an operator pinned."""

from __future__ import annotations

from datetime import datetime

from analytics.models import Refresh


def latest_refresh() -> Refresh | None:
    """Return the last refresh that was finished, None in a shop that has not been computed yet."""
    return Refresh.objects.filter(finished_at__isnull=False).order_by("-pk").first()


def effective_now(now: datetime) -> datetime:
    """Return the pinned moment of the last finished refresh, or `now` if it was not pinned."""
    latest = latest_refresh()
    return latest.as_of if latest is not None and latest.is_pinned else now


def figures_key(refresh: Refresh) -> str:
    """Return what tells this refresh from every other in a cache, that of a restored database
    included.
    """
    finished = refresh.finished_at
    return f"{refresh.pk}-{finished.timestamp() if finished else 0:.6f}"
