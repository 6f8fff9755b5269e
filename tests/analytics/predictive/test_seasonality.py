"""Last year's season is carried over, growth is not mistaken for it, and a young shop has none."""

from __future__ import annotations

import numpy as np
import pytest

from analytics.predictive.seasonality import seasonal_index
from tests.analytics.predictive.histories import TODAY

ANCHORS = [TODAY - 30, TODAY - 60, TODAY - 90]


def orders(*, days: int, per_day: float = 1_000, rush: float = 1, growth: float = 1) -> np.ndarray:
    """Orders a day; `rush` times as many in the 30 days that begin a year before TODAY."""
    found = []
    for day in range(TODAY - days, TODAY):
        level = per_day * growth ** ((day - TODAY) / 365)
        if (day - TODAY) % 365 < 30:
            level *= rush
        found += [day] * round(level)
    return np.array(found, np.int64)


def index(day: np.ndarray, *, days: int = 30) -> float:
    return seasonal_index(day, today=TODAY, days=days, anchors=ANCHORS)


def test_a_rush_that_comes_every_year_is_foreseen():
    assert index(orders(days=760, rush=2.0)) == pytest.approx(2, rel=0.03)
    assert index(orders(days=760, rush=0.5)) == pytest.approx(0.5, rel=0.05)


def test_a_shop_that_only_grows_has_no_season():
    assert index(orders(days=1_100, growth=3.0)) == pytest.approx(1, rel=0.03)


@pytest.mark.parametrize(("days", "expected"), [(390, 1.0), (396, 2.0)])
def test_a_month_more_than_a_year_is_needed(days: int, expected: float):
    assert index(orders(days=days, rush=2.0)) == pytest.approx(expected, rel=0.03)


def test_few_orders_move_it_little_and_none_not_at_all():
    assert 1 < index(orders(days=800, per_day=1, rush=3)) < 2
    assert index(np.empty(0, np.int64)) == 1
    assert index(orders(days=760, rush=2.0), days=365) == 1


def test_later_orders_change_nothing():
    day = orders(days=760, rush=2.0)
    later = np.concatenate([day, np.full(10_000, TODAY), np.full(10_000, TODAY + 20)])
    assert index(later) == index(day)
