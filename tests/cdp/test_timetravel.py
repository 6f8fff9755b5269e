from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import DatabaseError, transaction
from django.db.models import Sum

from analytics.models import CustomerStatistics
from cdp import bulk
from cdp.bulk.timetravel import known_at, only_before, scratch
from cdp.models import (
    Cart,
    Consent,
    ConsentEvent,
    Customer,
    Event,
    ExchangeRate,
    Order,
    OrderLine,
    Product,
    Refund,
    Shop,
)

pytestmark = pytest.mark.django_db

THEN = datetime(2026, 6, 1, tzinfo=UTC)


def day(offset: int) -> datetime:
    return THEN + timedelta(days=offset)


@pytest.fixture
def customer() -> Customer:
    Shop.objects.create(pk=1, currency="EUR")
    return Customer.objects.create(external_id="1", bucket=1, registered_at=day(-100))


def make_order(customer: Customer, number: str, offset: int, **values: object) -> Order:
    values = {"total": Decimal("100"), "amount": Decimal("100"), "currency": "EUR", **values}
    return Order.objects.create(
        customer=customer, external_id=number, placed_at=day(offset), **values
    )


def test_later_orders_lines_events_and_carts_are_not_known(customer: Customer) -> None:
    product = Product.objects.create(external_id="p")
    for number, offset in (("before", -1), ("after", 0)):
        order = make_order(customer, number, offset)
        OrderLine.objects.create(
            order=order,
            external_id="1",
            customer=customer,
            product=product,
            placed_at=day(offset),
            quantity=1,
            purchased_quantity=1,
        )
        Event.objects.create(
            external_id=number, customer=customer, kind="page_view", occurred_at=day(offset)
        )
        Cart.objects.create(
            external_id=number, customer=customer, started_at=day(offset), currency="EUR"
        )
    with known_at(THEN):
        assert [o.external_id for o in Order.objects.all()] == ["before"]
        assert OrderLine.objects.purchases().count() == 1
        assert Event.objects.count() == 1
        assert Cart.objects.count() == 1
    assert Order.objects.count() == 2
    assert OrderLine.objects.count() == 2


def test_cancellation_of_later_is_undone(customer: Customer) -> None:
    order = make_order(customer, "a", -5, status="cancelled", cancelled_at=day(3))
    make_order(customer, "b", -5, status="cancelled", cancelled_at=day(-3))
    OrderLine.objects.create(
        order=order,
        external_id="1",
        customer=customer,
        product=Product.objects.create(external_id="p"),
        placed_at=day(-5),
        quantity=3,
        purchased_quantity=0,
    )
    with known_at(THEN):
        assert [o.external_id for o in Order.objects.paid()] == ["a"]
        assert OrderLine.objects.purchases().get().purchased_quantity == 3
    assert Order.objects.paid().count() == 0


def test_refunds_of_later_are_undone_and_earlier_ones_kept(customer: Customer) -> None:
    full = make_order(
        customer, "full", -9, status="refunded", refunded=Decimal("100"), amount=Decimal("0")
    )
    part = make_order(
        customer,
        "part",
        -9,
        status="partially_refunded",
        refunded=Decimal("30"),
        amount=Decimal("70"),
    )
    Refund.objects.create(order=full, external_id="1", refunded_at=day(2), total=Decimal("100"))
    Refund.objects.create(order=part, external_id="2", refunded_at=day(-2), total=Decimal("10"))
    Refund.objects.create(order=part, external_id="3", refunded_at=day(2), total=Decimal("20"))
    with known_at(THEN):
        amounts = dict(Order.objects.paid().values_list("external_id", "amount"))
        assert amounts == {"full": Decimal("100.00"), "part": Decimal("90.00")}
        assert Order.objects.paid().aggregate(sum=Sum("amount"))["sum"] == Decimal("190.00")
        assert Order.objects.get(external_id="part").status == "partially_refunded"
        assert Refund.objects.count() == 1
    assert Order.objects.paid().aggregate(sum=Sum("amount"))["sum"] == Decimal("70.00")


def test_refund_in_a_foreign_currency_uses_the_rate_of_the_order_day(customer: Customer) -> None:
    ExchangeRate.objects.create(currency="DKK", valid_from=day(-50).date(), rate=Decimal("0.13"))
    ExchangeRate.objects.create(currency="DKK", valid_from=day(-2).date(), rate=Decimal("0.5"))
    order = make_order(
        customer,
        "dkk",
        -9,
        currency="DKK",
        status="refunded",
        refunded=Decimal("100"),
        amount=Decimal("0"),
    )
    Refund.objects.create(order=order, external_id="1", refunded_at=day(2), total=Decimal("100"))
    with known_at(THEN):
        assert Order.objects.get().amount == Decimal("13.00")


def test_consent_is_folded_up_to_the_moment(customer: Customer) -> None:
    for offset, choice in ((-9, "granted"), (4, "withdrawn")):
        ConsentEvent.objects.create(
            customer=customer,
            purpose="email",
            channel="email",
            choice=choice,
            occurred_at=day(offset),
            source="s",
        )
    Consent.objects.create(
        customer=customer, purpose="email", channel="email", state="withdrawn", since=day(4)
    )
    Customer.objects.update(email_consent=-1, email="ida@example.com")
    with known_at(THEN):
        assert Consent.objects.get().state == "granted"
        assert Customer.objects.mailable().count() == 1
    assert Customer.objects.mailable().count() == 0


def test_a_tie_in_the_ledger_is_a_withdrawal(customer: Customer) -> None:
    for choice in ("withdrawn", "granted"):
        ConsentEvent.objects.create(
            customer=customer,
            purpose="sms",
            channel="sms",
            choice=choice,
            occurred_at=day(-1),
            source="s",
        )
    with known_at(THEN):
        assert Consent.objects.get().state == "withdrawn"
        assert Customer.objects.get().sms_consent == -1


def test_customers_of_later_are_not_known_unless_they_had_ordered(customer: Customer) -> None:
    Customer.objects.create(external_id="later", bucket=1, registered_at=day(1))
    guest = Customer.objects.create(
        external_id="registered after ordering", bucket=1, registered_at=day(1)
    )
    make_order(guest, "a", -3)
    with known_at(THEN):
        assert set(Customer.objects.values_list("pk", flat=True)) == {customer.pk, guest.pk}
    assert Customer.objects.count() == 3


def test_cart_abandoned_or_recovered_later_is_still_open(customer: Customer) -> None:
    Cart.objects.create(
        external_id="a", customer=customer, started_at=day(-3), abandoned_at=day(1), currency="EUR"
    )
    Cart.objects.create(
        external_id="b",
        customer=customer,
        started_at=day(-3),
        abandoned_at=day(-1),
        currency="EUR",
        recovered_order=make_order(customer, "r", 2),
    )
    with known_at(THEN):
        assert Cart.objects.get(external_id="a").abandoned_at is None
        assert Cart.objects.get(external_id="b").recovered_order_id is None


def test_the_past_cannot_be_written_and_errors_leave_no_views(customer: Customer) -> None:
    make_order(customer, "a", 5)
    with pytest.raises(DatabaseError), known_at(THEN), transaction.atomic():
        bulk.insert_rows(
            Event,
            ("customer_id", "external_id", "kind", "occurred_at"),
            [(customer.pk, "e", "x", THEN)],
        )
    assert Order.objects.count() == 1


def test_scratch_tables_are_private_and_empty(customer: Customer) -> None:
    CustomerStatistics.objects.create(customer=customer, order_count=7)
    with scratch(CustomerStatistics):
        assert CustomerStatistics.objects.count() == 0
        bulk.upsert(
            CustomerStatistics,
            ("customer_id", "order_count"),
            [(customer.pk, 1)],
            key=("customer_id",),
        )
        changed = bulk.upsert(
            CustomerStatistics,
            ("customer_id", "order_count"),
            [(customer.pk, 2)],
            key=("customer_id",),
        )
        assert changed.changed == [customer.pk]
        assert CustomerStatistics.objects.get().order_count == 2
    assert CustomerStatistics.objects.get().order_count == 7


def test_any_table_can_be_read_as_it_was_before_a_moment(customer: Customer) -> None:
    for number, offset in (("before", -1), ("then", 0), ("after", 1)):
        Event.objects.create(
            external_id=number, customer=customer, kind="search", occurred_at=day(offset)
        )
    with only_before(Event, "occurred_at", THEN):
        assert [event.external_id for event in Event.objects.all()] == ["before"]
    assert Event.objects.count() == 3
