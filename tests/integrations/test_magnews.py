"""MagNews gets plain merges without a status, through the fields that the settings name."""

from __future__ import annotations

from typing import Any

import pytest

from integrations.destinations import Destination, Receipt, destinations
from integrations.exceptions import BadRequest, NotAuthorized
from integrations.identity.people import Person
from integrations.network.http import Patience
from tests.vendors.magnews import DATABASE, FakeMagNews
from tests.vendors.server import running

ANNA = Person(
    id="7",
    emails=("Anna@Shop.Example",),
    phones=("+45 20 00 00 00",),
    first_name="Anna",
    consents=frozenset({"email"}),
    fields={"life_cycle": "active", "predicted_value": None, "importance": "gold"},
)


@pytest.fixture
def vendor(settings):
    with running(FakeMagNews()) as fake:
        settings.WEBHOOK_ALLOWED_HOSTS = {"127.0.0.1"}
        yield fake


@pytest.fixture
def magnews(vendor: FakeMagNews):
    patience = Patience(wait=lambda seconds: None)
    connected = destinations.get("magnews").connect(vendor.settings, patience=patience)
    yield connected
    connected.close()


def test_a_merge_fills_the_named_fields_and_no_status(
    vendor: FakeMagNews, magnews: Destination
) -> None:
    audience = magnews.create_audience("A")
    vendor.contacts["anna@shop.example"] = {"status": "unsubscribed"}
    assert magnews.add(audience, [ANNA]) == Receipt()
    assert vendor.asked("POST .*/contacts/merge")[0].json == {
        "options": {"iddatabase": DATABASE},
        "values": {
            "EMAIL": "anna@shop.example",
            "NAME": "Anna",
            "LIFECYCLE": "active",
            "VALUE": "",
        },
    }
    assert vendor.contacts["anna@shop.example"]["status"] == "unsubscribed"


def test_a_check_says_that_it_was_never_tried(magnews: Destination) -> None:
    assert not magnews.is_verified
    assert "live service" in magnews.check().notes[0]


@pytest.mark.parametrize(
    ("status", "error", "words"),
    [(401, NotAuthorized, "new one"), (403, NotAuthorized, "right"), (404, BadRequest, "database")],
)
def test_refusals_are_told_apart(
    vendor: FakeMagNews, magnews: Destination, status: int, error: type[Exception], words: str
) -> None:
    vendor.fail("before", "audiences", times=9, status=status, data={"message": "No."})
    with pytest.raises(error, match=words):
        magnews.check()


@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        ({}, set()),
        ({"base_url": "https://192.168.0.1/ws"}, {"base_url"}),
        ({"extra_fields": "shoe_size = SHOE"}, {"extra_fields"}),
        ({"extra_fields": "life_cycle"}, {"extra_fields"}),
        ({"email_field": "E MAIL"}, {"email_field"}),
        ({"database_id": "twelve"}, {"database_id"}),
    ],
)
def test_the_form_refuses_what_cannot_work(
    vendor: FakeMagNews, changes: dict[str, Any], wrong: set[str]
) -> None:
    assert set(destinations.get("magnews").Settings({**vendor.settings, **changes}).errors) == wrong
