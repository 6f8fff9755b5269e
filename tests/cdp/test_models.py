"""What must never be stored is refused by the database itself."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from cdp.models import (
    Cart,
    Category,
    Consent,
    ConsentFlag,
    CountsAs,
    Customer,
    CustomerField,
    CustomerFieldValue,
    CustomerIdentity,
    DailyRun,
    ExchangeRate,
    ImportRun,
    Job,
    JobState,
    Order,
    OrderLine,
    Product,
    Refund,
    Shop,
    Tag,
)
from tests.conftest import NOW

pytestmark = pytest.mark.django_db


def customer(number: int = 1, **values: object) -> Customer:
    return Customer.objects.create(external_id=f"c{number}", bucket=number, **values)


def order(number: int = 1, **values: object) -> Order:
    settings: dict[str, object] = {"placed_at": NOW, "currency": "EUR", "total": Decimal(10)}
    return Order.objects.create(external_id=f"o{number}", **settings | values)


def number_field() -> CustomerField:
    return CustomerField.objects.create(key="shoe_size", label="Shoe size", type="number")


def identity(person: Customer, value: str, **values: object) -> CustomerIdentity:
    settings: dict[str, object] = {"kind": "email", "first_seen_at": NOW}
    return CustomerIdentity.objects.create(customer=person, value=value, **settings | values)


REFUSED: dict[str, Callable[[], object]] = {
    "second customer of one external id": lambda: (customer(), customer()),
    "second customer of one e-mail": lambda: (
        customer(1, email="a@b.c"),
        customer(2, email="a@b.c"),
    ),
    "bucket out of range": lambda: customer(10_000),
    "consent flag out of range": lambda: customer(email_consent=2),
    "second current owner of an e-mail": lambda: (
        identity(customer(1), "a@b.c"),
        identity(customer(2), "a@b.c"),
    ),
    "second order of one external id": lambda: (order(), order()),
    "unknown order status": lambda: order(status="lost"),
    "negative refunded amount": lambda: order(refunded=Decimal(-1)),
    "order cancelled before it was placed": lambda: order(cancelled_at=NOW - timedelta(days=1)),
    "refund of nothing": lambda: Refund.objects.create(
        external_id="r", order=order(), refunded_at=NOW, total=0
    ),
    "negative purchased quantity": lambda: OrderLine.objects.create(
        order=order(),
        product=Product.objects.create(external_id="p"),
        placed_at=NOW,
        quantity=-1,
        purchased_quantity=-1,
    ),
    "negative price": lambda: Product.objects.create(external_id="p", price=Decimal(-1)),
    "cart abandoned before it was started": lambda: Cart.objects.create(
        external_id="k", started_at=NOW, abandoned_at=NOW - timedelta(hours=1), currency="EUR"
    ),
    "field value of two types": lambda: CustomerFieldValue.objects.create(
        customer=customer(), field=number_field(), number=1, text="one"
    ),
    "field value of no type": lambda: CustomerFieldValue.objects.create(
        customer=customer(), field=number_field()
    ),
    "unknown type of custom field": lambda: CustomerField.objects.create(key="k", type="colour"),
    "consent state nobody knows": lambda: Consent.objects.create(
        customer=customer(), purpose="email", channel="email", state="maybe", since=NOW
    ),
    "second tag of one key": lambda: (
        Tag.objects.create(name="VIP", key="vip"),
        Tag.objects.create(name="vip", key="vip"),
    ),
    "second category of one path": lambda: [
        Category.objects.create(name="A", name_key="a", path="A", path_key="a") for _ in range(2)
    ],
    "second shop": lambda: (Shop.objects.current(), Shop.objects.create(pk=2)),
    "week that starts on day 8": lambda: Shop.objects.create(pk=1, week_start=8),
    "exchange rate of zero": lambda: ExchangeRate.objects.create(
        currency="USD", valid_from=NOW.date(), rate=0
    ),
    "second live job of a kind and target": lambda: [
        Job.objects.create(kind="refresh", created_at=NOW) for _ in range(2)
    ],
    "unknown job state": lambda: Job.objects.create(kind="refresh", state="lazy", created_at=NOW),
    "second daily run of one date": lambda: [
        DailyRun.objects.create(name="refresh", local_date=NOW.date(), started_at=NOW)
        for _ in range(2)
    ],
    "import of an unknown kind": lambda: ImportRun.objects.create(kind="coupons", created_at=NOW),
}


@pytest.mark.parametrize("store", REFUSED.values(), ids=REFUSED.keys())
def test_the_database_refuses(store: Callable[[], object]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        store()


def test_customers_without_e_mail_are_many() -> None:
    customer(1)
    customer(2)
    assert Customer.objects.count() == 2


def test_a_former_e_mail_may_belong_to_somebody_else_now() -> None:
    identity(customer(1), "a@b.c", is_former=True)
    identity(customer(2), "a@b.c")
    assert CustomerIdentity.objects.count() == 2


def test_a_household_shares_a_phone() -> None:
    identity(customer(1), "+4512345678", kind="phone")
    identity(customer(2), "+4512345678", kind="phone")
    assert CustomerIdentity.objects.count() == 2


def test_an_ended_job_makes_room_for_the_next() -> None:
    Job.objects.create(kind="refresh", state=JobState.DONE, created_at=NOW)
    assert Job.objects.create(kind="refresh", created_at=NOW).is_live


@pytest.mark.parametrize(
    ("total", "status", "counts_as"),
    [
        (10, "paid", CountsAs.ORDER),
        (10, "fulfilled", CountsAs.ORDER),
        (10, "partially_refunded", CountsAs.ORDER),
        (10, "pending", CountsAs.NOTHING),
        (10, "cancelled", CountsAs.NOTHING),
        (10, "refunded", CountsAs.NOTHING),
        (0, "paid", CountsAs.NOTHING),
        (-10, "paid", CountsAs.RETURN),
        (-10, "refunded", CountsAs.RETURN),
        (-10, "cancelled", CountsAs.NOTHING),
    ],
)
def test_an_order_row_counts_as_its_total_and_status_say(
    total: int, status: str, counts_as: CountsAs
) -> None:
    row = order(total=Decimal(total), status=status)
    row.refresh_from_db()
    assert row.counts_as == counts_as
    assert Order.objects.paid().exists() == (counts_as == CountsAs.ORDER)
    assert Order.objects.counted().exists() == (counts_as != CountsAs.NOTHING)


def test_orders_are_found_from_a_start_up_to_but_not_at_an_end() -> None:
    order(1, placed_at=NOW)
    later = NOW + timedelta(days=1)
    assert Order.objects.placed_between(NOW, later).exists()
    assert not Order.objects.placed_between(None, NOW).exists()
    assert Order.objects.placed_between(NOW, None).exists()
    assert not Order.objects.placed_between(later, None).exists()


def test_only_present_customers_with_address_and_consent_are_mailable() -> None:
    granted = {"email_consent": ConsentFlag.GRANTED}
    wanted = customer(1, email="a@b.c", **granted)
    customer(2, **granted)
    customer(3, email="d@b.c")
    customer(4, email="e@b.c", email_consent=ConsentFlag.WITHDRAWN)
    customer(5, email="f@b.c", erased_at=NOW, **granted)
    assert list(Customer.objects.mailable()) == [wanted]


def test_the_shop_is_made_with_defaults_and_stays_one() -> None:
    assert Shop.objects.current() == Shop.objects.current()
    assert Shop.objects.current().zone.key == "UTC"
