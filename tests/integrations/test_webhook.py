"""The receiver of a webhook gets signed messages with an id that stays over repetitions."""

from __future__ import annotations

import json
import logging
from datetime import UTC, date, datetime
from typing import Any

import pytest

from integrations.destinations import Destination, Receipt, destinations
from integrations.exceptions import (
    AddressRefused,
    BadRequest,
    DestinationError,
    NotAuthorized,
    RateLimited,
    Unavailable,
)
from integrations.identity.people import Person
from integrations.network.http import Patience
from tests.rules import ROOT
from tests.vendors.server import running
from tests.vendors.webhook import SECRET, FakeWebhook

ANNA = Person(
    id="7",
    shop_id="C-7",
    emails=("Anna@Shop.Example",),
    phones=("+45 20 00 00 00",),
    first_name="Anna",
    last_name="Rossi",
    country="DK",
    language="da",
    consents=frozenset({"email"}),
    fields={"predicted_value": 12.5, "next_order_on": date(2026, 12, 24), "importance": None},
)
OLD = "the-secret-before-0123456789-abcdef"


@pytest.fixture
def vendor(settings):
    with running(FakeWebhook()) as fake:
        settings.WEBHOOK_ALLOWED_HOSTS = {"127.0.0.1"}
        yield fake
    assert fake.complaints == []


def connect(vendor: FakeWebhook, **changes: Any) -> Destination:
    patience = Patience(wait=lambda seconds: None)
    found = destinations.get("webhook").connect({**vendor.settings, **changes}, patience=patience)
    found.run_id, found.sequence = "31", 4
    return found


@pytest.fixture
def webhook(vendor: FakeWebhook):
    connected = connect(vendor)
    yield connected
    connected.close()


def messages(vendor: FakeWebhook) -> list[dict[str, Any]]:
    return [one.json for one in vendor.asked("POST /hook")]


def test_a_message_holds_what_the_help_says(vendor: FakeWebhook, webhook: Destination) -> None:
    assert webhook.add("Customers A", [ANNA]) == Receipt()
    (sent,) = vendor.asked("POST /hook")
    assert sent.query == {"shop": "1"}
    assert sent.headers["Content-Type"] == "application/json"
    message = sent.json
    moment = datetime.fromisoformat(message.pop("sent_at"))
    assert int(moment.timestamp()) == int(sent.headers["webhook-timestamp"])
    assert abs((datetime.now(tz=UTC) - moment).total_seconds()) < 60
    assert message == {
        "id": sent.headers["webhook-id"],
        "type": "audience.members",
        "segment": "Customers A",
        "destination": "webhook",
        "run_id": "31",
        "sequence": 5,
        "last": False,
        "added": [
            {
                "id": "7",
                "external_id": "C-7",
                "email": "anna@shop.example",
                "phone": "+4520000000",
                "first_name": "Anna",
                "last_name": "Rossi",
                "country": "DK",
                "language": "da",
                "fields": {
                    "importance": None,
                    "next_order_on": "2026-12-24",
                    "predicted_value": 12.5,
                },
            }
        ],
        "removed": [],
    }


def test_a_removal_names_what_was_sent(vendor: FakeWebhook, webhook: Destination) -> None:
    webhook.remove("Customers A", [webhook.traces(ANNA)])
    (message,) = messages(vendor)
    assert message["added"] == []
    assert message["removed"] == [{"id": "7", "email": "anna@shop.example", "phone": "+4520000000"}]


def test_the_id_stays_over_repetitions_and_workers(vendor: FakeWebhook) -> None:
    for _worker in range(2):
        webhook = connect(vendor)
        vendor.fail("after", "hook", status=503, data={})
        webhook.add("Customers A", [ANNA])
        webhook.close()
    assert len({one["id"] for one in messages(vendor)}) == 1
    assert len(messages(vendor)) == 4
    later = connect(vendor)
    later.run_id = "32"
    later.add("Customers A", [ANNA])
    later.remove("Customers A", [ANNA])
    later.close()
    assert len({one["id"] for one in messages(vendor)}) == 3


def test_the_last_message_of_a_run_says_so(vendor: FakeWebhook, webhook: Destination) -> None:
    webhook.add("Customers A", [ANNA])
    webhook.finish("Customers A", [])
    first, last = messages(vendor)
    assert (first["sequence"], first["last"]) == (5, False)
    assert (last["sequence"], last["last"]) == (6, True)
    assert last["added"] == last["removed"] == []


def test_large_people_travel_in_several_messages(vendor: FakeWebhook, webhook: Destination) -> None:
    crowd = [
        Person(
            id=str(number),
            emails=(f"person.{number}@shop.example",),
            consents=frozenset({"email"}),
            fields={"recommended": "x" * 3000},
        )
        for number in range(700)
    ]
    assert webhook.add("Customers A", crowd) == Receipt()
    assert len(messages(vendor)) == 3
    assert len(vendor.inside("Customers A")) == 700


def test_both_secrets_sign_while_one_is_changed(vendor: FakeWebhook) -> None:
    vendor.secrets = [OLD]
    single = connect(vendor, previous_secret=OLD, signs_twice=False)
    with pytest.raises(NotAuthorized, match=r"signature \(401\)"):
        single.check()
    double = connect(vendor, previous_secret=OLD, signs_twice=True)
    double.check()
    assert len(vendor.requests[-1].headers["webhook-signature"].split()) == 2
    vendor.secrets = [SECRET]
    double.check()
    for one in (single, double):
        one.close()


@pytest.mark.parametrize("status", [200, 201, 202, 204])
def test_every_success_counts(vendor: FakeWebhook, webhook: Destination, status: int) -> None:
    vendor.status = status
    assert webhook.add("Customers A", [ANNA]) == Receipt()


@pytest.mark.parametrize(
    ("status", "error", "words"),
    [
        (410, NotAuthorized, "gone for good"),
        (401, NotAuthorized, "same secret"),
        (404, BadRequest, "no receiver"),
        (413, BadRequest, "1 MB"),
        (422, BadRequest, "log of the receiver"),
        (302, BadRequest, "final address"),
        (429, RateLimited, "slow down"),
        (500, Unavailable, "fault of its own"),
    ],
)
def test_refusals_are_told_apart(
    vendor: FakeWebhook,
    webhook: Destination,
    status: int,
    error: type[DestinationError],
    words: str,
) -> None:
    vendor.fail("before", "hook", times=9, status=status, data={"detail": "anna@shop.example"})
    with pytest.raises(error, match=words) as failure:
        webhook.add("Customers A", [ANNA])
    assert "anna" not in str(failure.value)
    assert failure.value.hint


def test_the_path_of_the_address_is_in_no_log(
    vendor: FakeWebhook, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    webhook = connect(vendor, url=f"{vendor.url}/hooks/4711/k3y0fh00k")
    with pytest.raises(BadRequest) as failure:
        webhook.add("Customers A", [ANNA])
    assert "status=404" in caplog.text
    assert "k3y0fh00k" not in caplog.text + str(failure.value)
    webhook.close()


def test_a_private_address_is_never_called(vendor: FakeWebhook, settings: Any) -> None:
    settings.WEBHOOK_ALLOWED_HOSTS = set()
    with pytest.raises(AddressRefused):
        connect(vendor)
    hidden = connect(vendor, url="https://localhost/hook")
    with pytest.raises(AddressRefused, match="private network"):
        hidden.add("Customers A", [ANNA])
    hidden.close()
    assert vendor.requests == []


@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        ({}, set()),
        ({"url": "http://shop.example/hook"}, {"url"}),
        ({"url": "https://10.0.0.1/hook"}, {"url"}),
        ({"url": "https://user:word@shop.example/hook"}, {"url"}),
        ({"secret": "short"}, {"secret"}),
        ({"previous_secret": SECRET}, {"secret"}),
        ({"purpose": ""}, {"purpose"}),
        ({"purpose": "profiling"}, {"purpose"}),
    ],
)
def test_the_form_refuses_what_cannot_work(changes: dict[str, str], wrong: set[str]) -> None:
    entered = {"url": "https://shop.example/hook", "secret": SECRET, "purpose": "email", **changes}
    assert set(destinations.get("webhook").Settings(entered).errors) == wrong


def test_the_chosen_consent_is_the_one_that_counts(vendor: FakeWebhook) -> None:
    webhook = connect(vendor, purpose="sms")
    assert webhook.purpose == "sms"
    assert [one.person_id for one in webhook.add("Customers A", [ANNA]).rejections] == ["7"]
    assert vendor.requests == []
    assert destinations.get("webhook").purpose == "email"
    webhook.close()


def test_the_recipe_of_the_help_verifies_a_message(
    vendor: FakeWebhook, webhook: Destination
) -> None:
    recipe = (ROOT / "docs" / "destinations" / "webhook.md").read_text(encoding="utf-8")
    code = recipe.partition("```python\n")[2].partition("```")[0]
    space: dict[str, Any] = {}
    exec(code.replace('"the secret you entered"', json.dumps(SECRET)), space)
    webhook.add("Customers A", [ANNA])
    (sent,) = vendor.asked("POST /hook")
    headers = {name.lower(): value for name, value in sent.headers.items()}
    assert space["verified"](headers, sent.body)["segment"] == "Customers A"
    for broken in (
        {**headers, "webhook-timestamp": str(int(headers["webhook-timestamp"]) - 301)},
        {**headers, "webhook-signature": "v1,abc"},
        {**headers, "webhook-id": "another"},
    ):
        with pytest.raises(ValueError, match=r"not from Regulars|too old"):
            space["verified"](broken, sent.body)
