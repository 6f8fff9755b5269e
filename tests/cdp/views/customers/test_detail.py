"""The page of one customer, as people of each role see it."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from analytics.models import Refresh
from analytics.refresh import refresh_now
from cdp.models import (
    AuditEntry,
    ConsentEvent,
    Customer,
    CustomerChange,
    CustomerIdentity,
    CustomerTag,
    OrderLine,
)
from segments.models import Condition, Segment
from tests import factories
from tests.conftest import NOW
from tests.people import client_of

pytestmark = pytest.mark.django_db

SECRETS = (
    "Asta",
    "Secretsen",
    "asta@secret.example",
    "old@secret.example",
    "+4520304050",
    "2100",
    "signed by asta@secret.example",
    "write to asta@secret.example",
    "/unsubscribe?email=asta@secret.example",
)
FRAGMENT = {"X-Requested-With": "regulars"}


@pytest.fixture(autouse=True)
def _no_averages_of_other_tests() -> None:
    cache.clear()


def make_asta() -> Customer:
    """A customer whose contact data lies in every place where it can lie."""
    factories.make_shop()
    asta = factories.make_customer(
        first_name="Asta",
        last_name="Secretsen",
        email="asta@secret.example",
        phone="+4520304050",
        postal_code="2100",
        city="Aarhus",
        country="DK",
        language="da",
        external_id="asta@secret.example",
    )
    for kind, value, is_former in (
        ("email", "asta@secret.example", False),
        ("email", "old@secret.example", True),
        ("phone", "+4520304050", False),
    ):
        CustomerIdentity.objects.create(
            customer=asta, kind=kind, value=value, is_former=is_former, first_seen_at=NOW
        )
    ConsentEvent.objects.create(
        customer=asta,
        purpose="email",
        channel="email",
        choice="granted",
        occurred_at=NOW,
        source="shop",
        proof="signed by asta@secret.example",
    )
    factories.make_consent(asta, "email", "email", "granted")
    factories.make_consent(asta, "ads", "none", "withdrawn")
    factories.set_field(asta, "wish", "write to asta@secret.example")
    factories.set_field(asta, "sport", "climbing")
    factories.make_event(asta, "page_view", NOW, detail="/unsubscribe?email=asta@secret.example")
    tent = factories.make_product("Igloo Tent", price="129")
    factories.make_order(asta, factories.at(date(2026, 11, 1)), [(tent, 2)])
    factories.make_cart(asta, NOW - timedelta(days=2), [(tent, 3)])
    return asta


def make_segment(name: str, *rows: tuple[str, str, dict[str, object]]) -> Segment:
    segment = Segment.objects.create(name=name, created_at=NOW, edited_at=NOW)
    for position, (criterion, operator, parameters) in enumerate(rows):
        Condition.objects.create(
            segment=segment,
            position=position,
            criterion=criterion,
            operator=operator,
            parameters=parameters,
        )
    return segment


def read(client: Client, customer: Customer, query: str = "", **headers: str) -> str:
    answer = client.get(f"/customers/{customer.pk}/{query}", headers=headers)
    assert answer.status_code == 200
    return answer.content.decode()


def text_of(html: str) -> str:
    """The words of a page, without tags and doubled blanks."""
    body = html[html.find('id="cdp-main"') :] if 'id="cdp-main"' in html else html
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", body))


def test_a_marketer_sees_who_it_is_what_they_did_and_what_they_allowed() -> None:
    asta = make_asta()
    refresh_now(now=NOW, full=True)
    shown = text_of(read(client_of("Marketer"), asta))
    for words in (
        "Asta Secretsen",
        "asta@secret.example",
        "Aarhus",
        "Denmark",
        "climbing",
        "Igloo Tent",
        "258.00 EUR",
        "one-time buyer",
        "just ordered: to day 30",
        "slipping away: from day 181",
        "lost: from day 366",
        "abandoned",
        "Viewed a page",
        "withdrawn: not allowed",
        "never asked: not allowed",
    ):
        assert words in shown, words


def test_an_analyst_finds_contact_data_nowhere() -> None:
    asta = make_asta()
    refresh_now(now=NOW, full=True)
    segment = make_segment(
        "Copenhagen mail",
        ("email_domain", "is_any_of", {"values": ["gmail.com"]}),
        ("postal_code", "starts_with", {"values": ["9"]}),
        ("custom_text", "is_known", {"field": "wish"}),
    )
    client = client_of("Analyst")
    order = asta.orders.get()
    pages = [
        read(client, asta),
        read(client, asta, f"?why={segment.pk}"),
        read(client, asta, f"?why={segment.pk}", **FRAGMENT),
        read(client, asta, "?kind=activity", **FRAGMENT),
        read(client, asta, f"orders/{order.pk}/"),
    ]
    for html in pages:
        for secret in SECRETS:
            assert secret not in html, secret
    assert f"Customer {asta.pk}" in pages[0]
    assert "climbing" in pages[0]
    assert "Take the tag" not in pages[0]


def test_an_erased_customer_is_nothing_but_erased() -> None:
    asta = make_asta()
    refresh_now(now=NOW, full=True)
    Customer.objects.filter(pk=asta.pk).update(erased_at=NOW)
    client = client_of("Admin")
    html = read(client, asta)
    assert "This customer was erased on Nov. 24, 2026." in html
    for secret in (*SECRETS, "Igloo Tent", "Aarhus"):
        assert secret not in html
    assert client.get(f"/customers/{asta.pk}/orders/{asta.orders.get().pk}/").status_code == 404
    assert client.post(f"/customers/{asta.pk}/tags/", {"name": "x"}).status_code == 404


def test_a_prospect_without_orders_and_a_shop_without_refresh_are_said_so() -> None:
    factories.make_shop()
    prospect = factories.make_customer(first_name="Per")
    client = client_of("Marketer")
    assert "Nothing has been computed yet" in read(client, prospect)
    refresh_now(now=NOW, full=True)
    shown = text_of(read(client, prospect))
    assert "prospect: no paid order yet" in shown
    assert "No orders yet" in shown
    newer = factories.make_customer(first_name="Pia")
    assert "came in after the last refresh" in read(client, newer)


def test_a_pinned_refresh_is_said() -> None:
    asta = make_asta()
    refresh_now(now=NOW, full=True)
    Refresh.objects.update(is_pinned=True)
    assert "pinned to Nov. 24, 2026, 1 p.m." in read(client_of("Marketer"), asta)


@pytest.mark.parametrize(
    "name",
    [
        "<script>alert(1)</script>",
        "{{7*7}}{% now 'Y' %}",
        '<div x-data x-init="alert(1)">',
        '"><img src=x onerror=alert(1)>',
        "مرحبا \u202e right to left",
        "😀" * 60,
        "L" * 120,
    ],
)
def test_hostile_names_do_nothing(name: str) -> None:
    factories.make_shop()
    customer = factories.make_customer(first_name=name, city=name)
    factories.give_tags(customer, name[:120])
    factories.set_field(customer, "wish", name)
    product = factories.make_product(name)
    factories.make_order(customer, NOW, [(product, 1)], channel=name[:60], external_id=name)
    factories.make_event(customer, "search", NOW, query=name, detail=name)
    factories.make_static_segment(name, [customer], NOW)
    refresh_now(now=NOW, full=True)
    html = read(client_of("Marketer"), customer)
    for piece in ("<script>alert", "<div x-data x-init", "<img src=x", ">49<"):
        assert piece not in html


def test_older_entries_come_with_or_without_a_script() -> None:
    factories.make_shop()
    customer = factories.make_customer()
    for number in range(45):
        factories.make_order(customer, NOW - timedelta(days=number), external_id=f"ord-{number}-")
    client, query, seen = client_of("Marketer"), "", []
    for _ in range(3):
        html, part = read(client, customer, query), read(client, customer, query, **FRAGMENT)
        assert "<html" not in part
        found = re.findall(r"ord-\d+-(?=</a>)", part)
        assert re.findall(r"ord-\d+-(?=</a>)", html) == found
        seen += found
        older = re.search(r'data-older href="([^"#]*)', part)
        query = older[1].replace("&amp;", "&") if older else ""
    assert seen == [f"ord-{number}-" for number in range(45)]
    assert query == ""


def test_lines_of_a_huge_order_are_paged() -> None:
    asta = make_asta()
    order = asta.orders.get()
    line = order.lines.get()
    OrderLine.objects.bulk_create(
        OrderLine(
            order=order,
            external_id=f"more{number}",
            customer=asta,
            product=line.product,
            placed_at=order.placed_at,
            quantity=1,
        )
        for number in range(250)
    )
    client = client_of("Analyst")
    assert "All 251 lines (252 pieces)" in read(client, asta)
    assert read(client, asta, f"orders/{order.pk}/").count("Igloo Tent") == 100
    assert read(client, asta, f"orders/{order.pk}/?page=3").count("Igloo Tent") == 51
    stranger = factories.make_customer()
    assert client.get(f"/customers/{stranger.pk}/orders/{order.pk}/").status_code == 404


def test_why_shows_what_is_wanted_and_what_is_the_case() -> None:
    asta = make_asta()
    refresh_now(now=NOW, full=True)
    segment = make_segment(
        "Good Danes",
        ("country", "is_any_of", {"values": ["DK"]}),
        ("order_count", "at_least", {"value": 5}),
    )
    client = client_of("Marketer")
    for headers in ({}, FRAGMENT):
        shown = text_of(read(client, asta, f"?why={segment.pk}", **headers))
        assert "Does not belong to “Good Danes”." in shown
        assert "Country is Denmark Denmark ✓ yes" in shown
        assert "Number of orders is at least 5 1 order ✕ no" in shown
    for nonsense in ("x", "-1", "9" * 30, "²", str(segment.pk + 99)):
        assert "Choose a segment to see" in read(client, asta, f"?why={nonsense}")


def test_memberships_say_since_when() -> None:
    asta = make_asta()
    friends = factories.make_static_segment("Friends", [asta], NOW - timedelta(days=9))
    shown = text_of(read(client_of("Analyst"), asta))
    assert "Friends Nov. 15, 2026 fixed list" in shown
    Segment.objects.filter(pk=friends.pk).update(is_archived=True)
    assert "In no segment at the moment." in read(client_of("Analyst"), asta)


def test_a_tag_is_given_and_taken_and_both_are_on_record() -> None:
    asta = make_asta()
    CustomerChange.objects.all().delete()
    client = client_of("Marketer")
    address = f"/customers/{asta.pk}/tags/"
    answer = client.post(address, {"name": "  Gold   friend "}, follow=True)
    assert "The tag “Gold friend” was added." in answer.content.decode()
    carried = CustomerTag.objects.get(customer=asta)
    assert (carried.tag.name, carried.is_manual) == ("Gold friend", True)
    assert CustomerChange.objects.filter(customer=asta).exists()
    again = client.post(address, {"name": "gold FRIEND"}, follow=True)
    assert "was there already" in again.content.decode()
    empty = client.post(address, {"name": " "}, follow=True)
    assert "The tag has no name." in empty.content.decode()
    gone = client.post(address, {"remove": carried.tag_id}, follow=True)
    assert "The tag “Gold friend” was taken away." in gone.content.decode()
    assert not CustomerTag.objects.filter(customer=asta).exists()
    assert client.post(address, {"remove": carried.tag_id}).status_code == 302
    recorded = list(AuditEntry.objects.order_by("pk").values_list("subject", "details"))
    assert recorded == [
        (f"customer {asta.pk}", "add_tag “Gold friend”"),
        (f"customer {asta.pk}", "remove_tag “Gold friend”"),
    ]
    assert client.get(address).status_code == 405
    assert client_of("Analyst").post(address, {"name": "x"}).status_code == 403


def test_a_page_takes_the_same_queries_for_a_little_and_for_a_lot() -> None:
    factories.make_shop()
    segment = make_segment("Buyers", ("order_count", "at_least", {"value": 1}))
    product = factories.make_product("Tent")
    people = []
    for size in (2, 20):
        customer = factories.make_customer()
        people.append(customer)
        for number in range(size):
            moment = NOW - timedelta(days=3 * number)
            factories.make_order(customer, moment, [(product, 1)] * size)
            factories.make_cart(customer, moment, [(product, 1)] * size)
            factories.make_event(customer, "product_view", moment, product=product)
            factories.give_tags(customer, f"tag {number}")
            factories.put_in_groups(customer, f"group {number}")
            factories.set_field(customer, f"field{size}x{number}", "text")
            factories.make_static_segment(f"list {size} {number}", [customer], NOW)
    refresh_now(now=NOW, full=True)
    client, counts = client_of("Marketer"), []
    for customer in people * 2:
        with CaptureQueriesContext(connection) as queries:
            read(client, customer, f"?why={segment.pk}")
        counts.append(len(queries))
    assert counts[2] == counts[3]
    assert counts[3] < 60
