"""Date operators and windows speak of the shop's local days."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segments.criteria import days
from segments.criteria import operators as ops
from segments.criteria.params import Params

ZONE = ZoneInfo("Europe/Copenhagen")
# 24 November 2026, half past midnight in Copenhagen: still the 23rd in UTC.
JUST_AFTER_MIDNIGHT = datetime(2026, 11, 24, 0, 30, tzinfo=ZONE)


def period(amount: int, unit: str = "days") -> Params:
    return {"amount": amount, "unit": unit}


@pytest.mark.parametrize(
    ("operator", "params", "first", "last"),
    [
        (ops.WITHIN_LAST, period(1), date(2026, 11, 24), date(2026, 11, 24)),
        (ops.WITHIN_LAST, period(30), date(2026, 10, 26), date(2026, 11, 24)),
        (ops.WITHIN_LAST, period(2, "weeks"), date(2026, 11, 11), date(2026, 11, 24)),
        (ops.WITHIN_LAST, period(9, "months"), date(2026, 2, 25), date(2026, 11, 24)),
        (ops.WITHIN_LAST, period(1, "years"), date(2025, 11, 25), date(2026, 11, 24)),
        (ops.MORE_THAN_AGO, period(60), None, date(2026, 9, 24)),
        (ops.MORE_THAN_AGO, period(0), None, date(2026, 11, 23)),
        (ops.EXACTLY_AGO, period(2), date(2026, 11, 22), date(2026, 11, 22)),
        (ops.EXACTLY_AGO, period(0), date(2026, 11, 24), date(2026, 11, 24)),
        (ops.WITHIN_NEXT, period(7), date(2026, 11, 24), date(2026, 12, 1)),
        (ops.BEFORE, {"day": date(2026, 5, 6)}, None, date(2026, 5, 5)),
        (ops.AFTER, {"day": date(2026, 5, 6)}, date(2026, 5, 7), None),
        (ops.SINCE, {"day": date(2026, 5, 6)}, date(2026, 5, 6), None),
    ],
    ids=str,
)
def test_operators_ask_for_local_days(
    operator: ops.Operator, params: Params, first: date | None, last: date | None
) -> None:
    assert days.days_asked(operator, params, now=JUST_AFTER_MIDNIGHT) == (first, last)


@given(st.integers(1, 4000), st.sampled_from(["days", "weeks", "months", "years"]))
def test_a_period_is_past_or_within_it(amount: int, unit: str) -> None:
    inside = days.days_asked(ops.WITHIN_LAST, period(amount, unit), now=JUST_AFTER_MIDNIGHT)
    beyond = days.days_asked(ops.MORE_THAN_AGO, period(amount, unit), now=JUST_AFTER_MIDNIGHT)
    exact = days.days_asked(ops.EXACTLY_AGO, period(amount, unit), now=JUST_AFTER_MIDNIGHT)
    assert inside[0] is not None
    assert beyond[1] is not None
    assert exact[0] is not None
    assert beyond[1] + timedelta(days=1) == exact[0] == inside[0] - timedelta(days=1)


def test_a_month_that_is_too_short_ends_on_its_last_day() -> None:
    assert days.days_back(date(2026, 3, 31), 1, "months") == date(2026, 2, 28)
    assert days.days_back(date(2024, 2, 29), 1, "years") == date(2023, 2, 28)


def test_a_day_of_the_clock_change_has_all_its_hours() -> None:
    start, end = days.moments_of((date(2026, 10, 25), date(2026, 10, 25)), ZONE)
    assert start is not None
    assert end is not None
    assert end - start == timedelta(hours=25)


def celebrates(born: date, today: date, within: int) -> bool:
    """Whether the anniversary of a day lies within the next days, told day by day."""
    for ahead in range(within + 1):
        when = today + timedelta(days=ahead)
        try:
            anniversary = born.replace(year=when.year)
        except ValueError:
            anniversary = date(when.year, 2, 28)
        if anniversary == when and when.year > born.year:
            return True
    return False


@given(
    st.dates(date(1930, 1, 1), date(2026, 12, 31)),
    st.one_of(
        st.dates(date(2023, 1, 1), date(2028, 12, 31)),
        st.sampled_from(
            [date(2024, 2, 28), date(2024, 2, 29), date(2025, 2, 28), date(2025, 3, 1)]
        ),
    ),
    st.integers(0, 180),
)
def test_anniversaries_are_those_of_the_calendar(born: date, today: date, within: int) -> None:
    spans = days.anniversaries(today, within, years=120)
    assert any(first <= born <= last for first, last in spans) == celebrates(born, today, within)


@pytest.mark.parametrize("today", [date(2025, 2, 26), date(2025, 2, 28), date(2024, 2, 29)])
def test_who_was_born_on_a_leap_day_is_found_every_year(today: date) -> None:
    spans = days.anniversaries(today, 2, years=120)
    assert any(first <= date(2000, 2, 29) <= last for first, last in spans)


def test_a_window_ends_now_and_every_limit_holds() -> None:
    now = datetime(2026, 11, 24, 12, tzinfo=ZONE)
    assert days.window_of({}, now=now) == (None, now)
    asked: Params = {
        "last": 30,
        "unit": "days",
        "since": date(2026, 11, 1),
        "until": date(2026, 11, 10),
    }
    assert days.window_of(asked, now=now) == (
        datetime(2026, 10, 31, 23, tzinfo=UTC),
        datetime(2026, 11, 10, 23, tzinfo=UTC),
    )
    assert days.window_of({"until": date(2026, 12, 24)}, now=now) == (None, now)


def test_the_moment_must_carry_the_zone_of_the_shop() -> None:
    with pytest.raises(TypeError, match="time zone"):
        days.today(datetime(2026, 11, 24, 12, tzinfo=UTC))


def test_one_is_no_plural() -> None:
    assert days.period_words(1, "days") == "1 day"
    assert days.period_words(3, "months") == "3 months"
