"""Who unsubscribes at a service counts as withdrawn here, once, and nobody is ever granted."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from cdp.ingest import consent_events
from cdp.ingest.consent_events import Statement
from cdp.jobs.runner import enqueue, run_in_foreground
from cdp.jobs.tick import start_watched
from cdp.models import (
    ConsentEvent,
    ConsentFlag,
    Customer,
    CustomerChange,
    CustomerIdentity,
    Job,
    JobState,
)
from integrations import withdrawals_job
from integrations.destinations import klaviyo, mailchimp
from integrations.models import Connection, ConnectionState
from integrations.network.http import Patience
from integrations.sync import lines
from tests.conftest import NOW
from tests.connections import make_connection, vendor_of
from tests.factories import make_customer, make_shop
from tests.vendors.subscriptions import changes_a_subscription

pytestmark = pytest.mark.django_db

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
KEYS = ("mailchimp", "klaviyo")


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    make_shop()
    impatient = Patience(tries=2, wait=lambda seconds: None)
    monkeypatch.setattr(lines, "PATIENCE", impatient)


@pytest.fixture(params=KEYS)
def vendor(request: pytest.FixtureRequest, settings: Any) -> Iterator[Any]:
    with vendor_of(request.param, settings) as fake:
        yield fake
    assert fake.complaints == []
    assert not [one for one in fake.requests if one.method != "GET" or changes_a_subscription(one)]


@pytest.fixture
def connection(vendor: Any) -> Connection:
    return make_connection(vendor.contract, vendor)


def grant(email: str, moment: datetime = NOW - 30 * DAY, **values: Any) -> Customer:
    customer = make_customer(email=email, **values)
    said(customer, is_granted=True, moment=moment)
    return customer


def said(customer: Customer, *, is_granted: bool, moment: datetime) -> None:
    statement = Statement(customer.pk, "email", "email", is_granted, moment)
    consent_events.record([statement], source="shop")


def flag(customer: Customer) -> int:
    customer.refresh_from_db()
    return customer.email_consent


def read(now: datetime = NOW, target: str = "") -> Job:
    job = enqueue("read_withdrawals", target, now=now)
    return run_in_foreground(job, clock=lambda: now, pause=lambda seconds: None)


def test_an_unsubscribe_is_a_withdrawal_here(vendor: Any, connection: Connection) -> None:
    anna, bert = grant("anna@shop.example"), grant("bert@shop.example")
    vendor.put("bert@shop.example")
    vendor.unsubscribe("Anna@Shop.example", NOW - HOUR)
    job = read()
    assert (flag(anna), flag(bert)) == (ConsentFlag.WITHDRAWN, ConsentFlag.GRANTED)
    event = ConsentEvent.objects.get(choice="withdrawn")
    assert (event.customer, event.purpose, event.channel) == (anna, "email", "email")
    assert (event.source, event.occurred_at) == (vendor.contract, NOW - HOUR)
    assert event.proof == f"Unsubscribed at {vendor.contract.title()}."
    assert (job.state, job.done) == (JobState.DONE, 1)
    assert job.message == "1 customer has unsubscribed there and counts as withdrawn here."


def test_segments_follow(vendor: Any, connection: Connection) -> None:
    anna = grant("anna@shop.example")
    vendor.unsubscribe(anna.email, NOW - HOUR)
    read()
    assert [change.customer for change in CustomerChange.objects.all()] == [anna]
    assert {job.kind for job in Job.objects.live()} >= {"refresh"}


def test_a_second_reading_finds_nothing_new(vendor: Any, connection: Connection) -> None:
    anna = grant("anna@shop.example")
    vendor.unsubscribe(anna.email, NOW - HOUR)
    read()
    CustomerChange.objects.all().delete()
    Job.objects.all().delete()
    job = read(NOW + HOUR / 2)
    assert (job.done, job.message) == (0, "Nobody new has unsubscribed.")
    assert ConsentEvent.objects.filter(choice="withdrawn").count() == 1
    assert not CustomerChange.objects.exists()
    assert not Job.objects.live().exists()


def test_the_first_reading_goes_back_to_the_beginning_the_next_a_little(
    vendor: Any, connection: Connection
) -> None:
    old = grant("old@shop.example", NOW - 5000 * DAY)
    vendor.unsubscribe(old.email, NOW - 4000 * DAY)
    read()
    assert flag(old) == ConsentFlag.WITHDRAWN
    late, before = grant("late@shop.example"), grant("before@shop.example")
    vendor.unsubscribe(late.email, NOW - HOUR / 2)
    vendor.unsubscribe(before.email, NOW - 2 * HOUR)
    read(NOW + HOUR)
    connection.refresh_from_db()
    assert connection.consents_read_until == NOW + HOUR
    assert (flag(late), flag(before)) == (ConsentFlag.WITHDRAWN, ConsentFlag.GRANTED)


def test_consent_granted_later_stays(vendor: Any, connection: Connection) -> None:
    anna = grant("anna@shop.example", NOW - HOUR)
    vendor.unsubscribe(anna.email, NOW - 2 * HOUR)
    assert read().done == 0
    assert flag(anna) == ConsentFlag.GRANTED


def test_consent_granted_after_a_withdrawal_was_read_stays_granted(
    vendor: Any, connection: Connection
) -> None:
    anna = grant("anna@shop.example")
    vendor.unsubscribe(anna.email, NOW - HOUR)
    read()
    said(anna, is_granted=True, moment=NOW)
    read(NOW + HOUR / 2)
    assert flag(anna) == ConsentFlag.GRANTED


def test_nothing_grants(vendor: Any, connection: Connection) -> None:
    gone, new = make_customer(email="gone@shop.example"), make_customer(email="new@shop.example")
    said(gone, is_granted=False, moment=NOW - DAY)
    vendor.put(gone.email)
    vendor.put(new.email)
    read()
    assert (flag(gone), flag(new)) == (ConsentFlag.WITHDRAWN, ConsentFlag.UNKNOWN)


def test_somebody_without_a_choice_of_their_own_withdraws_too(
    vendor: Any, connection: Connection
) -> None:
    new = make_customer(email="new@shop.example")
    vendor.unsubscribe(new.email, NOW - HOUR)
    assert read().done == 1
    assert flag(new) == ConsentFlag.WITHDRAWN


def test_strangers_and_erased_customers_are_passed_over(
    vendor: Any, connection: Connection
) -> None:
    erased = grant("erased@shop.example", erased_at=NOW - DAY)
    vendor.unsubscribe(erased.email, NOW - HOUR)
    vendor.unsubscribe("stranger@shop.example", NOW - HOUR)
    assert read().done == 0
    assert flag(erased) == ConsentFlag.GRANTED


def test_an_address_of_before_counts_unless_it_is_somebody_elses_now(
    vendor: Any, connection: Connection
) -> None:
    moved, heir = grant("moved@shop.example"), grant("shared@shop.example")
    for customer, value in ((moved, "old@shop.example"), (moved, "shared@shop.example")):
        CustomerIdentity.objects.create(
            customer=customer, kind="email", value=value, is_former=True, first_seen_at=NOW
        )
    vendor.unsubscribe("shared@shop.example", NOW - HOUR)
    read()
    assert (flag(moved), flag(heir)) == (ConsentFlag.GRANTED, ConsentFlag.WITHDRAWN)
    vendor.unsubscribe("old@shop.example", NOW)
    read(NOW + HOUR / 2)
    assert flag(moved) == ConsentFlag.WITHDRAWN


def test_a_moment_of_the_future_counts_as_now(vendor: Any, connection: Connection) -> None:
    anna = grant("anna@shop.example")
    vendor.unsubscribe(anna.email, NOW + 300 * DAY)
    read()
    assert ConsentEvent.objects.get(choice="withdrawn").occurred_at == NOW


def test_several_pages_are_read(
    vendor: Any, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mailchimp, "_PAGE", 2)
    monkeypatch.setattr(klaviyo, "_SUPPRESSED_PAGE", 2)
    people = [grant(f"p{number}@shop.example") for number in range(5)]
    for number, one in enumerate(people):
        vendor.unsubscribe(one.email, NOW - HOUR + timedelta(seconds=number))
    job = read()
    assert job.done == 5
    assert {flag(one) for one in people} == {ConsentFlag.WITHDRAWN}
    assert len(vendor.requests) == 3


def test_what_fails_is_read_again_from_the_same_moment(vendor: Any, connection: Connection) -> None:
    anna = grant("anna@shop.example")
    vendor.unsubscribe(anna.email, NOW - HOUR)
    vendor.fail("before", "GET ", times=2, status=503, data={})
    job = read()
    connection.refresh_from_db()
    assert (job.state, job.done) == (JobState.DONE, 0)
    assert "were not read to the end" in job.message
    assert (connection.state, connection.consents_read_until) == (ConnectionState.ACTIVE, None)
    read(NOW + HOUR / 4)
    assert flag(anna) == ConsentFlag.WITHDRAWN


def test_refused_credentials_stop_the_connection(vendor: Any, connection: Connection) -> None:
    vendor.revoke()
    job = read()
    connection.refresh_from_db()
    assert connection.state == ConnectionState.STOPPED
    assert connection.error
    assert connection.error in job.message
    assert read(NOW + HOUR).message == "No connection that works tells who has unsubscribed."


@pytest.mark.parametrize(
    ("values", "is_read"),
    [
        ({"checked_at": NOW}, True),
        ({"checked_at": None}, False),  # never worked
        ({"checked_at": NOW, "error": "The key was refused."}, False),
    ],
)
def test_a_paused_connection_tells_unless_it_does_not_work(
    settings: Any, values: dict[str, Any], is_read: bool
) -> None:
    with vendor_of("mailchimp", settings) as vendor:
        make_connection("mailchimp", vendor, state=ConnectionState.PAUSED, **values)
        anna = grant("anna@shop.example")
        vendor.unsubscribe(anna.email, NOW - HOUR)
        read()
    assert (flag(anna) == ConsentFlag.WITHDRAWN) is is_read


def test_no_address_is_logged_or_said(
    vendor: Any, connection: Connection, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    anna = grant("anna@shop.example")
    vendor.unsubscribe(anna.email, NOW - HOUR)
    job = read()
    event = ConsentEvent.objects.get(choice="withdrawn")
    for text in (caplog.text, job.message, job.checkpoint, event.proof):
        assert "anna" not in text
        assert "shop.example" not in text


@pytest.mark.parametrize("reason", ["HARD_BOUNCE", "USER_SUPPRESSED", "INVALID_EMAIL"])
def test_what_the_customer_did_not_choose_is_left_at_klaviyo(settings: Any, reason: str) -> None:
    with vendor_of("klaviyo", settings) as vendor:
        make_connection("klaviyo", vendor)
        anna, spam = grant("anna@shop.example"), grant("spam@shop.example")
        vendor.unsubscribe(anna.email, NOW - HOUR, reason)
        vendor.unsubscribe(spam.email, NOW - HOUR, "SPAM_REPORT")
        read()
    assert (flag(anna), flag(spam)) == (ConsentFlag.GRANTED, ConsentFlag.WITHDRAWN)


def test_a_cleaned_contact_of_mailchimp_chose_nothing(settings: Any) -> None:
    with vendor_of("mailchimp", settings) as vendor:
        make_connection("mailchimp", vendor)
        anna = grant("anna@shop.example")
        vendor.unsubscribe(anna.email, NOW - HOUR, status="cleaned")
        read()
    assert flag(anna) == ConsentFlag.GRANTED


def test_one_connection_that_fails_does_not_keep_the_others_from_it(settings: Any) -> None:
    with vendor_of("mailchimp", settings) as first, vendor_of("klaviyo", settings) as second:
        make_connection("mailchimp", first)
        make_connection("klaviyo", second)
        anna = grant("anna@shop.example")
        first.revoke()
        second.unsubscribe(anna.email, NOW - HOUR)
        job = read()
    assert flag(anna) == ConsentFlag.WITHDRAWN
    assert "“Our mailchimp” were not read to the end" in job.message
    assert job.message.endswith("1 customer has unsubscribed there and counts as withdrawn here.")


def test_a_target_reads_that_connection_alone(settings: Any) -> None:
    with vendor_of("mailchimp", settings) as first, vendor_of("klaviyo", settings) as second:
        make_connection("mailchimp", first)
        chosen = make_connection("klaviyo", second)
        read(target=str(chosen.pk))
        assert (len(first.requests), len(second.requests)) == (0, 1)


def test_it_is_asked_for_every_quarter_of_an_hour_while_a_connection_tells(settings: Any) -> None:
    start_watched(now=NOW)
    assert not Job.objects.exists()
    connection = make_connection("mailchimp")
    for minutes in (0, 5, 14, 16):
        start_watched(now=NOW + timedelta(minutes=minutes))
        Job.objects.live().update(state=JobState.DONE)
    assert Job.objects.filter(kind="read_withdrawals").count() == 2
    connection.state = ConnectionState.PAUSED
    connection.save()
    start_watched(now=NOW + HOUR)
    assert Job.objects.filter(kind="read_withdrawals").count() == 2


def test_readings_that_found_nothing_are_soon_forgotten() -> None:
    make_connection("mailchimp")
    for hours, done in ((4, 0), (4, 3), (2, 0)):
        Job.objects.create(
            kind=withdrawals_job.KIND,
            target=str(Job.objects.count()),
            state=JobState.DONE,
            done=done,
            created_at=NOW - hours * HOUR,
            finished_at=NOW - hours * HOUR,
        )
    latest = read(target="0")
    assert [job.done for job in Job.objects.exclude(pk=latest.pk).order_by("pk")] == [3, 0]
