"""The shop's local days that the date operators and windows ask for, as days or as moments."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TypeAlias
from zoneinfo import ZoneInfo

from django.db.models import Q
from django.utils import formats
from django.utils.translation import gettext, ngettext

from cdp.periods import day_range, local_day, months_before, start_of
from segments.criteria import operators as ops
from segments.criteria.operators import Operator
from segments.criteria.params import Params, day, text, whole

Interval: TypeAlias = tuple[datetime | None, datetime | None]
DaySpan: TypeAlias = tuple[date | None, date | None]

YEARS_OF_MOMENTS = 30
YEARS_OF_DAYS = 120
LONGEST_ANNIVERSARY = 180


def zone_of(now: datetime) -> ZoneInfo:
    """Return the shop's zone, which the compiler puts on the moment it hands to criteria."""
    if not isinstance(now.tzinfo, ZoneInfo):
        raise TypeError("The moment of a segment must carry the shop's time zone.")
    return now.tzinfo


def today(now: datetime) -> date:
    """Return the shop's local day of `now`."""
    return local_day(now, zone_of(now))


def days_back(origin: date, amount: int, unit: str) -> date:
    """Return the day `amount` units before `origin`, after it if negative."""
    try:
        if unit in ("months", "years"):
            return months_before(origin, amount * (12 if unit == "years" else 1))
        return origin - timedelta(days=amount * (7 if unit == "weeks" else 1))
    except (OverflowError, ValueError):
        return date.min + timedelta(days=400) if amount > 0 else date.max - timedelta(days=400)


def days_asked(operator: Operator, params: Params, *, now: datetime) -> DaySpan:
    """Return the local days [first, last] that a date operator asks for; None is open.

    Today counts: "within the last 7 days" is today and the six days before it, "within the next 7
    days" today and the seven after it.
    """
    if operator is ops.WITHIN_NEXT:
        return today(now), days_back(today(now), -whole(params, "amount"), text(params, "unit"))
    if operator in ops.RELATIVE:
        then = days_back(today(now), whole(params, "amount"), text(params, "unit"))
        if operator is ops.WITHIN_LAST:
            return then + timedelta(days=1), today(now)
        if operator is ops.MORE_THAN_AGO:
            return None, then - timedelta(days=1)
        return then, then
    if operator is ops.ON_DAYS_BETWEEN:
        return day(params, "start"), day(params, "end")
    named = day(params, "day")
    if operator is ops.BEFORE:
        return None, named - timedelta(days=1)
    return (named + timedelta(days=1) if operator is ops.AFTER else named), None


def moments_of(span: DaySpan, zone: ZoneInfo) -> Interval:
    """Return the moments [start, end) of the days [first, last]."""
    first, last = span
    return (
        None if first is None else start_of(first, zone),
        None if last is None else day_range(last, last, zone)[1],
    )


def anniversaries(begin: date, days: int, *, years: int) -> list[tuple[date, date]]:
    """Return the days [first, last] of past years with an anniversary from `begin` on for `days`.

    Whoever has 29 February celebrates on the 28th where there is no 29th.
    """
    found = (_anniversary(begin, days, back) for back in range(1, years + 1))
    return [span for span in found if span is not None]


def _anniversary(begin: date, days: int, back: int) -> tuple[date, date] | None:
    """Return the days `back` years ago that have their anniversary, None where there are none."""
    end = begin + timedelta(days=min(days, LONGEST_ANNIVERSARY))
    if begin.year - back < 2:
        return None
    first = _moved(begin, back, is_first=True)
    last = _moved(end, back, is_first=False)
    if (end.month, end.day) == (2, 28) and not _is_leap(end.year) and _is_leap(last.year):
        last += timedelta(days=1)
    return (first, last) if first <= last else None


def _is_leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def _moved(origin: date, back: int, *, is_first: bool) -> date:
    if (origin.month, origin.day) == (2, 29) and not _is_leap(origin.year - back):
        return date(origin.year - back, 3, 1) if is_first else date(origin.year - back, 2, 28)
    return origin.replace(year=origin.year - back)


def within(path: str, interval: Interval) -> Q:
    """Return the comparison of a moment column with [start, end)."""
    start, end = interval
    bounds = {f"{path}__gte": start, f"{path}__lt": end}
    return Q(**{lookup: bound for lookup, bound in bounds.items() if bound is not None})


def moment_q(path: str, operator: Operator, params: Params, *, now: datetime) -> Q:
    """Return the comparison of a moment column with what a date operator asks for."""
    if operator is ops.NEVER:
        return Q(**{f"{path}__isnull": True})
    if operator is not ops.ANNIVERSARY:
        return within(path, moments_of(days_asked(operator, params, now=now), zone_of(now)))
    found = Q()
    for span in anniversaries(today(now), whole(params, "days"), years=YEARS_OF_MOMENTS):
        found |= within(path, moments_of(span, zone_of(now)))
    return found


def date_q(path: str, operator: Operator, params: Params, *, now: datetime) -> Q:
    """Return the comparison of a day column with what a date operator asks for."""
    if operator is ops.NEVER:
        return Q(**{f"{path}__isnull": True})
    if operator is ops.ANNIVERSARY:
        found = Q()
        for first, last in anniversaries(today(now), whole(params, "days"), years=YEARS_OF_DAYS):
            found |= Q(**{f"{path}__gte": first, f"{path}__lte": last})
        return found
    first_day, last_day = days_asked(operator, params, now=now)
    bounds = {f"{path}__gte": first_day, f"{path}__lte": last_day}
    return Q(**{lookup: bound for lookup, bound in bounds.items() if bound is not None})


def day_holds(value: date | None, operator: Operator, params: Params, *, now: datetime) -> bool:
    """Return whether a day is what a date operator asks for; None: it never happened."""
    if value is None or operator is ops.NEVER:
        return (value is None) == (operator is ops.NEVER)
    if operator is ops.ANNIVERSARY:
        years = today(now).year - value.year
        near = [back for back in (years, years + 1) if 1 <= back <= YEARS_OF_DAYS]
        spans = [_anniversary(today(now), whole(params, "days"), back) for back in near]
        return any(span is not None and span[0] <= value <= span[1] for span in spans)
    first_day, last_day = days_asked(operator, params, now=now)
    is_late = last_day is not None and value > last_day
    return not is_late and (first_day is None or value >= first_day)


def day_words(value: date) -> str:
    """Return a day as people write it in the active language."""
    return formats.date_format(value, "DATE_FORMAT")


def period_words(amount: int, unit: str) -> str:
    """Return "30 days" in the active language."""
    words = {
        "days": ngettext("%(amount)s day", "%(amount)s days", amount),
        "weeks": ngettext("%(amount)s week", "%(amount)s weeks", amount),
        "months": ngettext("%(amount)s month", "%(amount)s months", amount),
        "years": ngettext("%(amount)s year", "%(amount)s years", amount),
    }
    return words[unit] % {"amount": amount}


def window_of(params: Params, *, now: datetime) -> Interval:
    """Return the moments [start, end) that the window leaves; nothing lies after `now`."""
    start, end = None, now
    if "last" in params:
        asked: Params = {"amount": params["last"], "unit": params["unit"]}
        start, _end = moments_of(days_asked(ops.WITHIN_LAST, asked, now=now), zone_of(now))
    if "since" in params:
        since = start_of(day(params, "since"), zone_of(now))
        start = since if start is None else max(start, since)
    if "until" in params:
        until = day(params, "until")
        end = min(end, day_range(until, until, zone_of(now))[1])
    return start, end


def window_words(params: Params) -> str:
    """Return the window as words with a leading blank, or nothing."""
    words = []
    if "last" in params:
        period = period_words(whole(params, "last"), text(params, "unit"))
        words.append(gettext("in the last %(period)s") % {"period": period})
    if "since" in params:
        words.append(gettext("since %(day)s") % {"day": day_words(day(params, "since"))})
    if "until" in params:
        words.append(gettext("until %(day)s") % {"day": day_words(day(params, "until"))})
    return "".join(f" {word}" for word in words)
