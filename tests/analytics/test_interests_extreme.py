"""Shops of which little or nothing can be learned about interest say so."""

from __future__ import annotations

from datetime import timedelta

import pytest

from analytics.interest_targets import follow
from analytics.models import BackTest, Interest, InterestTarget, Prediction, Shortage, TargetKind
from analytics.refresh import refresh_now
from cdp.models import Product
from tests.analytics.taste_shop import (
    FAR_BACK,
    add_lines,
    make_customers,
    make_goods,
    make_taste_shop,
)
from tests.conftest import NOW
from tests.factories import make_product, make_shop

pytestmark = pytest.mark.django_db

INTERESTS = (Prediction.CATEGORIES, Prediction.BRANDS, Prediction.PRODUCTS, Prediction.KEYWORDS)


def shortages() -> dict[str, tuple[str, int | None, int | None]]:
    reports = BackTest.objects.filter(prediction__in=INTERESTS)
    return {one.prediction: (one.shortage, one.shortage_needs, one.shortage_has) for one in reports}


def assert_nobody_is_interested() -> None:
    assert not Interest.objects.exists()
    assert not InterestTarget.objects.filter(medium_limit__isnull=False).exists()


def test_an_empty_shop():
    make_shop()
    refresh_now(now=NOW, full=True)
    assert_nobody_is_interested()
    assert shortages() == dict.fromkeys(INTERESTS, (Shortage.TARGETS, 1, 0))


def test_products_but_no_orders():
    make_shop()
    make_goods()
    make_customers(3)
    refresh_now(now=NOW, full=True)
    assert_nobody_is_interested()
    assert shortages() == dict.fromkeys(INTERESTS, (Shortage.TARGETS, 1, 0))


def test_one_customer_with_one_order():
    make_shop()
    goods = make_goods()
    make_customers(1)
    add_lines(goods, [(0, 0, FAR_BACK - 3)])
    follow(TargetKind.BRAND, "Nordisk")
    refresh_now(now=NOW, full=True)
    assert_nobody_is_interested()
    assert shortages()[Prediction.BRANDS] == (Shortage.TARGETS, 1, 0)


def test_all_on_one_day():
    make_shop()
    goods = make_goods()
    make_customers(60)
    add_lines(goods, [(customer, customer % 24, FAR_BACK - 9) for customer in range(60)])
    refresh_now(now=NOW, full=True)
    assert_nobody_is_interested()
    assert {found[0] for found in shortages().values()} <= {
        Shortage.TARGETS,
        Shortage.FIRST_PURCHASES,
    }


def test_one_product():
    make_shop()
    make_customers(150)
    goods = [make_product("Tent", brand="Nordisk", category="Outdoor")]
    days = range(10, FAR_BACK, 20)
    add_lines(
        goods,
        [
            (customer, 0, day + customer % 17)
            for customer in range(150)
            for day in days
            if (customer * 7 + day) % (2 + customer % 5) == 0 and day + customer % 17 < FAR_BACK
        ],
    )
    refresh_now(now=NOW, full=True)
    found = InterestTarget.objects.get(kind=TargetKind.PRODUCT)
    assert found.medium_count > 0
    assert Interest.objects.filter(has_bought=False).count() == 0
    assert set(Interest.objects.values_list("reason", flat=True)) == {None}


def test_everything_bought_by_everybody():
    make_shop()
    goods = make_goods()[:4]
    make_customers(120)
    rows = [(customer, product, 5) for customer in range(120) for product in range(4)]
    rows += [
        (customer, (customer + day) % 4, day + customer % 25)
        for customer in range(120)
        for day in range(30, FAR_BACK - 25, 40)
    ]
    add_lines(goods, rows)
    refresh_now(now=NOW, full=True)
    assert Interest.objects.filter(has_bought=True).exists()
    assert not Interest.objects.filter(has_bought=False).exists()
    assert set(shortages().values()) <= {("", None, None), (Shortage.TARGETS, 1, 0)}


def test_a_customer_with_a_thousand_order_days_and_gaps_of_years():
    goods = make_taste_shop(customers=120)
    make_long_history(goods)
    refresh_now(now=NOW, full=True)
    scores = Interest.objects.values_list("score", flat=True)
    assert all(0 < score <= 1 for score in scores)


def make_long_history(goods: list[Product]) -> None:
    everyday = [(0, day % 24, FAR_BACK - 1 - day) for day in range(1000)]
    add_lines(goods, [*everyday, (1, 0, FAR_BACK - 3000)])


def test_products_of_the_future_are_not_new_yet():
    make_taste_shop(customers=120)
    make_product("Meteorite", brand="Nordisk", first_seen_at=NOW + timedelta(days=3))
    refresh_now(now=NOW, full=True)
    assert not InterestTarget.objects.filter(label="Meteorite").exists()
