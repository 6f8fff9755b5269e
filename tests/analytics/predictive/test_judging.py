"""The figures of a back-test, worked out by hand and against their definitions."""

from __future__ import annotations

import numpy as np
import pytest

from analytics.predictive import judging


def test_an_area_is_the_chance_that_a_hit_is_scored_above_a_miss():
    score = np.array([3.0, 1.0, 2.0, 2.0, 0.0])
    hit = np.array([True, False, True, False, False])
    pairs = [(a > b) + (a == b) / 2 for a in score[hit] for b in score[~hit]]
    assert judging.auc(score, hit) == pytest.approx(np.mean(pairs))
    assert judging.auc(np.zeros(5), hit) == 0.5
    assert judging.auc(-score, hit) == pytest.approx(1 - np.mean(pairs))


@pytest.mark.parametrize("hit", [[], [1, 1], [0, 0]])
def test_no_area_where_everybody_or_nobody_did_it(hit):
    assert judging.auc(np.arange(len(hit), dtype=float), np.array(hit)) is None


def test_the_error_of_an_area_shrinks_with_the_cases():
    few, many = np.repeat([1, 0], 50), np.repeat([1, 0], 5_000)
    assert judging.auc_error(0.75, few) == pytest.approx(0.0488, abs=0.0002)
    assert judging.auc_error(0.75, many) == pytest.approx(0.00488, abs=0.00005)


def test_lift_compares_the_best_tenth_with_all():
    score = np.arange(100.0)
    hit = np.zeros(100)
    hit[[99, 98, 97, 10, 20]] = 1
    assert judging.lift(score, hit) == pytest.approx((3 / 10) / (5 / 100))
    assert judging.lift(score, np.zeros(100)) is None
    assert judging.lift(np.ones(3), np.array([1, 0, 0])) == 3
    assert judging.best(np.array([])).size == 0


def test_brier_and_calibration():
    chance = np.repeat([0.1, 0.9], 50)
    hit = np.r_[np.tile([1, 0, 0, 0, 0], 10), np.tile([1, 1, 1, 1, 0], 10)]
    assert judging.calibration_error(chance, hit) == pytest.approx(0.1)
    assert judging.brier(chance, hit) == pytest.approx(0.8 * 0.01 + 0.2 * 0.81)
    assert judging.calibration_error(np.array([]), np.array([])) is None
    assert judging.brier(np.array([]), np.array([])) is None


def test_tenths_cover_all_cases_from_the_lowest_up():
    found = judging.tenths(np.linspace(0, 1, 23), np.r_[np.zeros(12), np.ones(11)])
    assert [tenth.cases for tenth in found] == [3, 3, 3, 2, 2, 2, 2, 2, 2, 2]
    assert [tenth.predicted for tenth in found] == sorted(tenth.predicted for tenth in found)
    assert (found[0].observed, found[-1].observed) == (0, 1)
    assert len(judging.tenths(np.array([0.5]), np.array([1]))) == 1


def test_bias_is_a_share_of_what_came():
    assert judging.bias(90, 100) == pytest.approx(-0.1)
    assert judging.bias(90, 0) is None


def test_ndcg_prizes_early_places():
    listed = np.arange(10)
    assert judging.ndcg(listed, {0}) == 1
    assert judging.ndcg(listed, {1}) == pytest.approx(1 / np.log2(3))
    assert judging.ndcg(listed, {50}) == 0
    assert judging.ndcg(listed, set(range(40))) == pytest.approx(1)
    assert judging.ndcg(np.arange(20), {15}) == 0


def test_how_often_it_happened_does_not_matter():
    chance, count = np.linspace(0, 1, 40), np.tile([0.0, 0.0, 1.0, 7.0], 10)
    for judge in (judging.auc, judging.lift, judging.brier, judging.calibration_error):
        assert judge(chance, count) == judge(chance, count > 0)
