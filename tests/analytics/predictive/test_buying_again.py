"""Buy again comes from the own history, learns what repeats, and needs no habit to work."""

from __future__ import annotations

import numpy as np
import pytest

from analytics.predictive import buying_again
from analytics.predictive.buying_again import (
    buy_again,
    fit_buying_again,
    one_list,
    pair_affinity,
)
from analytics.predictive.purchases import Purchases
from analytics.predictive.recommend import NO_PRODUCT, Lists, fit_shelf, history, new_for_you
from tests.analytics.predictive.interest_shop import CUSTOMERS, DAY, PRODUCTS, bought, lines

EVERYTHING = np.ones(PRODUCTS + 1, np.bool_)
STAPLE = 5


def again(
    shop: Purchases,
    *,
    day: int = DAY,
    most: int = 3,
    available: np.ndarray = EVERYTHING,
    among: np.ndarray | None = None,
) -> Lists:
    model = fit_buying_again(shop, day=day, horizon_days=30, available=available)
    shelf = fit_shelf(shop, day=day, available=available)
    return buy_again(model, shelf, history(shop, shelf), most=most, among=among)


@pytest.fixture(scope="module")
def shop() -> Purchases:
    """Random tastes, and everybody buys the staple every two weeks or so."""
    random = np.random.default_rng(8)
    rows = lines()
    rows = rows[rows[:, 1] != STAPLE].tolist()
    for customer in range(CUSTOMERS):
        days = np.cumsum(random.integers(10, 18, 30)) + 60
        rows += [(customer, STAPLE, int(day)) for day in days]
    return bought(rows, customers=CUSTOMERS, items=PRODUCTS + 1)


def test_what_customers_buy_over_and_over_comes_first(shop: Purchases):
    lists = again(shop)
    assert (lists.products[:, 0] == STAPLE).mean() > 0.95
    assert (np.diff(lists.scores, axis=1) <= 0).all()
    assert ((lists.scores > 0) == (lists.products != NO_PRODUCT)).all()


def test_scores_are_chances_given_an_order(shop: Purchases):
    lists = again(shop, most=1)
    assert lists.scores[:, 0].mean() == pytest.approx(1.0, abs=0.05)


def test_it_names_only_what_the_customer_had_and_can_get(shop: Purchases):
    available = EVERYTHING.copy()
    available[[2, STAPLE]] = False
    lists = again(shop, most=30, available=available)
    known = shop.before(DAY)
    had = set(zip(known.customer.tolist(), known.item.tolist(), strict=True))
    named = {(c, p) for c in range(CUSTOMERS) for p in lists.products[c].tolist() if p >= 0}
    assert named == {(c, p) for c, p in had if p not in (2, STAPLE)}


def test_it_can_be_about_one_brand(shop: Purchases):
    among = np.zeros(PRODUCTS + 1, np.bool_)
    among[[1, 2, 13]] = True
    named = np.unique(again(shop, among=among).products).tolist()
    assert named == [NO_PRODUCT, 1, 2, 13]


def test_with_too_few_repeats_own_frequency_decides():
    rows = [(0, 9, day) for day in (1, 50, 90)] + [(0, 5, 90)] + [(9, 7, 90)]
    lists = again(bought(rows, customers=10, items=PRODUCTS + 1), day=100)
    assert lists.products[0].tolist() == [9, 5, NO_PRODUCT]
    assert lists.scores[0, 2] == 0
    assert lists.products[1].tolist() == [NO_PRODUCT] * 3


def test_later_purchases_change_nothing(shop: Purchases):
    assert (again(shop.before(DAY)).scores == again(shop).scores).all()


def test_affinity_sums_what_all_purchases_say_in_blocks_of_any_size(
    shop: Purchases, monkeypatch: pytest.MonkeyPatch
):
    shelf = fit_shelf(shop, day=DAY, available=EVERYTHING)
    had = history(shop, shelf)
    matrix = had.matrix(np.sqrt(had.recent))[:, shelf.relation.items]
    whole = np.asarray(matrix @ shelf.relation.weights)[had.customer, had.item]
    assert pair_affinity(shelf, had, had.customer, had.item) == pytest.approx(whole)
    monkeypatch.setattr(buying_again, "BLOCK", 50)
    assert pair_affinity(shelf, had, had.customer, had.item) == pytest.approx(whole)


def test_the_one_list_starts_with_buy_again_and_fills_up_with_new():
    rows = [(0, 3, 1), (0, 5, 2), (1, 3, 3), (1, 8, 4)]
    shop = bought(rows, customers=3, items=PRODUCTS + 1)
    shelf = fit_shelf(shop, day=100, available=EVERYTHING)
    both = one_list(again(shop, day=100, most=4), new_for_you(shelf, history(shop, shelf), most=4))
    assert set(both.products[0, :2].tolist()) == {3, 5}
    assert both.products[0, 2] == 8
    assert (both.products[0] != NO_PRODUCT).all()


def test_an_empty_shop_and_empty_shelves_name_nothing():
    shop = bought([], customers=2, items=PRODUCTS + 1)
    assert (again(shop).products == NO_PRODUCT).all()
    full = bought(lines().tolist(), customers=CUSTOMERS, items=PRODUCTS + 1)
    assert (again(full, available=~EVERYTHING).products == NO_PRODUCT).all()
