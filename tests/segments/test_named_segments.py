"""Ten segments that marketers ask for, from a file to members, against pandas on raw rows."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pandas as pd
import pytest

from analytics.refresh import refresh_now
from cdp.models import (
    Cart,
    Consent,
    Customer,
    CustomerFieldValue,
    CustomerGroupMember,
    CustomerTag,
    Order,
    OrderLine,
    Product,
    ProductCategory,
)
from segments.definitions import parse
from segments.models import Membership
from segments.refreshing import refresh_segments
from segments.storing import compare, store
from tests import factories
from tests.analytics import oracle
from tests.conftest import NOW
from tests.segments.shops import make_random_shop

pytestmark = pytest.mark.django_db
TODAY = pd.Timestamp("2026-11-24")
FILE = Path(__file__).with_name("named_segments.json")
PAID = ["paid", "fulfilled", "partially_refunded"]


class Tables:
    """The facts as data frames; days are the shop's."""

    def __init__(self) -> None:
        self.customers = self.frame(
            Customer.objects.filter(erased_at=None), "id", "language", "region"
        )
        orders = self.frame(Order, "id", "customer_id", "placed_at", "status", "total", "amount")
        orders = self.with_day(orders.dropna(subset="customer_id"), "placed_at")
        orders[["total", "amount"]] = orders[["total", "amount"]].astype(float)
        self.paid = orders[orders.status.isin(PAID) & (orders.total > 0)]
        is_return = ~orders.status.isin(["pending", "cancelled"]) & (orders.total < 0)
        self.counted = pd.concat([self.paid, orders[is_return]])
        lines = self.frame(OrderLine, "order_id", "product_id", "quantity", "unit_price")
        self.bought = lines[lines.quantity > 0].merge(self.paid, left_on="order_id", right_on="id")
        self.products = self.frame(Product, "id", "name")
        self.products["tokens"] = self.products.name.str.lower()

    @staticmethod
    def frame(source: object, *columns: str) -> pd.DataFrame:
        rows = source if hasattr(source, "values_list") else source.objects.all()
        return pd.DataFrame.from_records(list(rows.values_list(*columns)), columns=list(columns))

    @staticmethod
    def with_day(table: pd.DataFrame, column: str) -> pd.DataFrame:
        moments = pd.to_datetime(table[column], utc=True)
        local = moments.dt.tz_convert(factories.ZONE).dt.tz_localize(None)
        return table.assign(day=local.dt.normalize())[moments < pd.Timestamp(NOW)]

    def labels(self) -> pd.DataFrame:
        _record, _shop, labels = oracle.classify(NOW)
        return pd.DataFrame.from_dict(labels, orient="index")


def silent_and_spent(t: Tables) -> pd.Index:
    last = t.paid.groupby("customer_id").day.max()
    spent = t.counted.groupby("customer_id").amount.sum()
    silent = last[(TODAY - last).dt.days > 60].index
    return silent.intersection(spent[spent > 100].index)


def two_days_ago(t: Tables) -> pd.Series:
    return t.paid[t.paid.day == TODAY - pd.Timedelta(days=2)].customer_id


def tent_without_spray(t: Tables) -> set[float]:
    tents = [pk for pk, name in t.products[["id", "name"]].to_numpy() if "Tent" in name]
    in_tents = set(
        ProductCategory.objects.filter(category__path__contains="Tents").values_list(
            "product_id", flat=True
        )
    )
    assert set(tents) == in_tents
    sprays = t.products[t.products.tokens.str.contains("mosquito spray")].id
    with_tent = t.bought[t.bought.product_id.isin(tents)].customer_id
    with_spray = t.bought[t.bought.product_id.isin(sprays)].customer_id
    return set(with_tent) - set(with_spray)


def lost_vips(t: Tables) -> pd.Index:
    labels = t.labels()
    return labels[(labels.importance == "vip") & (labels.life_cycle == "lost")].index


def before_christmas(t: Tables) -> pd.Index:
    labels = t.labels()
    season = t.paid[t.paid.day.between("2025-12-01", "2025-12-24")].customer_id
    return labels[labels.importance.isin(["loyal", "vip"])].index.intersection(season)


def cheap_since_may(t: Tables) -> pd.Series:
    priced = t.bought.dropna(subset="unit_price")
    is_cheap = priced.unit_price.astype(float) < 30
    return priced[is_cheap & (priced.day >= "2026-05-06")].customer_id


def danish_subscribers(t: Tables) -> pd.Series:
    consents = t.frame(Consent.objects.filter(purpose="email"), "customer_id", "state")
    granted = consents[consents.state == "granted"].customer_id
    is_danish = t.customers.language == "da"
    return t.customers[is_danish & t.customers.id.isin(granted)].id


def messenger_buyers(t: Tables) -> pd.Series:
    consents = t.frame(Consent, "customer_id", "channel", "state")
    is_on = (consents.channel == "messenger") & (consents.state == "granted")
    return consents[is_on & consents.customer_id.isin(t.paid.customer_id)].customer_id


def abandoned(t: Tables) -> pd.Series:
    carts = t.frame(
        Cart.objects.exclude(amount=None).exclude(customer=None).exclude(abandoned_at=None),
        "customer_id",
        "abandoned_at",
        "amount",
        "recovered_order_id",
    )
    carts = t.with_day(carts, "abandoned_at")
    is_left = carts.recovered_order_id.isna() & (carts.amount.astype(float) > 50)
    return carts[is_left & (carts.day > TODAY - pd.Timedelta(days=3))].customer_id


def labelled(t: Tables) -> set[int]:
    grouped = t.frame(CustomerGroupMember, "customer_id", "group__name")
    tagged = t.frame(CustomerTag, "customer_id", "tag__name")
    hobbies = t.frame(CustomerFieldValue.objects.filter(field__key="hobby"), "customer_id", "text")
    return (
        set(grouped[grouped.group__name == "Wholesale"].customer_id)
        | set(tagged[tagged.tag__name == "VIP Club"].customer_id)
        | set(t.customers[t.customers.region == "ÆRØ"].id)
        | set(hobbies[hobbies.text == "Hiking"].customer_id)
    )


EXPECTED: dict[str, Callable[[Tables], object]] = {
    "Spent over 100, silent for 60 days": silent_and_spent,
    "Ordered exactly two days ago": two_days_ago,
    "Bought a tent, never mosquito spray": tent_without_spray,
    "VIPs that are lost": lost_vips,
    "Loyal or VIP, ordered before Christmas last year": before_christmas,
    "Bought products under 30 since 6 May": cheap_since_may,
    "Subscribers with language Danish": danish_subscribers,
    "Messenger subscribers with orders": messenger_buyers,
    "Abandoned a cart over 50 in the last 3 days": abandoned,
    "Wholesale, VIP Club, Ærø or hikers": labelled,
}


def add_great_customers() -> None:
    """Regulars who ordered a lot and fell silent: every second one is lost."""
    products = list(Product.objects.all())
    for number in range(6):
        person = factories.make_customer(email=f"great{number}@example.com")
        for order in range(8 + 2 * number):
            moment = NOW - timedelta(days=90 + 300 * (number % 2) + 40 * order, hours=number)
            factories.make_order(person, moment, [(products[1], 3), (products[order % 8], 1)])


def add_carts_at_the_edges() -> None:
    """Carts of 50 and 129, just inside and just outside the last three days."""
    tent, blanket = Product.objects.get(name="Igloo Tent"), Product.objects.get(name="Gift card")
    begin = factories.at(date(2026, 11, 22), 0)
    for moment in (begin, begin - timedelta(microseconds=1), NOW - timedelta(hours=1)):
        for lines in ([(tent, 1)], [(blanket, 2)]):
            person = factories.make_customer(email=f"cart{Cart.objects.count()}@example.com")
            factories.make_cart(person, moment, lines)


def test_ten_segments_from_a_file_have_the_members_that_pandas_finds() -> None:
    make_random_shop(11, customers=70)
    add_great_customers()
    add_carts_at_the_edges()
    refresh_now(now=NOW, full=True)
    store(compare(parse(FILE.read_text(encoding="utf-8"))), now=NOW)
    outcomes = refresh_segments(now=NOW)
    tables = Tables()
    present = set(tables.customers.id)
    for name, compute in EXPECTED.items():
        expected = present & {int(pk) for pk in compute(tables)}
        members = Membership.objects.filter(segment__name=name)
        assert set(members.values_list("customer_id", flat=True)) == expected, name
        assert 0 < len(expected) < len(present), name
        (counted,) = [o.diff.member_count for o in outcomes if o.segment.name == name]
        assert counted == len(expected)
