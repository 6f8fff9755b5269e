from __future__ import annotations

import random
from datetime import timedelta

import pytest

from analytics import refresh as engine
from analytics.asof import classified_as_of
from analytics.clock import effective_now
from analytics.models import CustomerClassification, Refresh
from analytics.refresh import refresh_now
from cdp.bulk.timetravel import known_at
from cdp.models import Customer, Product
from tests.analytics.changes import snapshot
from tests.analytics.compare import assert_like_oracle
from tests.analytics.shops import add_random_order, make_random_shop
from tests.conftest import NOW

pytestmark = pytest.mark.django_db

THEN = NOW - timedelta(days=200, hours=12)


def labels() -> list[tuple]:
    return list(
        CustomerClassification.objects.order_by("pk").values_list(
            "pk", "life_cycle", "importance", "price_index", "slip_days", "value_at_own_pace"
        )
    )


def add_later_orders(products: list[Product]) -> None:
    chance = random.Random(1)
    for customer in Customer.objects.filter(erased_at=None)[:30]:
        moment = THEN + timedelta(days=chance.uniform(0, 190))
        add_random_order(customer, moment, products, chance)


def refresh_nobody_asked_for() -> None:
    """What the job does by itself."""
    position, _total = engine.plan(now=NOW + timedelta(hours=1))
    while position.phase != engine.DONE:
        position, _done = engine.write(position, engine.read(position), now=NOW)


def test_orders_of_later_change_nothing_about_a_past_moment():
    _people, products = make_random_shop(11, customers=80)
    refresh_now(now=THEN, full=True, pinned=True)
    first = snapshot()
    add_later_orders(products)
    refresh_now(now=THEN, full=True, pinned=True)
    assert snapshot() == first


def test_a_past_moment_is_classified_by_what_was_known_then():
    make_random_shop(12, customers=120)
    refresh = refresh_now(now=THEN, pinned=True)
    assert refresh.is_pinned
    with known_at(THEN):
        assert 20 < assert_like_oracle(refresh, THEN) < 100


def test_the_pinned_moment_rules_until_it_is_given_up():
    make_random_shop(13)
    refresh_now(now=NOW)
    assert effective_now(NOW) == NOW
    refresh_now(now=THEN, pinned=True)
    assert effective_now(NOW) == THEN
    refresh_nobody_asked_for()
    assert Refresh.objects.latest().as_of == THEN
    assert effective_now(NOW + timedelta(days=1)) == THEN
    refresh_now(now=NOW)
    assert effective_now(NOW) == NOW


def test_labels_of_a_later_moment_do_not_hold_those_of_an_earlier_one():
    make_random_shop(14, customers=200)
    refresh_now(now=THEN, pinned=True, full=True)
    fresh = snapshot()
    refresh_now(now=NOW)
    refresh_now(now=THEN, pinned=True, full=True)
    assert snapshot() == fresh


def test_private_labels_leave_the_stored_ones_alone():
    make_random_shop(15, customers=80)
    refresh_now(now=THEN, pinned=True, full=True)
    of_then = labels()
    refresh_now(now=NOW)
    stored, runs = snapshot(), Refresh.objects.count()
    with classified_as_of(THEN) as private:
        assert labels() == of_then
        assert effective_now(NOW) == THEN
        assert private.as_of == THEN
    assert snapshot() == stored
    assert Refresh.objects.count() == runs


def test_going_back_to_the_present_gives_the_labels_of_the_present():
    make_random_shop(16, customers=150)
    refresh_now(now=THEN, pinned=True, full=True)
    CustomerClassification.objects.update(importance="")  # The oracle knows no earlier groups.
    assert assert_like_oracle(refresh_now(now=NOW), NOW) > 50
