"""Requests keep below what a service allows in each of its windows."""

from __future__ import annotations

from integrations.network.pace import Pace


def test_both_windows_are_kept() -> None:
    pace = Pace(((2, 1.0), (3, 60.0)))
    clock, made = 0.0, []
    for _ in range(7):
        clock += pace.delay(at=clock)
        pace.take(at=clock)
        made.append(clock)
    assert made == [0.0, 0.0, 1.0, 60.0, 60.0, 61.0, 120.0]


def test_without_windows_nobody_waits() -> None:
    pace = Pace(())
    pace.take(at=0)
    assert pace.delay(at=0) == 0
