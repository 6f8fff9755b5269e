"""Purchases are distinct, sorted, cut by day, and carried up to brands and categories."""

from __future__ import annotations

import numpy as np
import pytest

from analytics.predictive.purchases import at_level, belonging, pairs, purchases
from analytics.predictive.replenishment import cycles, due_items, own_cycles
from tests.analytics.predictive.interest_shop import bought


def test_the_same_item_twice_a_day_is_bought_once_and_no_item_is_no_purchase():
    result = purchases(
        np.array([1, 0, 1, 1]),
        np.array([2, 0, 2, -1]),
        np.array([5, 9, 5, 5]),
        customer_count=2,
        item_count=3,
    )
    assert list(zip(result.customer, result.item, result.day, strict=True)) == [
        (0, 0, 9),
        (1, 2, 5),
    ]


def test_pairs_count_days_before_the_day_and_halve_with_age():
    had = pairs(
        bought([(0, 1, 40), (0, 1, 70), (0, 1, 100), (2, 0, 70)], customers=3, items=2),
        day=100,
        half_life_days=30,
    )
    assert (had.customer.tolist(), had.item.tolist()) == ([0, 2], [1, 0])
    assert had.count.tolist() == [2, 1]
    assert (had.first_day.tolist(), had.last_day.tolist()) == ([40, 70], [70, 70])
    assert had.recent == pytest.approx([0.5 + 0.25, 0.5])
    assert had.matrix(had.count.astype(float)).toarray().tolist() == [[0, 2], [0, 0], [1, 0]]


def test_nobody_bought_anything():
    had = pairs(bought([], customers=2, items=3), day=9, half_life_days=30)
    assert had.matrix(had.recent).toarray().tolist() == [[0] * 3, [0] * 3]


def test_a_product_counts_for_its_category_and_the_ancestors_once_a_day():
    # Product 0: tents < camping; product 1: stoves < camping; product 2 has no category.
    tree = belonging([np.array([0]), np.array([1]), np.array([0, 1])], 3)
    assert tree.toarray().tolist() == [[1, 0, 1], [0, 1, 1], [0, 0, 0]]
    result = at_level(bought([(0, 0, 3), (0, 1, 3), (1, 2, 4)], customers=2, items=3), tree)
    assert list(zip(result.customer, result.item, result.day, strict=True)) == [
        (0, 0, 3),
        (0, 1, 3),
        (0, 2, 3),
    ]


def coffee_every(days: int, *, customers: int, times: int) -> list[tuple[int, int, int]]:
    return [(c, 0, days * n) for c in range(customers) for n in range(times)]


def test_an_item_has_a_cycle_from_thirty_repeats_on():
    enough = bought(coffee_every(20, customers=15, times=3), customers=15, items=2)
    few = bought(coffee_every(20, customers=14, times=3), customers=14, items=2)
    assert cycles(enough, day=100).tolist()[0] == 20
    assert np.isnan(cycles(enough, day=100)[1])
    assert np.isnan(cycles(few, day=100)[0])
    assert np.isnan(cycles(enough, day=40)[0])


def test_an_item_is_due_from_nine_tenths_of_the_own_cycle():
    rows = [*coffee_every(20, customers=20, times=3), (20, 0, 20), (20, 1, 0)]
    shop = bought(rows, customers=21, items=2)
    cycle = cycles(shop, day=50)
    on = {
        day: due_items(pairs(shop, day=day, half_life_days=60), cycle, day=day) for day in (57, 58)
    }
    assert set(on[57][0].tolist()) == {20}
    assert set(on[58][0].tolist()) == set(range(21))
    assert set(on[58][1].tolist()) == {0}


def test_the_own_cycle_leans_to_own_gaps_with_their_number():
    rows = [(0, 0, 0), (0, 0, 50), (1, 0, 0), *((2, 0, 50 * n) for n in range(9))]
    had = pairs(bought(rows, customers=3, items=1), day=500, half_life_days=60)
    assert own_cycles(had, np.array([20.0])) == pytest.approx([(50 + 40) / 3, 20, (400 + 40) / 10])
