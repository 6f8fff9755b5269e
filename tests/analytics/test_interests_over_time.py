"""Interests when the shop changes: new products, new targets, new orders, past moments."""

from __future__ import annotations

from datetime import timedelta

import pytest

from analytics.interest_targets import follow, request_interests
from analytics.models import InterestTarget, RefreshPart, Strength, TargetKind
from analytics.refresh import refresh_now
from cdp.models import Customer, Event, OrderLine, Product
from tests.analytics.shops import mark_changed
from tests.analytics.taste_shop import (
    add_lines,
    campers,
    day_of,
    interested,
    make_taste_shop,
    snapshot,
    target,
)
from tests.cdp.ingest.files import take
from tests.conftest import NOW
from tests.factories import at, make_product

pytestmark = pytest.mark.django_db


def test_a_product_that_came_today_is_wanted_by_those_of_its_taste():
    make_taste_shop()
    made = make_product("Sneaker", brand="Nordisk", category="Outdoor > Tents", first_seen_at=NOW)
    refresh_now(now=NOW, full=True)
    found = target(TargetKind.PRODUCT, str(made.pk))
    assert (found.is_new, found.buyer_count) == (True, 0)
    names = interested(found, has_bought=False)
    assert len(names) >= 15
    assert campers(names) > 0.9


def test_a_product_in_the_file_of_today_is_wanted_today(tmp_path):
    make_taste_shop()
    known = "product_id,name,brand,category\nP1,Kettle,Nordisk,Outdoor > Tents\n"
    take(tmp_path, "products", known, now=NOW - timedelta(days=30))
    take(tmp_path, "products", f"{known}P2,Sneaker,Nordisk,Outdoor > Tents\n")
    refresh_now(now=NOW, full=True)
    made = Product.objects.get(external_id="P2")
    found = target(TargetKind.PRODUCT, str(made.pk))
    assert (found.is_new, found.buyer_count) == (True, 0)
    assert campers(interested(found, has_bought=False)) > 0.9
    old = Product.objects.get(external_id="P1")
    assert not InterestTarget.objects.filter(product=old, is_new=True).exists()


def test_a_keyword_means_something_on_the_day_its_first_product_comes():
    make_taste_shop()
    make_product("Sneaker", brand="Nordisk", category="Outdoor > Tents", first_seen_at=NOW)
    follow(TargetKind.KEYWORD, "sneaker")
    refresh_now(now=NOW, full=True)
    assert campers(interested(target(TargetKind.KEYWORD, "sneaker"))) > 0.9


def test_what_nobody_bought_and_nothing_resembles_interests_nobody():
    make_taste_shop()
    make_product("Meteorite", external_id="M")
    follow(TargetKind.PRODUCT, "M")
    follow(TargetKind.BRAND, "Acme")
    refresh_now(now=NOW, full=True)
    for one in InterestTarget.objects.filter(is_asked=True):
        assert (one.medium_limit, one.learned_in, one.medium_count) == (None, None, 0)


def test_an_asked_target_is_learned_by_a_refresh_of_interests():
    make_taste_shop()
    refresh_now(now=NOW, full=True)
    follow(TargetKind.KEYWORD, "nordisk")
    request_interests(now=NOW)
    refresh = refresh_now(now=NOW, part=RefreshPart.INTERESTS)
    assert refresh.part == RefreshPart.INTERESTS
    found = target(TargetKind.KEYWORD, "nordisk")
    assert found.learned_in == refresh
    assert campers(interested(found, strength=Strength.HIGH)) > 0.9


def test_a_target_nobody_buys_any_longer_is_no_longer_followed():
    make_taste_shop()
    refresh_now(now=NOW, full=True)
    Product.objects.filter(brand_key="nordisk").update(brand="", brand_key="")
    refresh_now(now=NOW, full=True)
    assert not InterestTarget.objects.filter(kind=TargetKind.BRAND, key="nordisk").exists()


def test_a_second_refresh_writes_nothing():
    make_taste_shop()
    refresh_now(now=NOW, full=True)
    first = snapshot()
    targets = list(InterestTarget.objects.order_by("pk").values_list("pk", "key", "medium_limit"))
    refresh_now(now=NOW, full=True)
    assert snapshot() == first
    assert targets == list(
        InterestTarget.objects.order_by("pk").values_list("pk", "key", "medium_limit")
    )


def test_computing_only_who_ordered_today_gives_what_computing_all_gives():
    goods = make_taste_shop()
    refresh_now(now=NOW, full=True)
    add_lines(goods, [(0, 3, 400), (1, 20, 400), (2, 1, 400)])
    for customer in Customer.objects.filter(external_id__in=("c0", "c1", "c2")):
        mark_changed(customer, NOW)
    before = snapshot()
    refresh = refresh_now(now=NOW + timedelta(hours=1))
    part = snapshot()
    assert not refresh.is_full
    assert part != before
    refresh_now(now=NOW + timedelta(hours=1), full=True)
    assert [row[1:] for row in snapshot()] == [row[1:] for row in part]


def test_orders_of_later_change_nothing_about_a_past_moment():
    goods = make_taste_shop()
    then = at(day_of(370), hour=0)
    refresh_now(now=then, full=True, pinned=True)
    first = snapshot()
    assert first
    add_lines(goods, [(customer, 5, 380) for customer in range(0, 200, 3)])
    refresh_now(now=then, full=True, pinned=True)
    assert snapshot() == first


def test_who_looked_at_a_product_is_interested_in_it():
    goods = make_taste_shop(customers=120)
    rows = OrderLine.objects.values_list("customer_id", "product_id", "placed_at").order_by("pk")
    looks = [(who, what, when - timedelta(days=3)) for who, what, when in rows[::2]]
    lookers = Customer.objects.filter(external_id__in=("c1", "c3", "c5", "c7", "c9", "c11"))
    looks += [(one.pk, goods[0].pk, NOW - timedelta(days=1)) for one in lookers]
    Event.objects.bulk_create(
        Event(
            external_id=f"v{number}",
            customer_id=who,
            product_id=what,
            kind="product_view",
            occurred_at=when,
        )
        for number, (who, what, when) in enumerate(looks)
    )
    refresh_now(now=NOW, full=True)
    found = target(TargetKind.PRODUCT, str(goods[0].pk))
    seen = set(interested(found))
    Event.objects.all().delete()
    refresh_now(now=NOW, full=True)
    assert len(seen & {one.external_id for one in lookers}) > len(
        set(interested(found)) & {one.external_id for one in lookers}
    )
