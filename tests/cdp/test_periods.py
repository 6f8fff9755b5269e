"""Local days hold exactly the moments between two midnights, summer time or not."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cdp.periods import day_range, local_day, months_before, start_of

COPENHAGEN = ZoneInfo("Europe/Copenhagen")
ZONES = [
    ZoneInfo(name)
    for name in (
        "UTC",
        "Europe/Copenhagen",
        "America/New_York",
        "Asia/Kolkata",
        "Pacific/Kiritimati",
        "America/Sao_Paulo",
        "Asia/Beirut",
    )
]


def test_a_moment_late_in_the_evening_belongs_to_the_next_day_further_east() -> None:
    moment = datetime(2026, 6, 30, 22, 30, tzinfo=UTC)
    assert local_day(moment, ZoneInfo("UTC")) == date(2026, 6, 30)
    assert local_day(moment, COPENHAGEN) == date(2026, 7, 1)


@pytest.mark.parametrize(
    ("day", "hours"),
    [(date(2026, 3, 29), 23), (date(2026, 10, 25), 25), (date(2026, 11, 24), 24)],
)
def test_the_days_when_the_clock_is_changed_are_shorter_and_longer(day: date, hours: int) -> None:
    start, end = day_range(day, day, COPENHAGEN)
    assert end - start == timedelta(hours=hours)


def test_a_day_without_midnight_begins_at_its_first_moment() -> None:
    zone = ZoneInfo("America/Sao_Paulo")  # 2018-11-04 began at 01:00.
    start = start_of(date(2018, 11, 4), zone)
    assert local_day(start, zone) == date(2018, 11, 4)
    assert local_day(start - timedelta(seconds=1), zone) == date(2018, 11, 3)


@given(seconds=st.integers(0, 37 * 365 * 86_400), zone=st.sampled_from(ZONES))
def test_every_moment_lies_in_its_day_and_in_no_other(seconds: int, zone: ZoneInfo) -> None:
    moment = datetime(2000, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
    day = local_day(moment, zone)
    start, end = day_range(day, day, zone)
    assert start <= moment < end


@given(
    day=st.dates(date(2000, 1, 1), date(2037, 1, 1)),
    length=st.integers(0, 400),
    zone=st.sampled_from(ZONES),
)
def test_ranges_that_follow_each_other_leave_no_gap(day: date, length: int, zone: ZoneInfo) -> None:
    last = day + timedelta(days=length)
    assert day_range(day, last, zone)[1] == start_of(last + timedelta(days=1), zone)


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(2026, 3, 31), 1, date(2026, 2, 28)),
        (date(2024, 3, 31), 1, date(2024, 2, 29)),
        (date(2026, 1, 15), 1, date(2025, 12, 15)),
        (date(2026, 11, 24), 24, date(2024, 11, 24)),
        (date(2024, 2, 29), 12, date(2023, 2, 28)),
        (date(2026, 11, 24), 0, date(2026, 11, 24)),
    ],
)
def test_months_before_keep_the_day_where_the_month_has_it(
    day: date, months: int, expected: date
) -> None:
    assert months_before(day, months) == expected
