from __future__ import annotations

import json
from datetime import date, timedelta
from io import StringIO

import pytest
import time_machine
from django.core.management import CommandError, call_command

from analytics.models import (
    BackTest,
    ClassificationRules,
    CustomerForecast,
    Refresh,
    Shortage,
)
from analytics.refresh import refresh_now
from cdp.models import Consent, Customer, CustomerField, CustomerFieldValue, Tag
from tests import factories, predictions
from tests.analytics.shops import (
    make_customer,
    make_history,
    make_order,
    make_random_shop,
    make_shop,
)
from tests.conftest import NOW

pytestmark = pytest.mark.django_db

TODAY = date(2026, 11, 24)


@pytest.fixture(autouse=True)
def _at_now() -> object:
    with time_machine.travel(NOW, tick=False):
        yield


def run(*arguments: str) -> str:
    out = StringIO()
    call_command(*arguments, stdout=out)
    return out.getvalue()


def customer(*arguments: str) -> str:
    return run("customer", *arguments)


def make_quarterly_buyer(silence: int) -> Customer:
    make_shop()
    buyer = make_customer(1, first_name="Ida", country="DK")
    days = [TODAY - timedelta(days=silence + 91 * number) for number in range(5)]
    make_history(buyer, days, total=40)
    return buyer


def test_refresh_prints_one_line_and_a_table():
    make_random_shop(1)
    shown = run("refresh")
    assert "Computed 5" in shown
    assert "(all) as of 2026-11-24 13:00" in shown
    assert "one-time buyer" in shown
    assert "VIP share of revenue" in shown
    again = run("refresh")
    assert "(those with changes)" in again
    assert "; 0 changed." in again
    assert "(all)" in run("refresh", "--full")


def test_refresh_of_an_empty_shop():
    assert "Computed 0 customers" in run("refresh")


def test_refresh_as_of_a_day_stays_there_until_the_next_without_it():
    make_random_shop(2)
    shown = run("refresh", "--as-of", "2026-03-01")
    assert "as of 2026-03-01 00:00, pinned" in shown
    assert Refresh.objects.latest().is_pinned
    assert "as of 2026-11-24 13:00 in" in run("refresh")
    assert not Refresh.objects.latest().is_pinned
    assert not Refresh.objects.filter(finished_at=None).exists()


@pytest.mark.parametrize(
    ("day", "message"),
    [("2030-01-01", "lies in the future"), ("yesterday", "is not a day")],
)
def test_refresh_refuses_days_it_cannot_use(day: str, message: str):
    with pytest.raises(CommandError, match=message):
        run("refresh", "--as-of", day)
    assert not Refresh.objects.exists()


def test_customer_shows_the_numbers_behind_the_labels():
    buyer = make_quarterly_buyer(silence=131)
    buyer.tags.add(Tag.objects.create(name="Newsletter", key="newsletter"))
    Consent.objects.create(
        customer=buyer, purpose="email", channel="email", state="granted", since=NOW
    )
    size = CustomerField.objects.create(key="size", label="Shoe size", type="number")
    CustomerFieldValue.objects.create(customer=buyer, field=size, number=42)
    refresh_now(now=NOW)
    shown = customer("c1@example.com")
    since = TODAY - timedelta(days=131 - 114)
    assert (
        f"Slipping away since {since}: silent for 131 days; usually orders every 91 days" in shown
    )
    assert "(4 gaps, spread 0.00) and is slipping away from day 114, lost from day 228." in shown
    assert f"the next stage begins on {TODAY - timedelta(days=131 - 228)}." in shown
    assert "Importance: Frequent buyer" in shown or "Importance: VIP" in shown
    for text in ("Ida", "5 paid orders", "Newsletter", "email  email  granted", "Shoe size  42"):
        assert text in shown


@pytest.mark.parametrize("wanted", ["C1@Example.com", " c1@example.com ", "c1", "#{pk}"])
def test_customer_is_found_by_email_id_and_number(wanted: str):
    buyer = make_quarterly_buyer(silence=10)
    refresh_now(now=NOW)
    assert "Just ordered" in customer(wanted.format(pk=buyer.pk))


def test_customer_as_json_holds_values_and_sentences():
    make_quarterly_buyer(silence=131)
    refresh_now(now=NOW)
    answer = json.loads(customer("c1", "--json"))
    assert answer["values"]["life_cycle"] == "slipping_away"
    assert answer["values"]["silence_days"] == 131
    assert answer["values"]["revenue"] == "200.00"
    assert len(answer["orders"]) == 5
    assert "Life cycle" in answer["sentences"]


def test_customer_says_what_is_missing():
    make_shop()
    prospect = make_customer(1)
    assert "Run manage.py refresh" in customer("c1")
    make_order(prospect, NOW - timedelta(days=1), 5, status="cancelled")
    refresh_now(now=NOW)
    assert "Prospect: there is no paid order." in customer("c1")


@pytest.mark.parametrize("wanted", ["secret@example.com", "@", "no-such-id", "#99999", "#"])
def test_an_unknown_customer_is_refused_without_repeating_what_was_typed(wanted: str):
    make_shop()
    with pytest.raises(CommandError) as error:
        customer(wanted)
    assert "No customer has this" in str(error.value)
    assert "secret" not in str(error.value)


def test_an_erased_customer_is_not_shown():
    make_shop()
    make_customer(1, erased_at=NOW)
    with pytest.raises(CommandError, match="No customer"):
        customer("c1@example.com")


def test_one_id_from_two_sources_is_not_guessed():
    make_shop()
    make_customer(1)
    Customer.objects.create(external_id="c1", source="outlet", bucket=1)
    with pytest.raises(CommandError, match="outlet, shop"):
        customer("c1")


def test_rules_are_one_row_with_the_published_defaults():
    rules = ClassificationRules.objects.current()
    assert (rules.vip_share, rules.frequent_rank, rules.hysteresis) == (0.10, 0.60, 0.02)
    assert (rules.slip_floor_few_days, rules.slip_floor_days, rules.lost_floor_days) == (30, 14, 90)
    assert (rules.cheaper_below, rules.expensive_above) == (0.85, 1.15)


def test_customer_says_what_comes_next_and_what_they_want():
    buyer = make_quarterly_buyer(silence=20)
    run("refresh")
    CustomerForecast.objects.all().delete()
    predictions.make_forecast(buyer, chance_90=0.45, churn_probability=0.4)
    tent, stove = factories.make_product("Tent"), factories.make_product("Stove")
    predictions.make_interest(buyer, predictions.make_target("Nike"), reason=tent, score=0.3)
    predictions.make_recommendation(buyer, stove)
    shown = customer("c1")
    assert "Within 90 days: an order with 45%, 0.6 orders, 30.00 EUR (0.00 to 60.00)." in shown
    assert "Churn risk: Medium: stays away longer than usual with a probability of 40%." in shown
    assert "Nike, never bought (30% within 30 days)." in shown
    assert "Recommended as new: Stove." in shown
    values = json.loads(customer("c1", "--json"))["values"]
    assert values["churn_risk"] == "medium"
    assert float(values["lifetime_value"]) == 420


def test_customer_says_why_nothing_is_predicted():
    make_quarterly_buyer(silence=20)
    run("refresh")
    CustomerForecast.objects.all().delete()
    BackTest.objects.all().delete()
    predictions.make_back_test(
        shortage=Shortage.CAME, shortage_needs=30, shortage_has=4, window_start=None
    )
    assert "needs 30 customers who ordered in the window, has 4." in customer("c1")
