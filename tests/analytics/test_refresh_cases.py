from __future__ import annotations

import subprocess
import sys
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from analytics.models import (
    ClassificationRules,
    CustomerClassification,
    CustomerStatistics,
    Refresh,
)
from analytics.refresh import refresh_now
from cdp.jobs.runner import enqueue, run_in_foreground
from cdp.models import CustomerChange, Job, JobState, Product
from tests.analytics.changes import snapshot, undone
from tests.analytics.shops import (
    at,
    make_customer,
    make_history,
    make_line,
    make_order,
    make_random_shop,
    make_shop,
    mark_changed,
)
from tests.conftest import NOW

pytestmark = pytest.mark.django_db

TODAY = date(2026, 11, 24)


def ago(days: int) -> date:
    return TODAY - timedelta(days=days)


def label(number: int) -> CustomerClassification:
    return CustomerClassification.objects.get(customer__external_id=f"c{number}")


def test_an_empty_shop_has_the_default_figures():
    refresh = refresh_now(now=NOW)
    assert (refresh.customer_count, refresh.changed_count) == (0, 0)
    assert (refresh.one_time_slip_days, refresh.one_time_lost_days) == (180, 365)
    assert refresh.order_cap is None
    assert refresh.first_order_on is None
    assert refresh.finished_at == NOW


def test_one_customer_with_one_order():
    make_shop()
    make_history(make_customer(1), [ago(181)], total=80)
    refresh_now(now=NOW)
    row = label(1)
    assert (row.life_cycle, row.stage_since, row.next_stage_on) == (
        "slipping_away",
        TODAY,
        ago(181) + timedelta(days=366),
    )
    assert (row.importance, row.importance_rank) == ("one_time", None)
    assert row.expected_next_order_on is None
    assert row.orders_at_own_pace == pytest.approx(1 + 365 / (0 + 180 + 180), abs=1e-4)


def test_prospects_have_statistics_but_no_labels():
    make_shop()
    prospect = make_customer(1, registered_at=NOW, country="DK", email_consent=1)
    make_order(prospect, at(ago(3)), 20, status="pending")
    make_order(prospect, at(ago(3)), 20, status="cancelled")
    make_order(prospect, at(ago(2)), 0)
    refresh_now(now=NOW)
    row = CustomerStatistics.objects.get()
    assert (row.order_count, row.revenue, row.average_order_value) == (0, Decimal(0), None)
    assert (row.country, row.is_mailable, row.registered_at) == ("DK", True, NOW)
    assert (row.first_order_at, row.last_order_at, row.last_activity_at) == (None, None, None)
    assert not CustomerClassification.objects.exists()


def test_all_orders_on_one_day_make_one_occasion():
    make_shop()
    customer = make_customer(1)
    for hour in (9, 12, 18):
        make_order(customer, at(ago(5), hour), 10)
    refresh_now(now=NOW)
    row = label(1)
    assert (row.gap_count, row.cadence_days, row.slip_days) == (0, None, 180)
    assert row.importance == "loyal"
    assert CustomerStatistics.objects.get().mean_gap_days is None


def test_days_are_those_of_the_shop():
    make_shop(zone="Pacific/Auckland")
    customer = make_customer(1)
    make_order(customer, at(ago(100), 0.1), 10)
    make_order(customer, at(ago(40), 23.9), 10)
    refresh_now(now=NOW)
    row = label(1)
    assert (row.cadence_days, row.gap_count) == (60, 1)
    # 12:00 UTC is already the next day there.
    assert Refresh.objects.latest().figures_day == TODAY + timedelta(days=1)
    assert row.stage_since == ago(40) + timedelta(days=31)


def test_a_giant_order_cancelled_by_a_return_makes_no_vip():
    make_shop()
    for number in range(40):
        make_history(
            make_customer(number), [ago(30 * i + number) for i in range(1 + number // 4)], total=100
        )
    giant = make_customer(99)
    make_history(giant, [ago(200), ago(50)], total=100)
    make_order(giant, at(ago(20), 9.0), Decimal("168469.60"))
    make_order(giant, at(ago(20), 9.2), Decimal("-168469.60"))
    refresh_now(now=NOW)
    counted = CustomerStatistics.objects.get(customer=giant)
    assert (counted.order_count, counted.return_count, counted.revenue) == (3, 1, Decimal(200))
    assert label(99).importance != "vip"
    assert CustomerClassification.objects.filter(importance="vip").exists()


def test_a_return_is_no_order_and_lowers_revenue():
    make_shop()
    customer = make_customer(1)
    make_history(customer, [ago(120), ago(60)], total=100)
    make_order(customer, at(ago(1)), -30)
    refresh_now(now=NOW)
    row = CustomerStatistics.objects.get()
    assert (row.order_count, row.return_count, row.revenue) == (2, 1, Decimal(170))
    assert row.average_order_value == Decimal(85)
    assert row.last_order_at == at(ago(60))


def test_orders_without_a_rate_count_as_orders_but_not_as_money():
    make_shop()
    customer = make_customer(1)
    make_order(customer, at(ago(90)), 100)
    make_order(customer, at(ago(30)), 900, currency="SEK")
    refresh_now(now=NOW)
    row = CustomerStatistics.objects.get()
    assert (row.order_count, row.revenue, row.average_order_value) == (2, 100, 100)
    assert label(1).cadence_days == 60


def test_free_and_unpriced_lines_say_nothing_about_prices():
    make_shop()
    free = Product.objects.create(external_id="free", price=Decimal(0))
    priced = Product.objects.create(external_id="priced", price=Decimal(10))
    for number, product in ((1, free), (2, priced), (3, priced)):
        order = make_order(make_customer(number), at(ago(9)), 10)
        order.refresh_from_db()
        make_line(order, product, unit_price=None if number == 3 else product.price)
    refresh_now(now=NOW)
    assert [label(n).price_sensitivity for n in (1, 2, 3)] == ["", "average", ""]
    assert [label(n).price_index for n in (1, 2, 3)] == [None, 1.0, None]


@pytest.mark.parametrize(
    ("line_amount", "order_discount", "share"),
    [(80, 0, 0.2), (100, 25, 0.2), (60, 10, 0.4), (100, 0, 0.0)],
)
def test_the_discount_share_is_what_was_not_paid(
    line_amount: int, order_discount: int, share: float
):
    make_shop()
    product = Product.objects.create(external_id="p", price=Decimal(50))
    order = make_order(make_customer(1), at(ago(9)), 100, discount=order_discount)
    order.refresh_from_db()
    make_line(order, product, 2, amount=Decimal(line_amount))
    refresh_now(now=NOW)
    assert CustomerStatistics.objects.get().discount_share == pytest.approx(share)


def test_erased_customers_lose_their_rows_and_keep_the_shops_figures():
    make_random_shop(21)
    refresh_now(now=NOW)
    figures = Refresh.objects.latest().mean_gap_days
    erased = CustomerClassification.objects.latest("pk").customer
    erased.erased_at = NOW
    erased.save()
    mark_changed(erased, NOW)
    refresh = refresh_now(now=NOW + timedelta(hours=1))
    assert not refresh.is_full
    assert not CustomerStatistics.objects.filter(customer=erased).exists()
    assert not CustomerClassification.objects.filter(customer=erased).exists()
    assert refresh.mean_gap_days == figures
    assert not CustomerChange.objects.filter(customer=erased).exists()


def test_five_thousand_orders_of_one_customer():
    make_shop()
    customer = make_customer(1)
    make_history(customer, [ago(days) for days in range(5000)], total=10)
    make_history(make_customer(2), [ago(100)])
    refresh_now(now=NOW)
    row = label(1)
    assert (row.cadence_days, row.slip_days, row.lost_days) == (1, 14, 90)
    assert CustomerStatistics.objects.get(customer=customer).order_count == 5000
    assert Refresh.objects.latest().merge_days == 0


def test_rules_of_the_shop_apply_at_the_next_refresh():
    make_shop()
    make_history(make_customer(1), [ago(days) for days in (160, 120, 80, 40)])
    refresh_now(now=NOW)
    assert label(1).life_cycle == "active"
    ClassificationRules.objects.update(slip_floor_few_days=60, lost_floor_days=500)
    refresh = refresh_now(now=NOW + timedelta(minutes=1))
    assert refresh.is_full
    assert (label(1).slip_days, label(1).lost_days) == (60, 500)


def test_the_job_does_what_the_direct_call_does():
    make_random_shop(22)

    def direct():
        refresh_now(now=NOW)
        return snapshot()

    expected = undone(direct)
    job = run_in_foreground(enqueue("refresh", now=NOW), clock=lambda: NOW)
    assert job.state == JobState.DONE
    assert job.done == job.total
    assert "changed" in job.message
    assert snapshot() == expected
    assert Job.objects.filter(kind="refresh").count() == 1


def test_pages_load_no_arrays(tmp_path: Path):
    code = (
        "import sys, django; django.setup(); import cdp.urls, analytics.tasks, analytics.clock; "
        "print(sorted({'numpy', 'pandas'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=Path(__file__).resolve().parents[2],
        env={"DJANGO_SETTINGS_MODULE": "cdp.settings", "REGULARS_DATA_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "[]"
