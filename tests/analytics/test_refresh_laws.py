from __future__ import annotations

import random
from datetime import timedelta

import pytest
from django.db import transaction

from analytics import chunks, groups, price_norms
from analytics import refresh as engine
from analytics.models import Refresh
from analytics.refresh import Position, refresh_now
from cdp.models import CustomerChange
from tests.analytics.changes import Snapshot, change_something, snapshot, undone
from tests.analytics.shops import make_order, make_random_shop, mark_changed
from tests.conftest import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def tiny_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chunks, "LARGEST", 9)
    monkeypatch.setattr(price_norms, "ROWS_PER_CHUNK", 31)
    monkeypatch.setattr(groups, "ROWS_PER_CHUNK", 7)


def refreshed(*, full: bool = False, days: float = 0) -> Snapshot:
    refresh_now(now=NOW + timedelta(days=days), full=full)
    return snapshot()


@pytest.mark.parametrize("seed", range(4))
def test_a_refresh_of_the_changes_gives_what_a_full_one_gives(seed: int):
    chance = random.Random(seed)
    _people, products = make_random_shop(seed, customers=50)
    moment = NOW
    refresh_now(now=moment)
    partial = 0
    for _step in range(8):
        moment += timedelta(hours=chance.choice([0.5, 1, 2, 3, 30]))
        for _change in range(chance.randint(0, 4)):
            change_something(moment, products, chance)
        passed = (moment - NOW) / timedelta(days=1)
        in_full = undone(lambda passed=passed: refreshed(full=True, days=passed))
        assert refreshed(days=passed) == in_full
        partial += not Refresh.objects.latest().is_full
    assert partial


def test_only_changed_customers_are_computed_within_a_day():
    people, _products = make_random_shop(3)
    refresh_now(now=NOW)
    CustomerChange.objects.all().delete()
    mark_changed(next(p for p in people if p.erased_at is None), NOW)
    later = refresh_now(now=NOW + timedelta(hours=1))
    assert (later.is_full, later.customer_count) == (False, 1)
    assert not CustomerChange.objects.exists()


def test_a_new_day_an_old_order_and_new_rules_compute_everybody():
    people, _products = make_random_shop(3)
    refresh_now(now=NOW)
    present = next(p for p in people if p.erased_at is None)
    mark_changed(present, NOW, NOW - timedelta(days=30))
    assert refresh_now(now=NOW + timedelta(hours=1)).is_full
    assert not refresh_now(now=NOW + timedelta(hours=2)).is_full
    assert refresh_now(now=NOW + timedelta(days=1)).is_full


def test_a_mark_renewed_during_the_refresh_stays():
    people, _products = make_random_shop(3)
    customer = next(p for p in people if p.erased_at is None)
    CustomerChange.objects.all().delete()
    mark_changed(customer, NOW)
    position, _total = engine.plan(now=NOW)
    while position.phase != engine.DONE:
        chunk = engine.read(position)
        mark_changed(customer, NOW + timedelta(seconds=1))
        position, _done = engine.write(position, chunk, now=NOW)
    assert CustomerChange.objects.filter(customer=customer).exists()


def test_facts_of_the_future_count_when_their_time_has_come():
    people, _products = make_random_shop(3, customers=5)
    customer = next(p for p in people if p.erased_at is None)
    before = NOW + timedelta(minutes=30)
    make_order(customer, before, 77)
    refresh_now(now=NOW)
    count = snapshot()[0]
    refresh_now(now=NOW + timedelta(hours=1))
    assert not Refresh.objects.latest().is_full
    after = snapshot()[0]
    [(old, new)] = [
        (a, b) for a, b in zip(count, after, strict=True) if a["customer_id"] == customer.pk
    ]
    assert new["order_count"] == old["order_count"] + 1


@pytest.mark.usefixtures("tiny_chunks")
def test_the_size_of_chunks_makes_no_difference(monkeypatch: pytest.MonkeyPatch):
    make_random_shop(5)
    in_bits = undone(refreshed)
    monkeypatch.undo()
    assert refreshed() == in_bits


class _Killed(Exception):
    pass


@pytest.mark.usefixtures("tiny_chunks")
def test_a_refresh_killed_anywhere_goes_on_from_its_checkpoint():
    make_random_shop(6)
    expected = undone(refreshed)
    position, _total = engine.plan(now=NOW)
    steps = 0
    while position.phase != engine.DONE:
        try:
            with transaction.atomic():
                engine.write(position, engine.read(position), now=NOW)
                raise _Killed
        except _Killed:
            position = Position.from_text(position.to_text())
        position, _done = engine.write(position, engine.read(position), now=NOW)
        steps += 1
    assert steps > 30
    assert snapshot() == expected


@pytest.mark.usefixtures("tiny_chunks")
def test_a_refresh_given_up_anywhere_is_made_good_by_the_next():
    make_random_shop(7, customers=30)
    refresh_now(now=NOW - timedelta(days=200))
    expected = undone(refreshed)

    def given_up_after(steps: int) -> Snapshot:
        position, _total = engine.plan(now=NOW)
        for _step in range(steps):
            if position.phase != engine.DONE:
                position, _done = engine.write(position, engine.read(position), now=NOW)
        return refreshed()

    for steps in range(0, 24, 3):
        assert undone(lambda steps=steps: given_up_after(steps)) == expected
