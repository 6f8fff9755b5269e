"""Reading dates and times in the forms in which shops write them."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo

DAY_FIRST, MONTH_FIRST = "dmy", "mdy"
YEARS = range(1900, 2200)

_OFFSET = r"\s*(Z|UTC|GMT|[+-]\d{2}:?\d{2})?"
_CLOCK = (
    r"(?:[\sT,]+(\d{1,2})[:.](\d{2})(?:[:.](\d{2})(?:[.,]\d+)?)?\s*([AaPp])?\.?(?:[Mm]\.?)?)?"
    + _OFFSET
)
NUMERIC = re.compile(r"(\d{1,2})([./-])(\d{1,2})\2(\d{4}|\d{2})" + _CLOCK)
_YEAR_FIRST = re.compile(r"(\d{4})([./-])(\d{1,2})\2(\d{1,2})" + _CLOCK)
_DAY_NAMED = re.compile(
    r"(?:[A-Za-z]{3,9},?\s+)?(\d{1,2})(?:st|nd|rd|th)?[\s.-]+([A-Za-z]{3,9})[\s.,-]+(\d{4}|\d{2})"
    + _CLOCK
)
_MONTH_NAMED = re.compile(
    r"(?:[A-Za-z]{3,9},?\s+)?([A-Za-z]{3,9})\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+(\d{4})" + _CLOCK
)
_EPOCH = re.compile(r"\d{10}(?:\d{3})?(?:\.\d+)?")
_MONTHS = {
    name: number
    for number, name in enumerate(
        ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"],
        start=1,
    )
}
_MONTHS |= {"mai": 5, "okt": 10, "dez": 12, "mär": 3, "maj": 5}


def _offset(text: str | None) -> tzinfo | None:
    if not text:
        return None
    if text in ("Z", "UTC", "GMT"):
        return UTC
    sign = -1 if text[0] == "-" else 1
    digits = text[1:].replace(":", "")
    return timezone(sign * timedelta(hours=int(digits[:2]), minutes=int(digits[2:])))


def _year(text: str) -> int:
    year = int(text)
    return year if len(text) == 4 else year + (2000 if year < 70 else 1900)


def _built(year: int, month: int, day: int, clock: tuple[str | None, ...]) -> datetime:
    hour_text, minute, second, half, offset = clock
    hour = int(hour_text or 0)
    if half:
        hour = hour % 12 + (12 if half in "Pp" else 0)
    moment = datetime.combine(
        date(year, month, day), time(hour, int(minute or 0), int(second or 0))
    )
    return moment.replace(tzinfo=_offset(offset))


def _matched(text: str, order: str) -> datetime | None:
    if match := NUMERIC.fullmatch(text):
        first, separator, second, year, *clock = match.groups()
        day, month = int(first), int(second)
        if separator != "." and order == MONTH_FIRST:
            day, month = month, day
        return _built(_year(year), month, day, tuple(clock))
    if match := _YEAR_FIRST.fullmatch(text):
        year, _separator, month_text, day_text, *clock = match.groups()
        return _built(int(year), int(month_text), int(day_text), tuple(clock))
    for pattern, day_at, month_at in ((_DAY_NAMED, 0, 1), (_MONTH_NAMED, 1, 0)):
        if match := pattern.fullmatch(text):
            parts = match.groups()
            number = _MONTHS.get(parts[month_at][:3].lower())
            if number:
                return _built(_year(parts[2]), number, int(parts[day_at]), parts[3:])
    return None


@lru_cache(maxsize=65_536)
def parse_moment(text: str, *, zone: ZoneInfo, order: str = DAY_FIRST) -> datetime | None:
    """Return the moment in UTC, or None if `text` is no date. Without offset it is the shop's
    local time.
    """
    moment: datetime | None
    try:
        if _EPOCH.fullmatch(text):
            seconds = float(text)
            moment = datetime.fromtimestamp(
                seconds / 1000 if len(text) >= 13 and "." not in text else seconds, UTC
            )
        elif text[:4].isdigit() and (len(text) > 8 or len(text) == 8):
            try:
                moment = datetime.fromisoformat(text)
            except ValueError:
                moment = _matched(text, order)
        else:
            moment = _matched(text, order)
        if moment is None or moment.year not in YEARS:
            return None
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=zone)
        return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def parse_day(text: str, *, zone: ZoneInfo, order: str = DAY_FIRST) -> date | None:
    """Return the calendar day that `text` names as written, or None if it is no date."""
    moment = parse_moment(text, zone=zone, order=order)
    return None if moment is None else moment.astimezone(zone).date()


class OrderEvidence:
    """Whether a column writes the day or the month first, gathered over a whole file."""

    def __init__(self, state: tuple[int, int, int] = (0, 0, 0)) -> None:
        self.first, self.second, self.unclear = state

    def add(self, text: str) -> None:
        """Look at one cell."""
        match = NUMERIC.match(text)
        if match is None or match[2] == ".":
            return
        if int(match[1]) > 12:
            self.first += 1
        elif int(match[3]) > 12:
            self.second += 1
        else:
            self.unclear += 1

    @property
    def order(self) -> str:
        """Day first unless only the second number is ever too large for a month."""
        return MONTH_FIRST if self.second > self.first else DAY_FIRST

    @property
    def is_guess(self) -> bool:
        """Whether there were such dates but nothing that tells the order."""
        return bool(self.unclear) and not self.first and not self.second

    @property
    def state(self) -> tuple[int, int, int]:
        """What to keep between two steps."""
        return self.first, self.second, self.unclear
