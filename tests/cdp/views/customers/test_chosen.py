"""Customers chosen on the list: tags, lists and files, at once or by a job, and undoing it."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from analytics.models import CustomerStatistics
from analytics.refresh import refresh_now
from cdp.jobs.runner import run_in_foreground
from cdp.models import (
    AuditEntry,
    Customer,
    CustomerChange,
    CustomerSelection,
    CustomerTag,
    Job,
    SelectedCustomer,
    User,
)
from segments.models import Export, Membership, Segment
from tests import factories
from tests.conftest import NOW
from tests.people import client_of, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def people() -> list[Customer]:
    factories.make_shop()
    made = [
        factories.make_customer(
            first_name=f"Anna {number}", email=f"a{number}@example.com", country="DK"
        )
        for number in range(4)
    ]
    refresh_now(now=NOW, full=True)
    return made


@pytest.fixture
def user() -> User:
    return make_user("Marketer")


@pytest.fixture
def client(user: User) -> Client:
    return client_of(user)


def choose(client: Client, *people: Customer, **values: str) -> CustomerSelection:
    keys = [person.pk for person in people]
    client.post(reverse("customers:choose"), {"customer": keys, **values})
    return CustomerSelection.objects.latest("pk")


def act(client: Client, what: str, selection: CustomerSelection, **values: object) -> str:
    """Ask for an action and return the page that follows."""
    address = reverse(f"customers:{what}", args=[selection.pk])
    answer = client.post(address, values, follow=True)
    assert answer.status_code == 200
    return answer.content.decode()


def carriers(name: str) -> set[int]:
    return set(CustomerTag.objects.filter(tag__name=name).values_list("customer_id", flat=True))


def members(name: str) -> set[int]:
    return set(Membership.objects.filter(segment__name=name).values_list("customer_id", flat=True))


def keys_of(*people: Customer) -> set[int]:
    return {person.pk for person in people}


def test_ticked_customers_are_put_aside(client, user, people) -> None:
    answer = client.post(
        reverse("customers:choose"), {"customer": [people[0].pk, people[2].pk], "do": "list"}
    )
    selection = CustomerSelection.objects.get()
    assert answer["Location"] == f"/customers/chosen/{selection.pk}/#list"
    assert selection.user == user
    assert set(SelectedCustomer.objects.values_list("customer_id", flat=True)) == keys_of(
        people[0], people[2]
    )
    page = client.get(answer["Location"]).content.decode()
    assert "2 customers" in page
    assert "Anna 0" in page


def test_all_matches_are_put_aside_beyond_the_page(client, people) -> None:
    for _number in range(55):
        customer = factories.make_customer(country="DE")
        CustomerStatistics.objects.create(customer=customer, country="DE")
    client.post(reverse("customers:choose"), {"everything": "1", "query": "country=DE"})
    assert SelectedCustomer.objects.count() == 55


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"customer": ["x", "99999999999999999999999", "123456"]},
        {"everything": "1", "query": "country=DK&q=nobody"},
        {"everything": "1", "query": "orders_min=abc"},
    ],
)
def test_nobody_chosen_is_said_and_nothing_kept(client, people, values) -> None:
    answer = client.post(reverse("customers:choose"), values, follow=True)
    assert "Nobody was chosen" in answer.content.decode()
    assert not CustomerSelection.objects.exists()


def test_a_tag_is_given_counted_recorded_and_taken_back(client, user, people) -> None:
    factories.give_tags(people[0], "Fair")
    selection = choose(client, *people[:3])
    page = act(client, "tag", selection, name="fair", action="add")
    assert "2 customers were given the tag “Fair”." in page
    assert "1 other customer had the tag already." in page
    assert carriers("Fair") == keys_of(*people[:3])
    assert CustomerChange.objects.count() == 2
    assert Job.objects.filter(kind="refresh").exists()
    entry = AuditEntry.objects.get()
    assert (entry.user, entry.action) == (user, "customers_tagged")
    assert entry.details == "add_tag “Fair”; customers: 2"
    change = CustomerSelection.objects.latest("pk")
    page = act(client, "undo", change)
    assert "The tag “Fair” was taken from 2 customers." in page
    assert carriers("Fair") == keys_of(people[0])
    again = act(client, "undo", change)
    assert "Nothing to do: none of the 2 has the tag “Fair”." in again


def test_a_tag_is_taken(client, people) -> None:
    for person in people[:2]:
        factories.give_tags(person, "Fair")
    page = act(client, "tag", choose(client, *people[1:]), name="FAIR", action="remove")
    assert "The tag “Fair” was taken from 1 customer." in page
    assert "2 other customers did not have the tag." in page
    assert carriers("Fair") == keys_of(people[0])


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"name": " ", "action": "add"}, "The tag has no name."),
        ({"name": "Fiar", "action": "remove"}, "There is no tag “Fiar”"),
    ],
)
def test_a_tag_that_cannot_be_is_said(client, people, values, words) -> None:
    assert words in act(client, "tag", choose(client, *people), **values)
    assert not CustomerTag.objects.exists()


def test_customers_go_on_a_new_list_and_off_it_again(client, user, people) -> None:
    page = act(client, "enlist", choose(client, *people[:2]), name=" Fair  2026 ")
    assert "2 customers were added to the list “Fair 2026”." in page
    segment = Segment.objects.get()
    assert (segment.type, segment.owner, segment.member_count) == ("static", user, 2)
    page = act(client, "enlist", choose(client, *people[1:]), list=segment.pk)
    assert "2 customers were added" in page
    assert "1 other customer was on the list already." in page
    assert members("Fair 2026") == keys_of(*people)
    page = act(client, "undo", CustomerSelection.objects.latest("pk"))
    assert "2 customers were removed from the list “Fair 2026”." in page
    assert members("Fair 2026") == keys_of(*people[:2])


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({}, "No list was named."),
        ({"list": "x"}, "No list was named."),
        ({"list": "99999999999999999999999"}, "No list was named."),
        ({"name": "Danes"}, "There is a segment “Danes” already."),
        ({"list": "DANES"}, "No list was named."),
        ({"name": "x" * 201}, "longer than 200 characters"),
    ],
)
def test_a_list_that_cannot_be_is_said(client, people, values, words) -> None:
    danes = Segment.objects.create(name="Danes", created_at=NOW, edited_at=NOW)
    if values.get("list") == "DANES":  # It has conditions: nobody is put in by hand.
        values = {"list": danes.pk}
    assert words in act(client, "enlist", choose(client, *people), **values)
    assert not Membership.objects.exists()
    assert Segment.objects.count() == 1


def test_many_customers_are_changed_by_a_job(client, people, monkeypatch) -> None:
    monkeypatch.setattr("cdp.views.customers.changes.AT_ONCE", 3)
    selection = choose(client, everything="1")
    address = reverse("customers:tag", args=[selection.pk])
    answer = client.post(address, {"name": "Everybody", "action": "add"})
    job = Job.objects.get(kind="tag_customers")
    assert answer["Location"] == reverse("jobs:detail", args=[job.pk])
    change = CustomerSelection.objects.latest("pk")
    waiting = client.get(reverse("customers:selection", args=[change.pk])).content.decode()
    assert "being worked on in the background" in waiting
    run_in_foreground(job, clock=lambda: NOW, pause=lambda seconds: None)
    assert carriers("Everybody") == keys_of(*people)
    done = client.get(reverse("customers:selection", args=[change.pk])).content.decode()
    assert "4 customers were given the tag “Everybody”." in done


def test_chosen_customers_are_exported(client, user, people) -> None:
    selection = choose(client, *people[:2])
    address = reverse("customers:export", args=[selection.pk])
    values = {"columns": ["customer_id", "email"], "dialect": "comma"}
    first = client.post(address, values)
    export = Export.objects.get()
    assert first["Location"] == reverse("segments:export", args=[export.pk])
    assert (export.user, export.columns) == (user, "customer_id,email")
    chosen = SelectedCustomer.objects.filter(selection=export.selection)
    assert set(chosen.values_list("customer_id", flat=True)) == keys_of(*people[:2])
    client.post(address, values)
    assert Export.objects.count() == 2


def test_an_export_in_an_unknown_form_is_refused_in_words(client, people) -> None:
    page = act(client, "export", choose(client, *people), columns="email", dialect="xlsx")
    assert "There is no format “xlsx”." in page
    assert not Export.objects.exists()


def test_selections_of_others_are_for_whoever_sees_their_jobs(client, people) -> None:
    selection = choose(client, *people)
    admin = client_of("Admin")
    assert admin.get(reverse("customers:selection", args=[selection.pk])).status_code == 200
    other = client_of("Marketer")
    assert other.get(reverse("customers:selection", args=[selection.pk])).status_code == 404
    for action in ("tag", "enlist", "export", "undo"):
        address = reverse(f"customers:{action}", args=[selection.pk])
        assert other.post(address, {"name": "x"}).status_code == 404, action
    assert not CustomerTag.objects.exists()


def test_a_plain_selection_has_nothing_to_undo(client, people) -> None:
    assert "was not made for a change" in act(client, "undo", choose(client, *people))
