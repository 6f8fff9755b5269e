"""The list of customers: who is found, in which order, by whom, and at what cost."""

from __future__ import annotations

import re
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.html import escape

from analytics.models import CustomerClassification, CustomerStatistics
from cdp.models import Customer, CustomerChange, SavedView, Tag
from tests import factories
from tests.conftest import NOW
from tests.people import client_of, make_user

pytestmark = pytest.mark.django_db

HOSTILE = (
    "<script>alert(1)</script>",
    "{{7*7}}",
    '<div x-data x-init="alert(1)">',
    "שלום \u202e abc",
    "x" * 120,
    "🛒 Ægir",
)


@pytest.fixture(autouse=True)
def _shop() -> None:
    factories.make_shop()


def counted(
    *, orders: int = 0, revenue: int = 0, days: int | None = None, **values: object
) -> Customer:
    """A customer as a refresh leaves them: with statistics and, once they ordered, labels."""
    labels = {
        name: values.pop(name, default)
        for name, default in (
            ("importance", "loyal"),
            ("life_cycle", "active"),
            ("price_sensitivity", ""),
        )
    }
    customer = factories.make_customer(**values)
    last = None if days is None else NOW - timedelta(days=days)
    CustomerStatistics.objects.create(
        customer=customer,
        order_count=orders,
        revenue=Decimal(revenue),
        average_order_value=Decimal(revenue) / orders if orders else None,
        last_order_at=last,
        country=customer.country,
        city_key=customer.city_key,
        language=customer.language,
        registered_at=customer.registered_at,
        email_consent=customer.email_consent,
        is_mailable=bool(customer.email) and customer.email_consent == 1,
    )
    if orders:
        CustomerClassification.objects.create(
            customer=customer,
            stage_since=NOW.date(),
            slip_days=30,
            lost_days=90,
            orders_at_own_pace=1,
            value_at_own_pace=1,
            **labels,
        )
    return customer


def listed(query: str = "", role: str | Client = "Marketer") -> list[int]:
    """The keys of the customers whom a page shows, in their order."""
    client = client_of(role) if isinstance(role, str) else role
    answer = client.get(f"/customers/?{query}")
    assert answer.status_code == 200
    return [int(key) for key in re.findall(r'href="/customers/(\d+)/"', answer.content.decode())]


def test_an_empty_shop_leads_to_the_import_whoever_may() -> None:
    assert reverse("imports:list") in client_of("Marketer").get("/customers/").content.decode()
    answer = client_of("Analyst").get("/customers/").content.decode()
    assert "There are no customers yet" in answer
    assert "Import your customers" not in answer


def test_customers_whose_figures_wait_are_announced() -> None:
    factories.make_customer()
    answer = client_of("Marketer").get("/customers/").content.decode()
    assert "their figures are not computed yet" in answer


def test_changed_facts_that_wait_for_a_refresh_are_announced() -> None:
    customer = counted(orders=1)
    client = client_of("Marketer")
    assert "Some facts changed" not in client.get("/customers/").content.decode()
    CustomerChange.objects.create(customer=customer, changed_at=NOW)
    assert "Some facts changed" in client.get("/customers/").content.decode()


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["anna", "bo", "cleo", "dan"]),
        ("importance=vip", ["anna"]),
        ("importance=vip&importance=none", ["anna", "dan"]),
        ("life_cycle=lost", ["bo"]),
        ("life_cycle=none", ["dan"]),
        ("importance=vip&life_cycle=lost", []),
        ("importance=vip&life_cycle=active", ["anna"]),
        ("price_sensitivity=cheaper", ["bo"]),
        ("price_sensitivity=none", ["anna", "cleo", "dan"]),
        ("country=DK", ["anna", "dan"]),
        ("country=DK&country=DE", ["anna", "bo", "dan"]),
        ("language=da", ["anna"]),
        ("city=ÅRH", ["anna"]),
        ("tag=TAG", ["bo"]),
        ("group=GROUP", ["cleo"]),
        ("segment=SEGMENT", ["bo", "cleo"]),
        ("mailable=yes", ["anna"]),
        ("mailable=no", ["bo", "cleo", "dan"]),
        ("orders_min=2", ["anna", "bo"]),
        ("orders_max=1", ["cleo", "dan"]),
        ("orders_min=1&orders_max=2", ["bo", "cleo"]),
        ("revenue_min=99.5&revenue_max=100.00", ["bo"]),
        ("last_order_from=2026-11-14", ["anna", "bo"]),
        ("last_order_from=2026-11-15", ["anna"]),
        ("last_order_to=2026-11-14", ["bo", "cleo"]),
        ("registered_from=2026-01-02&registered_to=2026-01-02", ["bo"]),
        ("orders_min=abc", ["anna", "bo", "cleo", "dan"]),
        ("country=XX", ["anna", "bo", "cleo", "dan"]),
        ("revenue_min=1e300", ["anna", "bo", "cleo", "dan"]),
        ("last_order_from=0001-01-01", ["anna", "bo", "cleo", "dan"]),
        ("tag=999999999999999999999", ["anna", "bo", "cleo", "dan"]),
        ("page=99999999999999999999999", ["anna", "bo", "cleo", "dan"]),
        ("sort=nonsense&view=x&what=ever", ["anna", "bo", "cleo", "dan"]),
        ("q=%00", ["anna", "bo", "cleo", "dan"]),
    ],
)
def test_filters_find_whom_they_say(query: str, found: list[str]) -> None:
    day = factories.at(NOW.date() - timedelta(days=10), 0.5)
    people = {
        "anna": counted(
            orders=5,
            revenue=900,
            days=1,
            importance="vip",
            country="DK",
            language="da",
            city="Århus C",
            email="anna@example.com",
            email_consent=1,
        ),
        "bo": counted(
            orders=2,
            revenue=100,
            life_cycle="lost",
            price_sensitivity="cheaper",
            country="DE",
            city="Aachen",
            registered_at=factories.at(day.date().replace(month=1, day=2), 23.5),
        ),
        "cleo": counted(orders=1, revenue=50, days=400, country="SE"),
        "dan": counted(country="DK"),
    }
    CustomerStatistics.objects.filter(pk=people["bo"].pk).update(last_order_at=day)
    factories.give_tags(people["bo"], "Fair")
    factories.put_in_groups(people["cleo"], "Wholesale")
    segment = factories.make_static_segment("List", [people["bo"], people["cleo"]], NOW)
    keys = {
        "TAG": Tag.objects.get().pk,
        "GROUP": people["cleo"].groups.get().pk,
        "SEGMENT": segment.pk,
    }
    for word, key in keys.items():
        query = query.replace(word, str(key))
    assert set(listed(query)) == {people[name].pk for name in found}


def test_a_value_that_does_not_fit_is_pointed_out_and_left_out() -> None:
    counted(orders=1)
    answer = client_of("Marketer").get("/customers/?orders_min=abc").content.decode()
    assert "A filter has a value that does not fit" in answer
    assert "Enter a number." in answer


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("mette", ["mette"]),
        ("METTE ås", ["mette"]),
        ("åse", ["mette"]),
        ("ette@exam", ["mette"]),
        ("sh-77", ["jens"]),
        ("+45 12 34", ["jens"]),
        ("012 34 56", ["jens"]),
        ("jens mette", []),
        ("50%", []),
        ("_", []),
    ],
)
def test_search_finds_parts_of_names_addresses_and_numbers(text: str, found: list[str]) -> None:
    people = {
        "mette": counted(first_name="Mette", last_name="Åsen", email="mette@example.com"),
        "jens": counted(first_name="Jens", external_id="SH-77", phone="+4512345678"),
    }
    assert set(listed(f"q={text.replace('+', '%2B')}")) == {people[name].pk for name in found}


def test_without_the_right_nobody_is_found_by_contact_data() -> None:
    mail = counted(first_name="Mette", email="mette@example.com", external_id="mette@example.com")
    hashed = counted(email="jens@example.com", phone="+4512345678", external_id="email:00ff")
    plain = counted(external_id="SH-77")
    for text in ("mette", "example.com", "email:00ff", "email:", "%2B4512345678", "12345678"):
        assert listed(f"q={text}", "Analyst") == [], text
    assert listed("q=sh-7", "Analyst") == [plain.pk]
    assert listed(f"q={mail.pk}", "Analyst") == [mail.pk]
    assert set(listed("", "Analyst")) == {mail.pk, hashed.pk, plain.pk}
    answer = client_of("Analyst").get("/customers/").content.decode()
    for secret in ("Mette", "mette@", "jens@", "12345678", "SH-77", "email:00ff"):
        assert secret not in answer
    assert 'name="customer"' not in answer


@pytest.mark.parametrize(
    ("sort", "order"),
    [
        ("", ["new", "old", "none"]),
        ("-last_order_at", ["new", "old", "none"]),
        ("last_order_at", ["old", "new", "none"]),
        ("-revenue", ["old", "new", "none"]),
        ("revenue", ["none", "new", "old"]),
        ("average_order_value", ["new", "old", "none"]),
        ("-average_order_value", ["old", "new", "none"]),
        ("order_count", ["none", "new", "old"]),
        ("-registered_at", ["none", "new", "old"]),
    ],
)
def test_whoever_lacks_the_value_comes_last(sort: str, order: list[str]) -> None:
    people = {
        "none": counted(registered_at=NOW),
        "new": counted(orders=1, revenue=10, days=1),
        "old": counted(orders=2, revenue=90, days=50),
    }
    if sort == "-registered_at":  # The later row comes first among equals.
        order = ["none", "old", "new"]
    assert listed(f"sort={sort}") == [people[name].pk for name in order]


def test_a_click_on_the_heading_turns_the_order_round() -> None:
    counted(orders=1)
    client = client_of("Marketer")
    answer = client.get("/customers/?sort=-revenue&country=&importance=loyal").content.decode()
    assert 'aria-sort="descending"' in answer
    assert 'href="?importance=loyal&amp;sort=revenue"' in answer


def test_pages_share_the_customers_out() -> None:
    people = [counted(orders=1, days=number + 1) for number in range(53)]
    client = client_of("Marketer")
    first, second = listed("", client), listed("page=2", client)
    assert first + second == [person.pk for person in people]
    assert "53 customers" in client.get("/customers/").content.decode()


def test_each_filter_in_use_can_be_removed_on_its_own() -> None:
    counted(orders=5, importance="vip", country="DK")
    answer = client_of("Marketer").get("/customers/?importance=vip&country=DK&page=1")
    chips = {chip.label: (chip.value, chip.query) for chip in answer.context["chips"]}
    assert chips == {
        "Importance": ("VIP", "country=DK"),
        "Country": ("Denmark", "importance=vip"),
    }


def test_countries_are_offered_by_name_in_the_order_of_names() -> None:
    for code in ("DE", "AT", "XX", "DK"):
        counted(orders=1, country=code)
    answer = client_of("Marketer").get("/customers/")
    offered = list(answer.context["asked"].form.fields["country"].choices)
    assert offered == [("AT", "Austria"), ("DK", "Denmark"), ("DE", "Germany"), ("XX", "XX")]
    assert '<span class="cdp-muted" title="Austria">AT</span>' in answer.content.decode()


def test_no_matches_say_which_filter_to_give_up() -> None:
    counted(orders=5, importance="vip", country="DK")
    counted(orders=1, country="DE")
    answer = client_of("Marketer").get("/customers/?importance=vip&country=DE&orders_min=1")
    hints = [(hint.label, hint.query, hint.count) for hint in answer.context["hints"]]
    assert hints == [
        ("Importance", "country=DE&orders_min=1", 1),
        ("Country", "importance=vip&orders_min=1", 1),
    ]
    assert "No customer fits all of this" in answer.content.decode()


def test_the_cost_does_not_grow_with_the_rows() -> None:
    client = client_of("Marketer")
    counts = []
    for total in (2, 20):
        while CustomerStatistics.objects.count() < total:
            customer = counted(orders=1, country="DK", first_name="A")
            factories.give_tags(customer, f"tag {customer.pk}")
        with CaptureQueriesContext(connection) as queries:
            listed("", client)
        counts.append(len(queries))
    assert counts[0] == counts[1]


@pytest.mark.parametrize("name", HOSTILE)
def test_names_that_look_like_code_are_only_shown(name: str) -> None:
    customer = counted(first_name=name, city=name, orders=1)
    factories.give_tags(customer, name)
    client = client_of("Marketer")
    answer = client.get("/customers/", {"q": name}).content.decode()
    assert escape(name) in answer
    for code in ("<script>alert", 'x-init="alert', ">49<"):
        assert code not in re.sub(r"<script[^>]* src=[^>]*>", "", answer.split("<main")[1])


def test_a_view_is_saved_applied_changed_and_deleted() -> None:
    counted(orders=5, importance="vip")
    user = make_user("Analyst")
    client = client_of(user)
    answer = client.post(
        reverse("customers:save_view"),
        {"name": " Big  <b>spenders</b> ", "query": "page=3&importance=vip&x=y&sort=-revenue"},
        follow=True,
    )
    view = SavedView.objects.get()
    assert (view.user, view.name, view.query) == (
        user,
        "Big <b>spenders</b>",
        "importance=vip&sort=-revenue",
    )
    assert answer.redirect_chain[-1][0] == f"/customers/?{view.query}&view={view.pk}"
    assert answer.context["current"] == view
    assert not answer.context["is_changed"]
    assert escape(view.name) in answer.content.decode()
    changed = client.get(f"/customers/?importance=loyal&view={view.pk}")
    assert changed.context["is_changed"]
    client.post(reverse("customers:save_view"), {"name": view.name, "query": "importance=loyal"})
    view.refresh_from_db()
    assert view.query == "importance=loyal"
    client.post(reverse("customers:delete_view", args=[view.pk]))
    assert not SavedView.objects.exists()


def test_views_are_their_users_own() -> None:
    view = SavedView.objects.create(
        user=make_user("Marketer"), page="customers", name="Secret plan", created_at=NOW
    )
    counted()
    other = client_of("Admin")
    assert "Secret plan" not in other.get(f"/customers/?view={view.pk}").content.decode()
    assert other.post(reverse("customers:delete_view", args=[view.pk])).status_code == 404
    assert SavedView.objects.exists()


@pytest.mark.parametrize("name", ["", "   ", "x" * 81, "a\0b"])
def test_a_view_needs_a_name_that_fits(name: str) -> None:
    client = client_of("Marketer")
    answer = client.post(
        reverse("customers:save_view"), {"name": name, "query": "importance=vip"}, follow=True
    )
    assert "The view was not saved" in answer.content.decode()
    assert not SavedView.objects.exists()
