"""Moments of the local day as moments of the world."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from cdp.periods import local_day


def next_daily(at: time, zone: ZoneInfo, *, after: datetime) -> datetime:
    """Return the first moment after `after` at which it is that time of day in the zone."""
    day = local_day(after, zone)
    moment = datetime.combine(day, at, tzinfo=zone).astimezone(UTC)
    if moment <= after:
        moment = datetime.combine(day + timedelta(days=1), at, tzinfo=zone).astimezone(UTC)
    return moment
