from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from cdp.ingest.consent_events import Statement, record
from cdp.models import (
    Cart,
    CartLine,
    Consent,
    ConsentEvent,
    Customer,
    CustomerChange,
    Event,
)
from tests.cdp.ingest.files import take
from tests.conftest import NOW

pytestmark = pytest.mark.django_db

HEAD = "customer_id,channel,state,date\n"


@pytest.fixture
def customer(tmp_path):
    take(tmp_path, "customers", "customer_id,email\n1,a@x.com\n")
    CustomerChange.objects.all().delete()
    return Customer.objects.get()


def flags():
    return Customer.objects.values_list("email_consent", "sms_consent", "ads_consent").get()


def test_latest_consent_wins_in_any_order(customer, tmp_path):
    take(tmp_path, "consents", HEAD + "1,email,granted,2024-03-01\n")
    take(tmp_path, "consents", HEAD + "1,email,withdrawn,2024-02-01\n")
    assert flags()[0] == 1
    take(tmp_path, "consents", HEAD + "1,email,withdrawn,2024-04-01\n1,sms,yes,2024-01-01\n")
    assert flags() == (-1, 1, 0)
    assert Consent.objects.get(channel="email").since == datetime(2024, 4, 1, tzinfo=UTC)
    assert ConsentEvent.objects.count() == 4
    assert CustomerChange.objects.filter(customer=customer).exists()


def test_on_a_tie_the_withdrawal_wins(customer, tmp_path):
    take(
        tmp_path,
        "consents",
        HEAD + "1,email,withdrawn,2024-03-01\n1,email,granted,2024-03-01\n",
    )
    assert flags()[0] == -1


def test_second_import_of_consents_changes_nothing(customer, tmp_path):
    text = HEAD + "1,email,granted,2024-03-01\n1,viber,granted,2024-03-01\n"
    assert take(tmp_path, "consents", text).counts == (2, 0, 0, 0)
    assert take(tmp_path, "consents", text).counts == (0, 0, 2, 0)


def test_purpose_and_channel_complete_each_other(customer, tmp_path):
    result = take(
        tmp_path,
        "consents",
        "customer_id,purpose,channel,state,date\n"
        "1,,viber,yes,2024-01-01\n1,ads,,yes,2024-01-01\n1,sms,,no,2024-01-01\n"
        "1,,pigeon,yes,2024-01-01\n1,fun,,yes,2024-01-01\n",
    )
    assert set(Consent.objects.values_list("purpose", "channel", "state")) == {
        ("messages", "viber", "granted"),
        ("ads", "none", "granted"),
        ("sms", "sms", "withdrawn"),
    }
    assert "Write one of email, sms, messenger" in result.reasons[5]
    assert "Write one of email, sms, ads" in result.reasons[6]


def test_consent_in_the_customers_file_is_dated(tmp_path):
    take(
        tmp_path,
        "customers",
        "customer_id,created_at,accepts_marketing,accepts_marketing_updated_at,sms_opt_in\n"
        "1,2020-01-01,yes,2021-01-01,no\n",
    )
    assert dict(ConsentEvent.objects.values_list("purpose", "occurred_at")) == {
        "email": datetime(2021, 1, 1, tzinfo=UTC),
        "sms": datetime(2020, 1, 1, tzinfo=UTC),
    }
    assert flags() == (1, -1, 0)


def test_undated_opt_in_never_undoes_a_withdrawal(customer, tmp_path):
    take(tmp_path, "consents", HEAD + "1,email,withdrawn,2024-03-01\n")
    result = take(tmp_path, "customers", "customer_id,newsletter\n1,yes\n")
    assert flags()[0] == -1
    assert result.notes == {"undated_consent": 1}
    take(
        tmp_path,
        "customers",
        "customer_id,newsletter,consent_updated_at\n1,yes,2024-02-01\n",
    )
    assert flags()[0] == -1
    take(
        tmp_path,
        "customers",
        "customer_id,newsletter,consent_updated_at\n1,yes,2024-05-01\n",
    )
    assert flags()[0] == 1


def test_a_newer_row_that_repeats_a_consent_undoes_no_withdrawal_made_elsewhere(tmp_path):
    head = "customer_id,newsletter,updated_at\n"
    take(tmp_path, "customers", head + "1,yes,2024-01-01\n")
    customer = Customer.objects.get()
    elsewhere = Statement(customer.pk, "email", "email", False, datetime(2024, 2, 1, tzinfo=UTC))
    record([elsewhere], source="mailchimp")
    result = take(tmp_path, "customers", head + "1,yes,2024-03-01\n")
    assert flags()[0] == -1
    assert result.notes == {"undated_consent": 1}
    take(tmp_path, "customers", head + "1,no,2024-04-01\n")
    take(tmp_path, "customers", head + "1,yes,2024-05-01\n")
    assert flags()[0] == 1


def test_undated_withdrawal_counts_at_once(customer, tmp_path):
    take(tmp_path, "consents", HEAD + "1,email,granted,2024-03-01\n")
    text = "customer_id,newsletter\n1,no\n"
    assert take(tmp_path, "customers", text).counts == (0, 1, 0, 0)
    assert (flags()[0], Consent.objects.get().since) == (-1, NOW)
    later = take(tmp_path, "customers", text, now=NOW + timedelta(days=1))
    assert later.counts == (0, 0, 1, 0)
    assert ConsentEvent.objects.count() == 2


def test_carts_and_their_lines(customer, tmp_path):
    take(tmp_path, "orders", "order_id,customer_id,date,total,currency\nA,1,2024-05-03,60,EUR\n")
    carts = (
        "cart_id,customer_id,started_at,abandoned_at,order_id,status,total\n"
        "C1,1,2024-05-01 10:00,2024-05-01 12:00,,,70\n"
        "C2,1,2024-05-02,,A,,60\nC3,,2024-05-02,,,abandoned,\n"
    )
    assert take(tmp_path, "carts", carts).counts == (3, 0, 0, 0)
    lines = "cart_id,sku,qty,price\nC1,tent,1,60\nC1,peg,2,5\nC3,peg,3,5\nC9,peg,1,5\nC1,peg,-1,5\n"
    result = take(tmp_path, "cart_lines", lines)
    assert result.counts == (3, 0, 0, 2)
    one, two, three = Cart.objects.order_by("external_id")
    assert (one.customer, one.amount) == (customer, 70)
    assert two.recovered_order.external_id == "A"
    assert (three.customer, three.abandoned_at) == (None, datetime(2024, 5, 2, tzinfo=UTC))
    assert (three.total, three.amount) == (Decimal(15), Decimal(15))
    assert set(CartLine.objects.filter(cart=one).values_list("customer", flat=True)) == {
        customer.pk
    }
    assert take(tmp_path, "carts", carts).counts == (0, 0, 3, 0)
    assert take(tmp_path, "cart_lines", lines).counts == (0, 0, 3, 2)
    take(tmp_path, "cart_lines", "cart_id,sku,qty,price\nC1,tent,1,60\n")
    assert CartLine.objects.filter(cart=one).count() == 1


def test_events_are_known_by_their_id_or_by_what_they_say(customer, tmp_path):
    text = (
        "customer_id,email,happened_at,event,product_id,search,campaign\n"
        "1,,2024-05-01 10:00,Product View,tent,,x\n"
        ",A@x.com,2024-05-01 10:00,search,,mosquito,x\n"
        "1,,2024-05-01 10:00,Product View,tent,,y\n"
    )
    assert take(tmp_path, "events", text).counts == (3, 0, 0, 0)
    assert take(tmp_path, "events", text).counts == (0, 0, 3, 0)
    assert set(Event.objects.values_list("kind", "query", "product__external_id")) == {
        ("product_view", "", "tent"),
        ("search", "mosquito", None),
    }
    own = "event_id,customer_id,date,event\nE1,1,2024-05-01,login\nE1,1,2024-05-01,login\n"
    assert take(tmp_path, "events", own).counts == (1, 0, 1, 0)
    assert set(CustomerChange.objects.values_list("customer", "oldest_order_at")) == {
        (customer.pk, None)
    }
