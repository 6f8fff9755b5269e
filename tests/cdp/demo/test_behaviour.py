"""The demo shop looks like a shop: shares, seasons, habits and money, without a database."""

from __future__ import annotations

import numpy as np
import pytest

from cdp.demo.assortment import BRANDS, LEAVES
from cdp.demo.browsing import KINDS
from cdp.demo.calendar import black_friday
from cdp.demo.consents import WAYS
from cdp.demo.purchases import STATUS
from tests.cdp.demo.plans import made

LEAF = {leaf.path[2]: number for number, leaf in enumerate(LEAVES)}
DAY = 86_400


def orders_per_customer():
    chunk, *_ = made()
    orders = chunk.purchases.orders
    known = orders.is_paid & (orders.customers >= 0)
    return np.bincount(orders.customers[known], minlength=len(chunk.people.registered_at))


def revenue_per_customer():
    chunk, *_ = made()
    orders = chunk.purchases.orders
    counted = (orders.is_paid | (orders.totals < 0)) & (orders.customers >= 0)
    return np.bincount(
        orders.customers[counted],
        (orders.totals - orders.refunded)[counted] / 100,
        minlength=10_000,
    )


def months_of_lines(name: str):
    """Lines of a leaf category by calendar month."""
    chunk, catalogue, calendar = made()
    lines, orders = chunk.purchases.lines, chunk.purchases.orders
    of_leaf = (catalogue.leaves[lines.products] == LEAF[name]) & (lines.quantities > 0)
    days = calendar.days_of(orders.placed_at[lines.baskets[of_leaf]])
    return np.bincount(calendar.months[days], minlength=12)


def buyers_of(name: str) -> set[int]:
    chunk, catalogue, _calendar = made()
    lines, orders = chunk.purchases.lines, chunk.purchases.orders
    of_leaf = catalogue.leaves[lines.products] == LEAF[name]
    bought = of_leaf & orders.is_paid[lines.baskets]
    return set(orders.customers[lines.baskets[bought]].tolist()) - {-1}


def test_seven_in_ten_buyers_order_once():
    orders = orders_per_customer()
    assert 0.65 <= (orders[orders > 0] == 1).mean() <= 0.75


def test_some_customers_never_ordered():
    assert 0.08 <= (orders_per_customer() == 0).mean() <= 0.18


def test_best_tenth_of_the_repeaters_brings_a_fifth_of_the_revenue():
    revenue = revenue_per_customer()
    repeaters = np.sort(revenue[orders_per_customer() > 1])[::-1]
    share = repeaters[: len(repeaters) // 10].sum() / revenue.sum()
    assert 0.15 <= share <= 0.32


def test_no_single_customer_dominates():
    revenue = revenue_per_customer()
    assert revenue.max() / revenue.sum() < 0.02


@pytest.mark.parametrize(
    ("name", "high", "low"),
    [
        ("Ski jackets", (10, 11, 0), (3, 4, 5, 6)),
        ("Tents", (4, 5, 6), (9, 10, 11, 0)),
        ("Hiking boots", (2, 3, 4), (9, 10, 0)),
    ],
)
def test_categories_have_their_season(name: str, high: tuple[int, ...], low: tuple[int, ...]):
    months = months_of_lines(name)
    assert months[list(high)].mean() > 2.5 * months[list(low)].mean()


def test_black_friday_and_christmas_stand_out():
    chunk, _catalogue, calendar = made()
    days = calendar.days_of(chunk.purchases.orders.placed_at)
    per_day = np.bincount(days, minlength=len(calendar.days))
    for year in (2024, 2025):
        peak = per_day[calendar.days.index(black_friday(year))]
        usual = np.median(per_day[[day.year == year for day in calendar.days]])
        assert peak > 2.5 * usual
    advent = [n for n, d in enumerate(calendar.days) if d.month == 12 and d.day <= 19]
    spring = [n for n, d in enumerate(calendar.days) if d.month == 3 and d.day <= 19]
    assert per_day[advent].mean() > 1.2 * per_day[spring].mean()


def test_tents_are_bought_with_and_without_mosquito_spray():
    tents, spray = buyers_of("Tents"), buyers_of("Mosquito spray")
    assert len(tents & spray) > 50
    assert len(tents - spray) > 50


def test_bicycles_are_bought_with_and_without_a_lock():
    bicycles, locks = buyers_of("City bicycles"), buyers_of("Bicycle locks")
    assert min(len(bicycles & locks), len(bicycles - locks)) > 20


def test_brands_of_the_examples_are_sold_every_season():
    chunk, catalogue, _calendar = made()
    sold = np.bincount(catalogue.brands[chunk.purchases.lines.products], minlength=len(BRANDS))
    by_name = {brand.name: int(count) for brand, count in zip(BRANDS, sold, strict=True)}
    for name in ("Nike", "Adidas", "Under Armour", "Hummel", "Vettex"):
        assert by_name[name] > 100, name


@pytest.mark.parametrize(("period", "tolerance"), [(30, 6), (91, 12), (182, 20), (365, 20)])
def test_some_customers_come_back_at_a_steady_pace(period: int, tolerance: int):
    chunk, _catalogue, _calendar = made()
    orders = chunk.purchases.orders
    known = np.flatnonzero(orders.is_paid & (orders.customers >= 0))
    order = known[np.lexsort((orders.placed_at[known], orders.customers[known]))]
    customers, moments = orders.customers[order], orders.placed_at[order]
    same = customers[1:] == customers[:-1]
    gaps = (np.diff(moments) / DAY)[same]
    owners = customers[1:][same]
    steady = sum(
        1
        for owner in np.unique(owners)
        if len(own := gaps[owners == owner]) >= 2 and np.all(np.abs(own - period) <= tolerance)
    )
    assert steady >= 15


def test_orders_meet_every_fate():
    chunk, *_ = made()
    orders = chunk.purchases.orders
    counts = np.bincount(orders.statuses, minlength=len(STATUS))
    assert (counts > 20).all()
    assert 0.01 < (orders.totals < 0).mean() < 0.08
    assert 0.02 < (orders.customers < 0).mean() < 0.08


def test_money_of_an_order_adds_up():
    chunk, *_ = made()
    orders, lines = chunk.purchases.orders, chunk.purchases.lines
    regular = lines.sums(lines.quantities * lines.unit_prices, len(orders))
    assert (orders.totals == regular - orders.discounts + orders.shipping).all()
    assert (lines.sums(lines.amounts, len(orders)) + orders.shipping == orders.totals).all()
    assert (np.abs(lines.discounts) <= np.abs(lines.quantities * lines.unit_prices)).all()


def test_refunds_add_up_to_what_the_order_says():
    chunk, *_ = made()
    orders, refunds = chunk.purchases.orders, chunk.purchases.refunds
    given = np.bincount(refunds.orders, refunds.totals, minlength=len(orders)).astype(np.int64)
    assert (given == orders.refunded).all()
    assert (orders.refunded <= np.maximum(orders.totals, 0)).all()
    whole = orders.statuses == STATUS["refunded"]
    assert (orders.refunded[whole] == orders.totals[whole]).all()
    assert (refunds.moments > orders.placed_at[refunds.orders]).all()


def test_nothing_happens_after_the_end_or_before_signing_up():
    chunk, catalogue, calendar = made()
    moments = [
        chunk.people.registered_at,
        chunk.purchases.orders.placed_at,
        chunk.purchases.orders.cancelled_at,
        chunk.purchases.refunds.moments,
        chunk.consents.moments,
        chunk.carts.started_at,
        chunk.carts.abandoned_at,
        chunk.events.moments,
        catalogue.first_seen_at,
    ]
    assert max(int(part.max()) for part in moments) < calendar.end_at
    assert (chunk.consents.moments >= chunk.people.registered_at[chunk.consents.customers]).all()
    orders = chunk.purchases.orders
    known = orders.customers >= 0
    joined_at = chunk.people.registered_at[orders.customers[known]]
    assert (orders.placed_at[known] >= joined_at).all()


def test_products_are_sold_only_once_they_are_in_the_shop():
    chunk, catalogue, _calendar = made()
    lines, orders = chunk.purchases.lines, chunk.purchases.orders
    bought = lines.quantities > 0
    first_seen = catalogue.first_seen_at[lines.products[bought]]
    assert (first_seen <= orders.placed_at[lines.baskets[bought]]).all()


def test_consents_are_granted_refused_and_withdrawn_on_every_way():
    chunk, *_ = made()
    consents = chunk.consents
    for number, way in enumerate(WAYS):
        current = consents.is_last & (consents.ways == number)
        granted = consents.is_granted[current]
        assert granted.sum() > 20, way
        assert (~granted).sum() > 5, way
    withdrawn = ~consents.is_granted & ~consents.is_last
    assert withdrawn.any()


def test_carts_are_left_won_back_and_still_open():
    chunk, _catalogue, calendar = made()
    carts = chunk.carts
    left = carts.abandoned_at > 0
    assert (left & (carts.orders < 0)).sum() > 500
    assert (left & (carts.orders >= 0)).sum() > 200
    assert (~left).sum() > 0
    assert (carts.customers < 0).any()
    recent = carts.abandoned_at > calendar.end_at - 3 * DAY
    assert recent.sum() > 5
    won = carts.orders >= 0
    assert (carts.abandoned_at[won] < chunk.purchases.orders.placed_at[carts.orders[won]]).all()


def test_every_kind_of_event_occurs():
    chunk, *_ = made()
    assert (np.bincount(chunk.events.kinds, minlength=len(KINDS)) > 50).all()


def test_equal_arguments_make_equal_shops_and_other_seeds_other_ones():
    first, *_ = made()
    made.cache_clear()
    again, *_ = made()
    other, *_ = made(10_000, 2)
    assert (first.purchases.orders.totals == again.purchases.orders.totals).all()
    assert first.people.email_names.tolist() == again.people.email_names.tolist()
    assert (first.events.moments == again.events.moments).all()
    assert first.people.email_names.tolist() != other.people.email_names.tolist()
