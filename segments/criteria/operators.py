"""The operator table: how a criterion may be asked, as immutable objects."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TypeAlias
from zoneinfo import ZoneInfo

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from cdp.periods import day_range, local_day, months_before, start_of

Text: TypeAlias = str | Promise
Params: TypeAlias = dict[str, object]
Interval: TypeAlias = tuple[datetime | None, datetime | None]


@dataclass(frozen=True)
class Operator:
    """One way of asking: `takes` names its values, `sentence` says it with {subject} and the values.

    `depends_on_day` says that the answer changes by the calendar alone.
    """

    key: str
    label: Text
    sentence: Text
    takes: tuple[str, ...] = ()
    depends_on_day: bool = False

    def __str__(self) -> str:
        return self.key


# Numbers and money
AT_LEAST = Operator("at_least", _("is at least"), _("{subject} is at least {value}"), ("value",))
AT_MOST = Operator("at_most", _("is at most"), _("{subject} is at most {value}"), ("value",))
MORE_THAN = Operator(
    "more_than", _("is more than"), _("{subject} is more than {value}"), ("value",)
)
LESS_THAN = Operator(
    "less_than", _("is less than"), _("{subject} is less than {value}"), ("value",)
)
EQUALS = Operator("equals", _("is exactly"), _("{subject} is exactly {value}"), ("value",))
BETWEEN = Operator(
    "between",
    _("is between"),
    _("{subject} is between {low} and {high}"),
    ("low", "high"),
)
NUMBER = (AT_LEAST, AT_MOST, MORE_THAN, LESS_THAN, EQUALS, BETWEEN)
LOOKUPS = {
    "at_least": "gte",
    "at_most": "lte",
    "more_than": "gt",
    "less_than": "lt",
    "equals": "exact",
}

# Choices, text, yes/no
IS_ANY_OF = Operator("is_any_of", _("is"), _("{subject} is {values}"), ("values",))
IS = Operator("is", _("is exactly"), _("{subject} is {values}"), ("values",))
CONTAINS = Operator("contains", _("contains"), _("{subject} contains {values}"), ("values",))
STARTS_WITH = Operator(
    "starts_with", _("starts with"), _("{subject} starts with {values}"), ("values",)
)
IS_KNOWN = Operator("is_known", _("is known"), _("{subject} is known"))
IS_UNKNOWN = Operator("is_unknown", _("is unknown"), _("{subject} is unknown"))
IS_YES = Operator("is_yes", _("yes"), _("{subject}: yes"))
IS_NO = Operator("is_no", _("no"), _("{subject}: no"))

# Moments, in the shop's local days
WITHIN_LAST = Operator(
    "within_last",
    _("was within the last"),
    _("{subject} was within the last {amount} {unit}"),
    ("amount", "unit"),
    depends_on_day=True,
)
MORE_THAN_AGO = Operator(
    "more_than_ago",
    _("was more than … ago"),
    _("{subject} was more than {amount} {unit} ago"),
    ("amount", "unit"),
    depends_on_day=True,
)
EXACTLY_AGO = Operator(
    "exactly_ago",
    _("was exactly … ago"),
    _("{subject} was exactly {amount} {unit} ago"),
    ("amount", "unit"),
    depends_on_day=True,
)
ON_DAYS_BETWEEN = Operator(
    "on_days_between",
    _("was between"),
    _("{subject} was between {start} and {end}"),
    ("start", "end"),
)
BEFORE = Operator("before", _("was before"), _("{subject} was before {day}"), ("day",))
AFTER = Operator("after", _("was after"), _("{subject} was after {day}"), ("day",))
SINCE = Operator("since", _("was on or after"), _("{subject} was on or after {day}"), ("day",))
ANNIVERSARY = Operator(
    "anniversary_within",
    _("has its anniversary within the next"),
    _("{subject} has its anniversary within the next {days} days"),
    ("days",),
    depends_on_day=True,
)
NEVER = Operator("never", _("never happened"), _("{subject} never happened"))
RELATIVE = (WITHIN_LAST, MORE_THAN_AGO, EXACTLY_AGO)
FIXED = (ON_DAYS_BETWEEN, BEFORE, AFTER, SINCE)
MOMENT = (*RELATIVE, *FIXED, ANNIVERSARY, NEVER)

UNITS = (("days", _("days")), ("weeks", _("weeks")), ("months", _("months")))


def zone_of(now: datetime) -> ZoneInfo:
    """Return the shop's zone, which the compiler puts on the moment it hands to criteria."""
    if not isinstance(now.tzinfo, ZoneInfo):
        raise TypeError("The moment of a segment must carry the shop's time zone.")
    return now.tzinfo


def today(now: datetime) -> date:
    """Return the shop's local day of `now`."""
    return local_day(now, zone_of(now))


def days_back(day: date, amount: int, unit: str) -> date:
    """Return the day `amount` days, weeks or months before `day`."""
    if unit == "months":
        return months_before(day, amount)
    return day - timedelta(days=amount * (7 if unit == "weeks" else 1))


def days_asked(
    operator: Operator, params: Params, now: datetime
) -> tuple[date | None, date | None]:
    """Return the local days [first, last] that a moment operator asks for; None is open."""
    if operator in RELATIVE:
        day = days_back(today(now), int(str(params["amount"])), str(params["unit"]))
        if operator is WITHIN_LAST:
            return day + timedelta(days=1), today(now)
        return (None, day - timedelta(days=1)) if operator is MORE_THAN_AGO else (day, day)
    if operator is ON_DAYS_BETWEEN:
        return _day(params["start"]), _day(params["end"])
    day = _day(params["day"])
    if operator is BEFORE:
        return None, day - timedelta(days=1)
    return (day + timedelta(days=1), None) if operator is AFTER else (day, None)


def interval_asked(operator: Operator, params: Params, now: datetime) -> Interval:
    """Return the moments [start, end) that a moment operator asks for; None is open."""
    first, last = days_asked(operator, params, now)
    zone = zone_of(now)
    return (
        None if first is None else start_of(first, zone),
        None if last is None else day_range(last, last, zone)[1],
    )


def anniversaries(now: datetime, days: int, first_year: int) -> list[tuple[date, date]]:
    """Return per year from `first_year` the days whose anniversary is within `days` from today on.

    Whoever has 29 February celebrates on the 28th where there is no 29th.
    """
    begin, end = today(now), today(now) + timedelta(days=min(days, 364))
    spans = []
    for year in range(first_year, begin.year + 1):
        first = _in_year(begin, year)
        last = _in_year(end, year + end.year - begin.year)
        if (end.month, end.day) == (2, 28) and not _is_leap(end.year) and _is_leap(last.year):
            last += timedelta(days=1)
        spans.append((first, last))
    if end.year > begin.year:
        spans.append((date(first_year, 1, 1), _in_year(end, first_year)))
    return spans


def _is_leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def _in_year(day: date, year: int) -> date:
    if (day.month, day.day) == (2, 29) and not _is_leap(year):
        return date(year, 2, 28)
    return day.replace(year=year)


def _day(value: object) -> date:
    if not isinstance(value, date):
        raise TypeError(f"A day is needed, not {type(value).__name__}.")
    return value
