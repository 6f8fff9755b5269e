"""The shop's local days: moments to dates, dates to ranges of moments, [start, end)."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo


def local_day(moment: datetime, zone: ZoneInfo) -> date:
    """Return the shop's calendar day on which the aware `moment` falls."""
    return moment.astimezone(zone).date()


def start_of(day: date, zone: ZoneInfo) -> datetime:
    """Return the first moment of a local day in UTC (the later where midnight does not exist)."""
    return datetime.combine(day, time.min, tzinfo=zone).astimezone(UTC)


def day_range(first: date, last: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Return [start, end) in UTC covering the local days `first` to `last`, both included."""
    return start_of(first, zone), start_of(last + timedelta(days=1), zone)


def months_before(day: date, months: int) -> date:
    """Return the same day `months` months earlier, or that month's last day where it is missing."""
    index = day.year * 12 + day.month - 1 - months
    year, month = divmod(index, 12)
    month += 1
    following = date(year + month // 12, month % 12 + 1, 1)
    last = (following - timedelta(days=1)).day
    return date(year, month, min(day.day, last))
