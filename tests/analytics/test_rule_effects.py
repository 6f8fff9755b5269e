"""The effect of other thresholds is told before they are stored, and comes true when they are."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest

from analytics.models import ClassificationRules, CustomerClassification
from analytics.refresh import refresh_now
from analytics.rule_effects import effect
from tests.conftest import NOW
from tests.factories import make_customer, make_order, make_product

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop() -> None:
    product = make_product("Tent", price=20)
    for number in range(60):
        customer = make_customer()
        gap = 4 + number % 6
        for order in range(1 + number % 5):
            placed_at = NOW - timedelta(days=3 + number % 7 + order * gap)
            make_order(customer, placed_at, [(product, 1 + number % 4)])
    refresh_now(now=NOW)


def counts(column: str) -> Counter[str]:
    return Counter(CustomerClassification.objects.values_list(column, flat=True))


def told(rules: ClassificationRules, kind: str) -> dict[str, tuple[int, int]]:
    found = effect(rules, now=NOW)
    assert found is not None
    return {str(s.label): (s.before, s.after) for s in found.shifts if str(s.kind) == kind}


def test_before_the_first_refresh_there_is_nothing_to_tell() -> None:
    assert effect(ClassificationRules.objects.current(), now=NOW) is None


def test_the_limits_in_use_change_nothing(shop: None) -> None:
    found = effect(ClassificationRules.objects.current(), now=NOW)
    assert found is not None
    assert sum(shift.before for shift in found.shifts) == 3 * 60
    assert not [shift for shift in found.shifts if shift.difference]
    assert found.vip_revenue_before == found.vip_revenue_after > 0


def test_the_stored_counts_are_those_of_today(shop: None) -> None:
    rules = ClassificationRules.objects.current()
    stored = counts("importance")
    assert {before for before, _after in told(rules, "Importance").values()} == {
        stored[name] for name in ("one_time", "loyal", "frequent", "vip")
    }


def test_twice_the_vips_come_true(shop: None) -> None:
    rules = ClassificationRules.objects.current()
    rules.vip_share = 0.5
    before, after = told(rules, "Importance")["VIP"]
    assert after > before == counts("importance")["vip"]
    rules.save()
    refresh_now(now=NOW + timedelta(minutes=1))
    assert counts("importance")["vip"] == after


def test_less_patience_comes_true(shop: None) -> None:
    rules = ClassificationRules.objects.current()
    rules.slip_floor_days = rules.slip_floor_few_days = 3
    rules.lost_floor_days = 5
    expected = told(rules, "Life cycle")
    assert expected["slipping away"][1] > expected["slipping away"][0]
    rules.save()
    refresh_now(now=NOW + timedelta(minutes=1))
    stored = counts("life_cycle")
    assert stored["slipping_away"] == expected["slipping away"][1]
    assert stored["lost"] == expected["lost"][1]


def test_nothing_is_stored(shop: None) -> None:
    rules = ClassificationRules.objects.current()
    before = list(CustomerClassification.objects.order_by("pk").values())
    rules.vip_share = 0.4
    effect(rules, now=NOW)
    assert ClassificationRules.objects.current().vip_share == 0.1
    assert list(CustomerClassification.objects.order_by("pk").values()) == before
