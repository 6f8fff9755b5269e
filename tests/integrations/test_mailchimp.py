"""Mailchimp gets the exact requests that leave everybody's status alone."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from integrations.destinations import Destination, Receipt, destinations
from integrations.exceptions import BadRequest, NotAuthorized
from integrations.identity.hashing import subscriber_hash
from integrations.identity.people import Person
from integrations.network.http import Patience
from tests.vendors.mailchimp import LIST, FakeMailchimp
from tests.vendors.server import running

FIELDS: dict[str, Any] = {"life_cycle": "active", "next_order_on": date(2026, 12, 24)}


@pytest.fixture
def vendor(settings):
    with running(FakeMailchimp()) as fake:
        settings.MAILCHIMP_URL = fake.url
        yield fake
    assert fake.complaints == []


@pytest.fixture
def waits() -> list[float]:
    return []


@pytest.fixture
def mailchimp(vendor: FakeMailchimp, waits: list[float]):
    connected = destinations.get("mailchimp").connect(
        vendor.settings, patience=Patience(wait=waits.append)
    )
    yield connected
    connected.close()


def person(email: str = "Anna@Shop.Example", **changes: Any) -> Person:
    return Person(
        id="c1", emails=(email,), first_name="Anna", consents=frozenset({"email"}), **changes
    )


def test_new_people_become_contacts_without_a_subscription(
    vendor: FakeMailchimp, mailchimp: Destination
) -> None:
    tag = mailchimp.create_audience("A")
    number = subscriber_hash("anna@shop.example")
    assert mailchimp.add(tag, [person()]) == Receipt(remote_ids={"c1": number})
    assert vendor.asked(f"POST /lists/{LIST}$")[0].json == {
        "members": [
            {
                "email_address": "anna@shop.example",
                "status": "transactional",
                "merge_fields": {"FNAME": "Anna"},
            }
        ],
        "update_existing": False,
    }
    assert vendor.asked(f"POST /lists/{LIST}/segments/{tag}")[0].json == {
        "members_to_add": ["anna@shop.example"]
    }


@pytest.mark.parametrize("status", ["subscribed", "unsubscribed", "cleaned", "pending"])
def test_the_status_of_a_contact_stays(
    vendor: FakeMailchimp, mailchimp: Destination, status: str
) -> None:
    vendor.put("anna@shop.example", status)
    tag = mailchimp.create_audience("A")
    mailchimp.add(tag, [person(fields=FIELDS)])
    mailchimp.remove(tag, [person()])
    assert vendor.contacts["anna@shop.example"]["status"] == status


def test_chosen_figures_reach_new_and_known_contacts(
    vendor: FakeMailchimp, mailchimp: Destination
) -> None:
    vendor.put("anna@shop.example")
    tag = mailchimp.create_audience("A")
    crowd = [person(fields=FIELDS), person("bo@shop.example", fields=FIELDS)]
    mailchimp.add(tag, crowd)
    for email in ("anna@shop.example", "bo@shop.example"):
        fields = vendor.contacts[email]["fields"]
        assert fields["REG_CYCLE"] == "active"
        assert fields["REG_NEXT"] == "2026-12-24"
    made = [one.json for one in vendor.asked("POST .*merge-fields")]
    assert [(one["tag"], one["type"], one["public"]) for one in made] == [
        ("REG_CYCLE", "text", False),
        ("REG_NEXT", "date", False),
    ]
    assert "status" not in vendor.asked("PUT")[0].json


def test_names_follow_for_those_sent_before_only(
    vendor: FakeMailchimp, mailchimp: Destination
) -> None:
    vendor.put("anna@shop.example")
    vendor.contacts["anna@shop.example"]["fields"] = {"FNAME": "Annika"}
    tag = mailchimp.create_audience("A")
    numbers = mailchimp.add(tag, [person()]).remote_ids
    assert vendor.contacts["anna@shop.example"]["fields"] == {"FNAME": "Annika"}
    mailchimp.add(tag, [person(remote_id=numbers["c1"])])
    assert vendor.contacts["anna@shop.example"]["fields"] == {"FNAME": "Anna"}


def test_many_known_contacts_are_refreshed_by_one_batch(
    vendor: FakeMailchimp, mailchimp: Destination
) -> None:
    crowd = [
        Person(
            id=f"c{number}",
            emails=(f"p{number}@shop.example",),
            first_name="Anna",
            consents=frozenset({"email"}),
            fields=FIELDS,
        )
        for number in range(60)
    ]
    for one in crowd[:-1]:
        vendor.put(one.email)
    tag = mailchimp.create_audience("A")
    before = len(vendor.requests)
    receipt = mailchimp.add(tag, crowd)
    assert receipt.ticket
    assert vendor.asked("PUT") == []
    assert len(vendor.requests) - before <= 8
    assert len(vendor.inside(tag)) == 60
    assert mailchimp.settle(receipt.ticket).ticket == receipt.ticket
    vendor.work()
    assert mailchimp.settle(receipt.ticket) == Receipt()
    assert {one["fields"]["REG_CYCLE"] for one in vendor.contacts.values()} == {"active"}
    assert {one["status"] for one in vendor.contacts.values()} == {"subscribed", "transactional"}


def test_figures_that_are_not_taken_are_noted_and_hold_up_nobody(
    vendor: FakeMailchimp, mailchimp: Destination
) -> None:
    vendor.put("anna@shop.example")
    tag = mailchimp.create_audience("A")
    vendor.fail("before", "PUT", status=400, data={"title": "Invalid Resource"})
    receipt = mailchimp.add(tag, [person(fields=FIELDS)])
    assert receipt.rejections == ()
    assert "1" in receipt.notes[0]
    assert vendor.inside(tag) == {"anna@shop.example"}
    vendor.jobs["b7"] = {"status": "finished", "operations": [1, 2, 3], "errors": 3}
    assert "3" in mailchimp.settle("b7").notes[0]


def test_a_merge_field_is_made_once_even_if_the_answer_was_lost(
    vendor: FakeMailchimp, mailchimp: Destination
) -> None:
    tag = mailchimp.create_audience("A")
    vendor.fail("drop-after", "POST .*merge-fields")
    assert mailchimp.add(tag, [person(fields={"importance": "gold"})]).rejections == ()
    assert vendor.fields.count("REG_WEIGHT") == 1


def test_two_customers_with_one_address_share_a_contact(
    vendor: FakeMailchimp, mailchimp: Destination
) -> None:
    tag = mailchimp.create_audience("A")
    vendor.refuse("anna@shop.example")
    twin = Person(id="c2", emails=("ANNA@shop.example",), consents=frozenset({"email"}))
    receipt = mailchimp.add(tag, [person(), twin])
    assert [one.person_id for one in receipt.rejections] == ["c1", "c2"]
    assert len(vendor.asked(f"POST /lists/{LIST}$")[0].json["members"]) == 1


def test_overload_without_a_word_is_waited_for(
    vendor: FakeMailchimp, mailchimp: Destination, waits: list[float]
) -> None:
    vendor.fail("before", "POST", status=403, data=None)
    mailchimp.create_audience("A")
    assert vendor.names() == ["A"]
    assert len(waits) == 1


def test_a_role_without_rights_is_told(vendor: FakeMailchimp, mailchimp: Destination) -> None:
    problem = {"title": "User Role Forbidden", "detail": "Your user role does not have permission."}
    vendor.fail("before", status=403, data=problem)
    with pytest.raises(NotAuthorized, match="Your user role does not have permission"):
        mailchimp.check()


def test_a_wrong_audience_id_names_the_right_ones(vendor: FakeMailchimp) -> None:
    settings = {**vendor.settings, "list_id": "wrong"}
    connected = destinations.get("mailchimp").connect(settings)
    vendor.refused = lambda request: None  # type: ignore[method-assign]
    vendor.fail("before", "GET /lists/wrong", status=404, data={})
    with pytest.raises(BadRequest, match=rf"ID wrong.* Newsletter \({LIST}\)"):
        connected.check()
    connected.close()


@pytest.mark.parametrize(
    ("key", "is_valid"), [("abc-us21", True), ("abc", False), ("abc-", False), ("a b-us1", False)]
)
def test_the_key_names_a_data_centre(vendor: FakeMailchimp, key: str, is_valid: bool) -> None:
    form = destinations.get("mailchimp").Settings({**vendor.settings, "api_key": key})
    assert form.is_valid() == is_valid


def test_a_secret_is_not_shown_again(vendor: FakeMailchimp) -> None:
    form = destinations.get("mailchimp").Settings(initial=vendor.settings)
    assert vendor.settings["api_key"] not in form.as_p()
