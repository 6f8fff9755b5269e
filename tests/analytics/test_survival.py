from __future__ import annotations

import random

import numpy as np
import pytest

from analytics.predictive.survival import one_time_patience, returned_by_day
from tests.analytics.oracle import kaplan_meier


def histograms(times: list[tuple[int, bool]]) -> tuple[np.ndarray, np.ndarray]:
    size = max(time for time, _back in times) + 1
    returned, censored = np.zeros(size, np.int64), np.zeros(size, np.int64)
    for time, back in times:
        (returned if back else censored)[time] += 1
    return returned, censored


@pytest.mark.parametrize("seed", range(5))
def test_the_curve_is_the_one_a_slow_loop_finds(seed: int):
    chance = random.Random(seed)
    times = [(chance.randint(1, 900), chance.random() < 0.4) for _ in range(300)]
    assert returned_by_day(*histograms(times)) == pytest.approx(np.array(kaplan_meier(times)))


def test_customers_still_silent_count_only_as_long_as_they_were_watched():
    # Two came back after 10 days, one was watched for 5 days only: he says nothing about day 10.
    curve = returned_by_day(*histograms([(10, True), (10, True), (5, False), (20, False)]))
    assert curve[9] == 0
    assert curve[10] == pytest.approx(2 / 3)


def test_patience_follows_the_curve():
    times = [(day, True) for day in range(1, 101)] + [(800, False)] * 50
    assert one_time_patience(*histograms(times), history_days=900) == (80, 120)
    times = [(day, True) for day in range(1, 1001, 10)]
    slip, lost = one_time_patience(*histograms(times), history_days=1100)
    assert (slip, lost) == (365, 691)


@pytest.mark.parametrize(("count", "history_days"), [(29, 2000), (30, 364), (0, 0)])
def test_defaults_hold_while_little_is_known(count: int, history_days: int):
    returned = np.zeros(1 if not count else 51, np.int64)
    returned[-1] = count
    assert one_time_patience(returned, np.array([0, 5]), history_days=history_days) == (180, 365)


def test_lost_comes_at_least_thirty_days_after_slipping():
    returned, censored = np.zeros(366, np.int64), np.zeros(366, np.int64)
    returned[365] = 50
    assert one_time_patience(returned, censored, history_days=1000) == (365, 395)
