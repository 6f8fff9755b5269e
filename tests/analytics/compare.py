"""Holding what a refresh stored against the oracle."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from analytics.models import CustomerClassification, CustomerStatistics, Refresh
from tests.analytics import oracle

STAGES = ("just_ordered", "active", "slipping_away", "lost")


def assert_like_oracle(refresh: Refresh, now: datetime) -> int:
    """Compare every customer; return how many there were."""
    record, shop, expected = oracle.classify(now)
    assert refresh.merge_days == shop.merge
    assert (refresh.one_time_slip_days, refresh.one_time_lost_days) == (shop.slip, shop.lost)
    assert refresh.order_cap == shop.cap
    if refresh.mean_gap_days is not None:
        assert refresh.mean_gap_days == pytest.approx(shop.mean_gap)
    stored = {
        row.customer_id: row
        for row in CustomerClassification.objects.select_related("customer__statistics")
    }
    assert set(CustomerStatistics.objects.values_list("pk", flat=True)) == record.present
    assert set(stored) == set(expected)
    for pk, want in expected.items():
        _compare(stored[pk], want, record)
    return len(expected)


def _compare(row: CustomerClassification, want: dict, record: oracle.Record) -> None:
    last = record.today - timedelta(days=want["silence"])
    counted = row.customer.statistics
    assert (counted.order_count, counted.revenue) == (want["n"], want["revenue"])
    assert counted.mean_gap_days == pytest.approx(want["mean_gap"], abs=0.01)
    assert (row.slip_days, row.lost_days) == pytest.approx((want["slip"], want["lost"]), abs=1e-6)
    assert row.cadence_days == pytest.approx(want["cadence"], abs=0.01)
    assert row.life_cycle == want["life_cycle"]
    ends = [oracle.day_after(limit, last) for limit in (min(30, want["slip"]), want["slip"])]
    ends.append(oracle.day_after(want["lost"], last))
    following = [end for end in ends if end > record.today]
    assert row.next_stage_on == (min(following) if following else None)
    passed = [end for end in ends if end <= record.today]
    assert row.stage_since == max(passed, default=last)
    assert row.orders_at_own_pace == pytest.approx(want["O"], rel=1e-5)
    assert row.value_at_own_pace == pytest.approx(want["V"], rel=1e-5, abs=0.011)
    assert row.price_index == pytest.approx(want["index"], abs=0.001)
    if want["index"] is not None and min(abs(want["index"] - x) for x in (0.85, 1.15)) > 0.001:
        assert row.price_sensitivity == want["price"]
    assert row.importance == want["importance"]
