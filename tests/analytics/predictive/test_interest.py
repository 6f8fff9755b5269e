"""Interest finds the taste, is calibrated, sees nothing of the future, and says when it cannot."""

from __future__ import annotations

import numpy as np
import pytest

from analytics.predictive.interest import (
    InterestModel,
    bought_within,
    fit_interest,
    predict_interest,
)
from analytics.predictive.interest_features import Record, fit_lens
from analytics.predictive.interest_limits import (
    HIGH,
    MEDIUM,
    best_f1,
    interested,
    operating_limits,
)
from analytics.predictive.purchases import at_level, belonging
from analytics.predictive.regression import NotEnoughDataError
from analytics.predictive.relations import siblings
from tests.analytics.predictive.interest_shop import (
    CUSTOMERS,
    DAY,
    PRODUCTS,
    SNEAKER,
    belongs,
    lines,
    record,
)

HALF = PRODUCTS // 2


@pytest.fixture(scope="module")
def rows() -> np.ndarray:
    return lines()


@pytest.fixture(scope="module")
def shop(rows: np.ndarray) -> Record:
    return record(rows)


@pytest.fixture(scope="module")
def model(shop: Record) -> InterestModel:
    return fit_interest(shop, np.arange(PRODUCTS), day=DAY, horizon_days=30)


def never_bought(shop: Record, targets: np.ndarray) -> np.ndarray:
    return ~bought_within(shop, targets, first=0, after=DAY)


def test_those_of_the_taste_rank_above_the_others(shop: Record, model: InterestModel):
    chance = predict_interest(model, shop)
    campers = np.arange(CUSTOMERS) % 2 == 0
    never = never_bought(shop, np.arange(PRODUCTS))
    for target in (1, HALF - 1):
        wanted = chance[campers & never[:, target], target].mean()
        assert wanted > 3 * chance[~campers & never[:, target], target].mean()


def test_the_total_and_each_tenth_come_true(shop: Record, model: InterestModel):
    chance = predict_interest(model, shop)
    came = bought_within(shop, np.arange(PRODUCTS), first=DAY, after=DAY + 30)
    assert chance.sum() == pytest.approx(came.sum(), rel=0.1)
    order = np.argsort(chance, axis=None)
    for tenth in np.array_split(order, 10):
        assert chance.ravel()[tenth].mean() == pytest.approx(came.ravel()[tenth].mean(), abs=0.03)


def test_later_purchases_change_nothing(rows: np.ndarray, model: InterestModel, shop: Record):
    past = record(rows[rows[:, 2] < DAY])
    relearned = fit_interest(past, np.arange(PRODUCTS), day=DAY, horizon_days=30)
    assert (predict_interest(relearned, past) == predict_interest(model, shop)).all()


def test_chunks_of_customers_give_the_same_as_all_at_once(
    rows: np.ndarray, model: InterestModel, shop: Record
):
    whole = predict_interest(model, shop)
    second = rows[rows[:, 0] >= 400] - np.array([400, 0, 0])
    part = predict_interest(model, record(second, customers=CUSTOMERS - 400))
    assert part == pytest.approx(whole[400:])


def test_brands_are_judged_by_products_too(rows: np.ndarray):
    shop = record(rows, level="brand")
    model = fit_interest(shop, np.arange(6), day=DAY, horizon_days=30, belongs=belongs())
    chance = predict_interest(model, shop)
    campers = np.arange(CUSTOMERS) % 2 == 0
    assert [relation.items.size for relation in model.lens.relations] == [6, 6, PRODUCTS]
    assert chance[campers, 0].mean() > 3 * chance[~campers, 0].mean()


def test_a_product_that_came_today_is_wanted_by_those_who_buy_its_brand(
    shop: Record, model: InterestModel
):
    buyers = np.append(np.full(PRODUCTS, 99), 0)
    brand = np.append(np.arange(PRODUCTS) // 4, 0)
    category = np.append(np.arange(PRODUCTS) // HALF, 0)
    target = np.array([SNEAKER])
    kin = siblings(target, buyers, brand, category, enough=5)
    chance = predict_interest(model.through(fit_lens(shop, target, day=DAY, kin=kin)), shop)[:, 0]
    campers = np.arange(CUSTOMERS) % 2 == 0
    assert chance[campers].mean() > 3 * chance[~campers].mean()
    assert np.isfinite(chance).all()


def test_a_keyword_is_wanted_by_those_who_buy_what_matches_it(rows: np.ndarray):
    keywords = belonging([np.arange(0, 5), np.arange(HALF, HALF + 5)], PRODUCTS + 1)
    products = record(rows).products
    shop = Record(record(rows).orders, products, at_level(products, keywords))
    model = fit_interest(shop, np.arange(2), day=DAY, horizon_days=30, belongs=keywords)
    chance = predict_interest(model, shop)
    campers = np.arange(CUSTOMERS) % 2 == 0
    assert chance[campers, 0].mean() > 3 * chance[~campers, 0].mean()
    assert chance[~campers, 1].mean() > 3 * chance[campers, 1].mean()


@pytest.mark.parametrize(
    "rows",
    [
        np.empty((0, 3), np.int64),
        np.array([[0, 0, DAY - 1]]),
        np.array([[customer, 0, DAY - 9] for customer in range(500)]),
        np.array([[0, product % 5, DAY - product % 300] for product in range(5000)]),
        np.array([[0, 0, 1], [1, 0, DAY + 500]]),
    ],
    ids=["empty shop", "one customer", "all on one day", "5,000 orders", "gaps of years"],
)
def test_a_shop_that_is_too_young_or_small_says_so(rows: np.ndarray):
    with pytest.raises(NotEnoughDataError, match="needs 50 first purchases in the windows, has"):
        fit_interest(record(rows), np.arange(3), day=DAY, horizon_days=30)


def test_whoever_never_ordered_gets_a_number(model: InterestModel):
    chance = predict_interest(model, record(np.empty((0, 3), np.int64), customers=2))
    assert chance.shape == (2, PRODUCTS)
    assert np.isfinite(chance).all()
    assert (chance < 0.5).all()


def test_when_nobody_buys_twice_repeaters_get_what_was_observed():
    rows = lines()
    _first, places = np.unique(rows[:, :2], axis=0, return_index=True)
    shop = record(rows[np.sort(places)])
    model = fit_interest(shop, np.arange(PRODUCTS), day=DAY, horizon_days=30)
    chance = predict_interest(model, shop)
    assert chance[~never_bought(shop, np.arange(PRODUCTS))].max() < 0.001


def test_the_best_limit_balances_precision_and_recall():
    score = np.array([0.9, 0.8, 0.7, 0.6, 0.5, 0.5])
    assert best_f1(score, np.array([True, True, False, False, False, False])) == 0.8
    assert best_f1(score, np.array([True, False, True, True, False, False])) == 0.6
    assert best_f1(score, np.array([False, False, False, False, True, False])) == 0.5
    tied = np.array([0.9, 0.5, 0.5, 0.5, 0.5])
    assert best_f1(tied, np.array([True, True, False, False, False])) == 0.9


def test_strength_is_high_above_the_stricter_limit_and_medium_above_the_looser():
    chance = np.linspace(0, 1, 101)[:, None]
    then = np.linspace(0, 1, 101)[:, None]
    plain = operating_limits(chance)
    assert (plain.medium[0], plain.high[0]) == (pytest.approx(0.91), pytest.approx(0.98))
    assert (interested(chance, plain).strength == HIGH).sum() == 3
    limits = operating_limits(chance, judged=then, bought=then > 0.695)
    assert (limits.medium[0], limits.high[0]) == (pytest.approx(0.7), pytest.approx(0.91))
    result = interested(chance, limits)
    assert result.customer.tolist() == list(range(70, 101))
    assert result.strength.tolist() == [MEDIUM] * 21 + [HIGH] * 10


def test_nobody_to_judge_means_nobody_interested():
    limits = operating_limits(np.empty((0, 2)))
    assert interested(np.empty((0, 2)), limits).customer.size == 0
