"""What is recommended as new is new, fits, can be had, and nobody is left without."""

from __future__ import annotations

import numpy as np
import pytest

from analytics.predictive.recommend import (
    NO_PRODUCT,
    Shelf,
    fading,
    fit_shelf,
    history,
    new_for_you,
)
from tests.analytics.predictive.interest_shop import (
    CUSTOMERS,
    DAY,
    PRODUCTS,
    SNEAKER,
    bought,
    lines,
    record,
)

EVERYTHING = np.ones(PRODUCTS + 1, np.bool_)
SHOP = record(lines()).products
HALF = PRODUCTS // 2


@pytest.fixture(scope="module")
def shelf() -> Shelf:
    return fit_shelf(SHOP, day=DAY, available=EVERYTHING)


def test_new_for_you_is_new_and_of_the_taste(shelf: Shelf):
    had = history(SHOP, shelf)
    new = new_for_you(shelf, had, most=3)
    owned = set(zip(had.customer.tolist(), had.item.tolist(), strict=True))
    size = np.bincount(had.customer, minlength=CUSTOMERS)
    campers = np.arange(CUSTOMERS) % 2 == 0
    undecided = (size > 0) & (size < 6)
    assert undecided.sum() > 20
    assert ((new.products[undecided, 0] < HALF) == campers[undecided]).mean() > 0.9
    for customer in range(CUSTOMERS):
        assert not owned & {(customer, product) for product in new.products[customer].tolist()}


def test_what_cannot_be_had_is_never_named():
    available = EVERYTHING.copy()
    available[[2, 14]] = False
    shelf = fit_shelf(SHOP, day=DAY, available=available)
    had = history(SHOP, shelf)
    lists = new_for_you(shelf, had, most=30)
    assert not np.isin(lists.products, [2, 14]).any()
    assert not (lists.products >= 0).all()


def test_a_newsletter_about_one_brand_stays_personal(shelf: Shelf):
    among = np.zeros(PRODUCTS + 1, np.bool_)
    among[[1, 2, 13]] = True
    had = history(SHOP, shelf)
    lists = new_for_you(shelf, had, most=5, among=among)
    assert set(np.unique(lists.products).tolist()) <= {NO_PRODUCT, 1, 2, 13}
    first = new_for_you(shelf, had, most=1, among=among).products[:, 0]
    assert len(set(first.tolist())) >= 3


def test_without_history_the_popular_is_named():
    rows = [(customer, 4, 90) for customer in range(5)] + [
        (customer, 6, 91) for customer in range(3)
    ]
    shop = bought(rows, customers=6, items=PRODUCTS + 1)
    shelf = fit_shelf(shop, day=100, available=EVERYTHING)
    assert new_for_you(shelf, history(shop, shelf), most=2).products[5].tolist() == [4, 6]


def test_later_purchases_change_nothing(shelf: Shelf):
    past = SHOP.before(DAY)
    again = fit_shelf(past, day=DAY, available=EVERYTHING)
    ours = new_for_you(again, history(past, again), most=5)
    assert (ours.products == new_for_you(shelf, history(SHOP, shelf), most=5).products).all()


def test_an_empty_shop_recommends_something_only_if_there_is_something():
    shop = bought([], customers=2, items=PRODUCTS + 1)
    shelf = fit_shelf(shop, day=DAY, available=EVERYTHING)
    assert (new_for_you(shelf, history(shop, shelf), most=2).products >= 0).all()
    nothing = fit_shelf(shop, day=DAY, available=~EVERYTHING)
    had = history(shop, nothing)
    assert (new_for_you(nothing, had, most=2).products == NO_PRODUCT).all()
    assert SNEAKER == PRODUCTS


@pytest.mark.parametrize(("gap", "days"), [(7, 60), (60, 180), (300, 365)])
def test_purchases_fade_at_the_pace_of_the_shop(gap, days):
    rows = [(customer, 0, 2000 - gap * visit) for customer in range(30) for visit in range(3)]
    shop = bought(rows, customers=30, items=1)
    assert fading(shop, day=2001) == days
    assert fading(shop, day=2000 - gap) == 60  # One visit each: too little to know the pace.
