"""EASE follows its closed form, explains itself, and lets the new inherit from its kin."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse import csr_array

from analytics.predictive.ease import ease_scores, fit_ease, kept_items
from analytics.predictive.relations import NO_REASON, reasons, relate, siblings, themselves

TENT, STOVE, PAN, KNIFE, LAMP = range(5)
BASKETS = csr_array(
    np.array(
        [[1, 1, 0, 0, 0]] * 30 + [[0, 0, 1, 1, 0]] * 30 + [[1, 0, 0, 0, 0], [0, 0, 1, 0, 0]] * 5,
        np.float64,
    )
)


def test_ease_is_ridge_regression_of_each_item_on_all_others():
    random = np.random.default_rng(3)
    matrix = csr_array((random.random((50, 6)) < 0.4).astype(float))
    model = fit_ease(matrix, ridge=2.0, most=6)
    dense = matrix.toarray()
    for item in range(6):
        others = np.delete(np.arange(6), item)
        x = dense[:, others]
        expected = np.linalg.solve(x.T @ x + 2.0 * np.eye(5), x.T @ dense[:, item])
        assert model.weights[others, item] == pytest.approx(expected)
        assert model.weights[item, item] == 0


def test_only_the_most_bought_are_kept_and_never_one_without_a_buyer():
    assert kept_items(BASKETS, most=2).tolist() == [TENT, PAN]
    assert kept_items(BASKETS, most=9).tolist() == [TENT, STOVE, PAN, KNIFE]
    model = fit_ease(BASKETS, ridge=1.0, most=2)
    assert model.place(np.array([PAN, LAMP])).tolist() == [1, -1]
    assert not ease_scores(model, BASKETS, np.array([LAMP])).any()


def test_an_empty_shop_scores_nothing():
    empty = csr_array((3, 4))
    model = fit_ease(empty, ridge=1.0, most=4)
    assert ease_scores(model, empty, np.array([0, 3])).tolist() == [[0, 0]] * 3
    relation = relate(model, empty, themselves(np.array([0, 3]), 4))
    assert np.isfinite(relation.affinity(empty)).all()


def test_affinity_is_higher_for_whoever_bought_what_goes_with_it():
    model = fit_ease(BASKETS, ridge=1.0, most=5)
    relation = relate(model, BASKETS, themselves(np.array([STOVE]), 5))
    tent, pan = relation.affinity(csr_array(np.eye(5)))[[TENT, PAN], 0]
    assert tent > 0 > pan
    assert np.isfinite(relation.affinity(csr_array((1, 5)))).all()


def test_the_reason_is_what_speaks_loudest_and_nothing_where_nothing_speaks():
    model = fit_ease(BASKETS, ridge=1.0, most=5)
    relation = relate(model, BASKETS, themselves(np.array([STOVE, KNIFE]), 5))
    people = csr_array(np.array([[1.0, 0, 1, 0, 0], [0, 0, 0, 0, 0]]))
    found = reasons(relation, people, np.array([0, 0, 1]), np.array([0, 1, 0]), most=2)
    assert found.tolist() == [[TENT, NO_REASON], [PAN, NO_REASON], [NO_REASON, NO_REASON]]


def test_reasons_come_loudest_first_and_count_how_much_the_customer_has():
    model = fit_ease(csr_array(np.array([[1.0, 1, 1, 0, 0]] * 9)), ridge=1.0, most=5)
    relation = relate(model, BASKETS, themselves(np.array([PAN]), 5))
    often = csr_array(np.array([[1.0, 3, 0, 0, 0], [3, 1, 0, 0, 0]]))
    found = reasons(relation, often, np.array([0, 1]), np.array([0, 0]), most=2)
    assert found.tolist() == [[STOVE, TENT], [TENT, STOVE]]


def test_a_new_product_inherits_from_brand_and_category_then_either_then_itself():
    brand = np.array([0, 0, 1, 1, 0, 1, 2, -1])
    category = np.array([0, 1, 0, 1, 0, 2, 3, -1])
    buyers = np.array([9, 9, 9, 9, 0, 0, 0, 0])
    kin = siblings(np.arange(8), buyers, brand, category, enough=5).toarray()
    assert kin[:4].tolist() == np.eye(8)[:4].tolist()
    assert np.flatnonzero(kin[4]).tolist() == [0]
    assert np.flatnonzero(kin[5]).tolist() == [2, 3]
    assert kin[5, 2] == 0.5
    assert kin[6, 6] == kin[7, 7] == 1


def test_a_category_is_the_sum_of_its_products():
    model = fit_ease(BASKETS, ridge=1.0, most=5)
    cooking = csr_array(np.array([[0.0, 0, 1, 1, 0]]))
    parts = relate(model, BASKETS, themselves(np.array([PAN, KNIFE]), 5))
    whole = relate(model, BASKETS, cooking)
    assert whole.weights[:, 0] == pytest.approx(parts.weights.sum(axis=1))
