"""Klaviyo gets the exact requests: imports with our id, removals by profile, no consent."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from integrations.destinations import Destination, Receipt, destinations, klaviyo
from integrations.exceptions import NotAuthorized
from integrations.identity.people import Person
from integrations.network.http import Patience
from tests.vendors.klaviyo import FakeKlaviyo
from tests.vendors.server import running


@pytest.fixture
def vendor(settings):
    with running(FakeKlaviyo()) as fake:
        settings.KLAVIYO_URL = fake.url
        yield fake
    assert fake.complaints == []


@pytest.fixture
def connected(vendor: FakeKlaviyo):
    found = destinations.get("klaviyo").connect(
        vendor.settings, patience=Patience(wait=lambda seconds: None)
    )
    yield found
    found.close()


def person(number: int = 1, **changes: Any) -> Person:
    given: dict[str, Any] = {
        "emails": (f"person.{number}@shop.example",),
        "consents": frozenset({"email"}),
        **changes,
    }
    return Person(id=f"c{number}", **given)


def done(connected: Destination, vendor: FakeKlaviyo, receipt: Receipt) -> Receipt:
    vendor.work()
    return connected.settle(receipt.ticket)


def test_an_import_names_list_and_our_id(vendor: FakeKlaviyo, connected: Destination) -> None:
    audience = connected.create_audience("A")
    fields = {"predicted_value": 12.5, "next_order_on": date(2026, 12, 24), "importance": None}
    connected.add(audience, [person(first_name="Anna", phones=("+4520000000",), fields=fields)])
    sent = vendor.asked("POST /api/profile-bulk-import-jobs")[0]
    assert sent.headers["revision"] == "2026-10-15"
    assert sent.json["data"] == {
        "type": "profile-bulk-import-job",
        "attributes": {
            "profiles": {
                "data": [
                    {
                        "type": "profile",
                        "attributes": {
                            "external_id": "c1",
                            "email": "person.1@shop.example",
                            "first_name": "Anna",
                            "properties": {
                                "regulars_predicted_value": 12.5,
                                "regulars_next_order_on": "2026-12-24",
                                "regulars_importance": None,
                            },
                        },
                    }
                ]
            }
        },
        "relationships": {"lists": {"data": [{"type": "list", "id": audience}]}},
    }


def test_nothing_is_confirmed_while_the_job_runs(
    vendor: FakeKlaviyo, connected: Destination
) -> None:
    audience = connected.create_audience("A")
    receipt = connected.add(audience, [person()])
    assert receipt.ticket
    assert connected.settle(receipt.ticket) == Receipt(ticket=receipt.ticket)
    assert done(connected, vendor, receipt) == Receipt()


def test_a_cancelled_job_confirms_nobody(vendor: FakeKlaviyo, connected: Destination) -> None:
    receipt = connected.add(connected.create_audience("A"), [person()])
    vendor.jobs[receipt.ticket]["status"] = "cancelled"
    assert connected.settle(receipt.ticket).problems


def test_a_refusal_without_a_name_confirms_nobody(
    vendor: FakeKlaviyo, connected: Destination
) -> None:
    receipt = connected.add(connected.create_audience("A"), [person(1), person(2)])
    vendor.work()
    vendor.jobs[receipt.ticket]["errors"] = [{"email": "person.1@shop.example"}]
    assert connected.settle(receipt.ticket).problems


def test_large_batches_are_cut_by_bytes(
    vendor: FakeKlaviyo, connected: Destination, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(klaviyo, "_LARGEST_JOB", 1000)
    audience = connected.create_audience("A")
    receipt = connected.add(audience, [person(number) for number in range(30)])
    assert all(len(one.body) < 1300 for one in vendor.asked("POST .*import-jobs"))
    assert len(receipt.ticket.split(",")) > 1
    assert done(connected, vendor, receipt) == Receipt()
    assert len(vendor.inside(audience)) == 30


def test_a_number_is_sent_only_where_there_is_no_address(
    vendor: FakeKlaviyo, connected: Destination
) -> None:
    connected.add(connected.create_audience("A"), [person(emails=(), phones=("+45 20 00 00 00",))])
    rows = vendor.asked("POST .*import-jobs")[0].json["data"]["attributes"]["profiles"]["data"]
    assert rows[0]["attributes"] == {"external_id": "c1", "phone_number": "+4520000000"}


def test_whoever_changed_the_address_is_found_by_our_id(
    vendor: FakeKlaviyo, connected: Destination
) -> None:
    audience = connected.create_audience("A")
    done(connected, vendor, connected.add(audience, [person()]))
    connected.remove(audience, [person(emails=("old@shop.example",))])
    assert vendor.inside(audience) == set()


def test_a_known_profile_leaves_without_being_looked_up(
    vendor: FakeKlaviyo, connected: Destination
) -> None:
    audience = connected.create_audience("A")
    number = vendor.put("anna@shop.example")
    vendor.lists[audience]["members"][number] = True
    connected.remove(audience, [person(remote_id=number)])
    assert vendor.inside(audience) == set()
    assert vendor.asked("GET /api/profiles") == []


def test_lists_are_found_on_every_page(vendor: FakeKlaviyo, connected: Destination) -> None:
    made = [connected.create_audience(f"List {number}") for number in range(23)]
    assert connected.find_audience("List 22") == made[22]
    assert len(connected.check().audiences) == 23


def test_a_missing_right_is_named(vendor: FakeKlaviyo, connected: Destination) -> None:
    vendor.scopes_missing = "lists:write"
    with pytest.raises(NotAuthorized, match="missing required scopes: lists:write"):
        connected.create_audience("A")
