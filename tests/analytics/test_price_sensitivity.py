from __future__ import annotations

import math
from datetime import timedelta

import numpy as np
import pytest

from analytics.models import CustomerClassification
from analytics.predictive import price_sensitivity as ps
from analytics.refresh import refresh_now
from cdp.models import Product
from tests.analytics.shops import make_customer, make_line, make_order, make_shop
from tests.conftest import NOW


def index_of(*lines: tuple[float, int, int], usual: float = 0.0) -> float:
    """The index of a customer with lines of (price relative to 1, quantity, age in days)."""
    price, quantity, age = (np.array(column) for column in zip(*lines, strict=True))
    found, has_lines = ps.price_index(
        np.zeros(len(lines), np.int64),
        np.log(price.astype(float)),
        np.full(len(lines), usual),
        quantity,
        age,
        count=1,
    )
    assert has_lines.all()
    return float(found[0])


def label(index: float) -> int:
    return int(
        ps.sensitivity(
            np.array([index]), np.array([True]), cheaper_below=0.85, expensive_above=1.15
        )[0]
    )


@pytest.mark.parametrize(
    ("lines", "index", "expected"),
    [
        ([(2.0, 1, 0)], 2**0.25, ps.EXPENSIVE),  # 1.19
        ([(1.5, 1, 0)], 1.5**0.25, ps.AVERAGE),  # 1.11
        ([(1.0, 1, 0)] * 40, 1.0, ps.AVERAGE),
        ([(0.5, 1, 0)], 0.5**0.25, ps.CHEAPER),  # 0.84
        ([(2.0, 3, 0)], 2**0.5, ps.EXPENSIVE),
        ([(2.0, 80_000, 0)], 2**0.5, ps.EXPENSIVE),  # a pallet counts like three
        ([(2.0, 1, 730)], 2 ** (0.5 / 3.5), ps.AVERAGE),  # half the weight after two years
    ],
)
def test_examples(lines: list[tuple[float, int, int]], index: float, expected: int):
    assert index_of(*lines) == pytest.approx(index)
    assert label(index_of(*lines)) == expected


def test_ten_times_the_prices_change_nothing():
    lines = [(0.7, 1, 3), (1.9, 2, 40)]
    tenfold = [(price * 10, quantity, age) for price, quantity, age in lines]
    assert index_of(*lines) == pytest.approx(index_of(*tenfold, usual=math.log(10)))


def test_without_a_usual_price_nothing_is_known():
    _index, has_lines = ps.price_index(
        np.array([0]), np.array([1.0]), np.array([np.nan]), np.array([1]), np.array([0]), count=2
    )
    assert has_lines.tolist() == [False, False]
    assert ps.sensitivity(
        np.ones(2), has_lines, cheaper_below=0.85, expensive_above=1.15
    ).tolist() == [ps.UNKNOWN, ps.UNKNOWN]


@pytest.mark.parametrize(
    ("leaf", "parent", "expected"),
    [
        ((20, 5), (100, 50), 1.0),
        ((19, 5), (100, 50), 2.0),
        ((20, 4), (100, 50), 2.0),
        ((0, 0), (19, 50), 3.0),
    ],
)
def test_a_thin_category_takes_the_prices_of_the_one_above(
    leaf: tuple[int, int], parent: tuple[int, int], expected: float
):
    levels = [
        (np.array([leaf[0]]), np.array([leaf[1]]), np.array([1.0])),
        (np.array([parent[0]]), np.array([parent[1]]), np.array([2.0])),
    ]
    assert ps.usual_log_price(levels, 3.0).tolist() == [expected]


@pytest.mark.django_db
def test_a_wholesalers_pallet_does_not_make_everybody_else_buy_expensive():
    make_shop()
    products = [
        Product.objects.create(external_id=str(price), price=price) for price in (8, 9, 10, 11, 12)
    ]
    for number in range(5):
        order = make_order(make_customer(number), NOW - timedelta(days=10))
        for product in products:
            make_line(order, product)
    wholesaler = make_customer(5)
    make_line(make_order(wholesaler, NOW - timedelta(days=10)), products[0], 80_000)
    refresh_now(now=NOW)
    others = CustomerClassification.objects.exclude(customer=wholesaler)
    assert set(others.values_list("price_sensitivity", flat=True)) == {"average"}
