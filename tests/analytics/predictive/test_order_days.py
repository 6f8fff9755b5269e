"""What is known of each customer on a day: counted, capped, and blind to what comes later."""

from __future__ import annotations

import numpy as np
import pytest

from analytics.predictive.order_days import capped, rhythm, sample, summary, usual_largest
from tests.analytics.predictive.histories import TODAY, history, simulated


def test_several_orders_on_a_day_are_one_order_day():
    days = history([(0, 9, 10), (0, 9, 5), (0, 3, 1), (2, 9, 7)])
    assert days.customer.tolist() == [0, 0, 2]
    assert days.value.tolist() == [15, 1, 7]
    assert days.counts().tolist() == [2, 0, 1]
    assert days.values().tolist() == [16, 0, 7]


def test_the_summary_of_a_day_counts_only_what_came_before():
    days = history([(0, 50, 10), (0, 20, 0), (0, 0, 99), (1, 0, 5), (2, 10, 4)])
    seen = summary(days, today=TODAY)
    assert seen.customer.tolist() == [0, 2]
    assert seen.orders.tolist() == [2, 1]
    assert seen.recency.repeats.tolist() == [1, 0]
    assert seen.recency.last.tolist() == [30, 0]
    assert seen.recency.watched.tolist() == [50, 10]
    assert seen.mean_value.tolist() == [10, 4]  # The day without a value says nothing of values.


def test_a_single_huge_order_is_cut_and_the_level_of_a_wholesaler_is_not():
    wholesaler = [(0, age, 5_000.0 + age) for age in range(1, 6)]
    by_accident = [(1, 3, 80_000.0), (1, 9, 30.0)]
    once = [(2, 3, 80_000.0)]
    found = capped(history([*wholesaler, *by_accident, *once]), limit=100)
    assert found.value.tolist() == [5_004, 5_004, 5_003, 5_002, 5_001, 30, 100, 100]


def test_the_usual_largest_value_ignores_unknown_values_and_a_shop_without_any():
    assert usual_largest(history([(0, age, age * 1.0) for age in range(101)])) == pytest.approx(
        99.01
    )
    assert usual_largest(history([(0, 1, 0), (1, 2, 0)])) == 0
    assert usual_largest(history([])) == 0


def test_a_sample_is_even_and_keeps_whole_customers():
    days = history([(customer, age, customer) for customer in range(10) for age in (1, 2)])
    part = sample(days, most=4)
    assert part.customer_count == 4
    assert part.value[::2].tolist() == [0, 3, 6, 9]
    assert part.counts().tolist() == [2, 2, 2, 2]
    assert sample(days, most=10) is days


def test_features_are_finite_and_do_not_see_the_future():
    days = simulated(customers=200, days=400, after=60)
    known = days.before(TODAY)
    seen = summary(days, today=TODAY)
    found = rhythm(days, seen, average_value=40)
    assert np.isfinite(found).all()
    assert (found == rhythm(known, summary(known, today=TODAY), average_value=40)).all()
