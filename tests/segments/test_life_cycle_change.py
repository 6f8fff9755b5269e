"""What is said about the coming days comes true when nobody orders."""

from __future__ import annotations

from datetime import timedelta

import pytest

from analytics.models import CustomerClassification, CustomerStatistics, LifeCycle
from analytics.refresh import refresh_now
from segments.compiler import shop_time
from segments.rows import row_of
from tests.conftest import NOW
from tests.segments.shops import make_random_shop

pytestmark = pytest.mark.django_db

WELL = {LifeCycle.JUST_ORDERED, LifeCycle.ACTIVE}
WORSE = {LifeCycle.SLIPPING_AWAY, LifeCycle.LOST}


def stages() -> dict[int, str]:
    return dict(CustomerClassification.objects.values_list("customer_id", "life_cycle"))


def patience() -> dict[int, tuple[float, float]]:
    rows = CustomerClassification.objects.values_list("customer_id", "slip_days", "lost_days")
    return {customer: (slip, lost) for customer, slip, lost in rows}


def foretold(operator: str, days: int) -> set[int]:
    row = row_of("life_cycle_change", operator, {"days": days})
    found = CustomerStatistics.objects.filter(row.q(now=shop_time(NOW)))
    return set(found.values_list("pk", flat=True))


@pytest.mark.parametrize("days", [1, 7, 14, 45, 90])
def test_who_becomes_slipping_or_lost_is_foretold(days: int) -> None:
    make_random_shop(5, customers=120)
    before, limits = stages(), patience()
    slipping = foretold("becomes_slipping_away", days)
    lost = foretold("becomes_lost", days)
    either = foretold("becomes_slipping_or_lost", days)
    refresh_now(now=NOW + timedelta(days=days), full=True)
    after = stages()
    # The shop's own curve moves with time and takes the patience with one-time buyers along.
    steady = {customer for customer, limit in patience().items() if limits[customer] == limit}
    assert len(steady) > 30
    assert slipping & steady == {
        customer for customer in steady if before[customer] in WELL and after[customer] in WORSE
    }
    assert lost & steady == {
        customer
        for customer in steady
        if before[customer] == LifeCycle.SLIPPING_AWAY and after[customer] == LifeCycle.LOST
    }
    assert either == slipping | lost


def test_the_random_shop_has_customers_of_every_kind_of_patience() -> None:
    """Else the test above would prove nothing about who has just ordered."""
    make_random_shop(5, customers=120)
    fresh = CustomerClassification.objects.filter(life_cycle=LifeCycle.JUST_ORDERED)
    assert fresh.filter(slip_days__lt=31).exists()
    assert fresh.filter(slip_days__gte=31, slip_days__lt=90).exists()
    assert foretold("becomes_slipping_away", 90)
    assert foretold("becomes_lost", 90)
