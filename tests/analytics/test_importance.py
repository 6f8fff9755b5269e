from __future__ import annotations

import numpy as np
import pytest

from analytics.predictive import importance
from analytics.predictive.importance import FREQUENT, LOYAL, NONE, ONE_TIME, VIP


def groups(
    orders: list[float], value: list[float] | None = None, previous: list[int] | None = None
) -> importance.Groups:
    return importance.groups(
        np.array(orders, float),
        np.array(orders if value is None else value, float),
        np.full(len(orders), 3),
        np.array(previous or [NONE] * len(orders)),
        vip_share=0.10,
        frequent_rank=0.60,
        hysteresis=0.02,
    )


def test_one_in_ten_is_a_vip_and_three_in_ten_are_frequent():
    found = groups(list(range(100)))
    assert [int((found.group == code).sum()) for code in (VIP, FREQUENT, LOYAL)] == [10, 30, 60]


def test_a_vip_must_be_high_in_orders_and_in_value():
    orders, value = list(range(100)), list(range(100))
    value[99] = -1
    orders[98] = -1
    found = groups(orders, value)
    assert found.group[99] == FREQUENT
    assert found.group[98] == LOYAL
    assert (found.group == VIP).sum() == 10


def test_equal_customers_share_the_lower_rank_and_the_lower_group():
    assert importance.ranks(np.array([1.0, 2, 2, 3])).tolist() == [0, 0.25, 0.25, 0.75]
    # The ten places of the VIPs would cut through a tie of twenty: none of them gets one.
    found = groups([*range(75), *[100] * 20, *range(200, 205)])
    assert (found.group == VIP).sum() == 5
    assert set(found.group[75:95]) == {FREQUENT}


def test_there_is_no_vip_where_all_are_equal():
    found = groups([5.0] * 50)
    assert set(found.group) == {LOYAL}
    assert found.limit == importance.UNREACHED


def test_a_group_is_kept_until_the_limit_is_passed_by_the_margin():
    fresh = groups(list(range(100)))
    assert fresh.limit == pytest.approx(0.90)
    was_vip = groups(list(range(100)), previous=[VIP] * 100)
    assert np.flatnonzero(was_vip.group == VIP).tolist() == list(range(88, 100))
    was_loyal = groups(list(range(100)), previous=[LOYAL] * 100)
    assert np.flatnonzero(was_loyal.group == VIP).tolist() == list(range(92, 100))
    assert np.flatnonzero(was_loyal.group == FREQUENT).tolist() == list(range(62, 92))
    was_frequent = groups(list(range(100)), previous=[FREQUENT] * 100)
    assert np.flatnonzero(was_frequent.group == LOYAL).tolist() == list(range(58))


@pytest.mark.parametrize("seed", range(20))
def test_applying_the_groups_once_more_changes_nothing(seed: int):
    chance = np.random.default_rng(seed)
    orders = chance.integers(2, 30, 200) + chance.random(200)
    value = orders * chance.lognormal(3, 1, 200)
    previous = chance.choice([NONE, ONE_TIME, LOYAL, FREQUENT, VIP], 200).tolist()
    first = groups(orders.tolist(), value.tolist(), previous)
    second = groups(orders.tolist(), value.tolist(), first.group.tolist())
    assert (first.group == second.group).all()


def test_a_small_shop_has_fixed_limits():
    found = importance.groups(
        np.array([9.0, 9, 6, 3]),
        np.array([1000.0, 200, 100, 100]),
        np.array([5, 5, 4, 2]),
        np.array([NONE] * 4),
        vip_share=0.10,
        frequent_rank=0.60,
        hysteresis=0.02,
    )
    assert found.group.tolist() == [VIP, FREQUENT, FREQUENT, LOYAL]
    assert found.limit is None
    assert np.isnan(found.rank).all()


def test_silence_beyond_patience_does_not_lower_the_pace():
    def pace(silence: int) -> float:
        return float(
            importance.own_pace(
                np.array([10]), np.array([900]), np.array([silence]), np.array([120.0]), mean_gap=80
            )[0]
        )

    assert pace(0) == pytest.approx(3650 / 980)
    assert pace(120) == pace(2000) == pytest.approx(3650 / 1100)


def test_the_value_of_an_order_leans_on_the_shop_while_there_are_few():
    value = importance.own_order_value(
        np.array([300.0, 0.0]), np.array([1, 0]), average_order_value=60
    )
    assert value.tolist() == [140.0, 60.0]
