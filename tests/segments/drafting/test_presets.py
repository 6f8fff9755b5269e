"""Named days, seen from different todays."""

from __future__ import annotations

from datetime import date

import pytest

from segments.drafting.presets import presets


def days(label: str, today: date) -> tuple[date, date]:
    found = next(one for one in presets(today) if one.label.startswith(label))
    return found.start, found.end


@pytest.mark.parametrize(
    ("label", "today", "start", "end"),
    [
        ("Today", date(2026, 3, 1), date(2026, 3, 1), date(2026, 3, 1)),
        ("Yesterday", date(2026, 3, 1), date(2026, 2, 28), date(2026, 2, 28)),
        ("This week", date(2026, 11, 29), date(2026, 11, 23), date(2026, 11, 29)),
        ("Last month", date(2026, 1, 31), date(2025, 12, 1), date(2025, 12, 31)),
        ("Last month", date(2024, 3, 31), date(2024, 2, 1), date(2024, 2, 29)),
        ("Last year", date(2026, 1, 1), date(2025, 1, 1), date(2025, 12, 31)),
        ("Before Christmas 2025", date(2026, 12, 24), date(2025, 12, 1), date(2025, 12, 24)),
        ("Before Christmas 2026", date(2026, 12, 25), date(2026, 12, 1), date(2026, 12, 24)),
        ("Black week 2025", date(2026, 11, 24), date(2025, 11, 24), date(2025, 11, 30)),
        ("Black week 2026", date(2026, 11, 30), date(2026, 11, 23), date(2026, 11, 29)),
    ],
)
def test_named_days(label: str, today: date, start: date, end: date) -> None:
    assert days(label, today) == (start, end)


def test_no_named_days_run_backwards_or_into_the_future() -> None:
    for month in range(1, 13):
        for preset in presets(date(2026, month, 1)):
            assert preset.start <= preset.end <= date(2026, month, 1)
