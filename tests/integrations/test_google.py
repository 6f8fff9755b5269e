"""Google gets hashed members with consent and terms; tokens are renewed; batches settle later."""

from __future__ import annotations

from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import pytest

from integrations.destinations import Destination, Receipt, destinations
from integrations.exceptions import BadRequest, DestinationError, NotAuthorized
from integrations.identity.people import Person
from integrations.network.http import Patience
from tests.vendors.google import CUSTOMER, FakeGoogle, api_error
from tests.vendors.server import running

ANNA = Person(id="c1", emails=("A.n.n.a@Gmail.com",), consents=frozenset({"ads"}))
MANAGER = "9876543210"


@pytest.fixture
def vendor(settings):
    with running(FakeGoogle()) as fake:
        settings.GOOGLE_URL, settings.GOOGLE_TOKEN_URL = fake.url, f"{fake.url}/token"
        yield fake
    assert fake.complaints == []


def connect(vendor: FakeGoogle, **changes: str) -> Destination:
    patience = Patience(wait=lambda seconds: None)
    return destinations.get("google").connect({**vendor.settings, **changes}, patience=patience)


@pytest.fixture
def google(vendor: FakeGoogle):
    connected = connect(vendor)
    yield connected
    connected.close()


def test_members_travel_with_consent_and_terms(vendor: FakeGoogle, google: Destination) -> None:
    audience = google.create_audience("A")
    google.add(audience, [ANNA])
    assert vendor.asked("POST .*:ingest")[0].json == {
        "destinations": [
            {
                "operatingAccount": {"accountType": "GOOGLE_ADS", "accountId": CUSTOMER},
                "productDestinationId": audience,
            }
        ],
        "audienceMembers": [
            {
                "userData": {
                    "userIdentifiers": [{"emailAddress": sha256(b"anna@gmail.com").hexdigest()}]
                }
            }
        ],
        "encoding": "HEX",
        "consent": {"adUserData": "CONSENT_GRANTED", "adPersonalization": "CONSENT_GRANTED"},
        "termsOfService": {"customerMatchTermsOfServiceStatus": "ACCEPTED"},
    }


def test_a_removal_says_nothing_of_consent(vendor: FakeGoogle, google: Destination) -> None:
    google.remove(google.create_audience("A"), [ANNA])
    sent = vendor.asked("POST .*:remove")[0].json
    assert set(sent) == {"destinations", "audienceMembers", "encoding"}


def test_a_manager_account_is_named(vendor: FakeGoogle) -> None:
    google = connect(vendor, manager_id="987-654-3210")
    google.add(google.create_audience("A"), [ANNA])
    google.close()
    made, sent = vendor.asked("POST .*userLists")[0], vendor.asked("POST .*:ingest")[0]
    assert made.headers["login-account"] == f"accountTypes/GOOGLE_ADS/accounts/{MANAGER}"
    assert sent.json["destinations"][0]["loginAccount"]["accountId"] == MANAGER


def test_a_list_keeps_people_as_long_as_google_allows(
    vendor: FakeGoogle, google: Destination
) -> None:
    google.create_audience("A")
    assert vendor.asked("POST .*userLists")[0].json["membershipDuration"] == "46656000s"


def test_one_token_serves_until_it_runs_out(vendor: FakeGoogle, google: Destination) -> None:
    audience = google.create_audience("A")
    google.add(audience, [ANNA])
    assert len(vendor.asked("/token")) == 1
    vendor.expire()
    google.add(audience, [ANNA])
    assert len(vendor.asked("/token")) == 2


def test_an_ended_log_in_asks_to_connect_again(vendor: FakeGoogle, google: Destination) -> None:
    vendor.revoke()
    with pytest.raises(NotAuthorized, match=r"no longer accepts the log-in.*7 days"):
        google.check()


def test_nothing_is_confirmed_before_google_says_so(
    vendor: FakeGoogle, google: Destination
) -> None:
    audience = google.create_audience("A")
    receipt = google.add(audience, [ANNA])
    assert google.settle(receipt.ticket) == Receipt(ticket=receipt.ticket)
    assert vendor.inside(audience) == set()
    vendor.work()
    assert google.settle(receipt.ticket) == Receipt()


@pytest.mark.parametrize("status", ["PARTIAL_SUCCESS", "FAILED"])
def test_a_partial_success_confirms_nobody(
    vendor: FakeGoogle, google: Destination, status: str
) -> None:
    receipt = google.add(google.create_audience("A"), [ANNA])
    counts = [{"recordCount": "7", "reason": "PROCESSING_ERROR_REASON_INVALID_IDENTIFIERS"}]
    vendor.jobs[receipt.ticket] |= {"status": status, "errors": {"errorCounts": counts}}
    settled = google.settle(receipt.ticket)
    assert settled.problems == ("Google refused 7 people: invalid identifiers.",)
    assert not settled.ticket


@pytest.mark.parametrize(
    ("reply", "error", "words"),
    [
        (api_error(400, "TERMS_AND_CONDITIONS_NOT_SIGNED"), NotAuthorized, "Audience manager"),
        (
            api_error(400, "EU_POLITICAL_ADVERTISING_DECLARATION_REQUIRED"),
            NotAuthorized,
            "political",
        ),
        (api_error(403, "ACCESS_TOKEN_SCOPE_INSUFFICIENT"), NotAuthorized, "datamanager"),
        (api_error(403, "PERMISSION_DENIED"), NotAuthorized, "does not allow"),
        (api_error(400, "MEMBERSHIP_DURATION_TOO_LONG"), BadRequest, "refused the request"),
    ],
)
def test_reasons_are_told_apart(
    vendor: FakeGoogle,
    google: Destination,
    reply: dict[str, Any],
    error: type[DestinationError],
    words: str,
) -> None:
    audience = google.create_audience("A")
    vendor.fail("before", "audienceMembers", times=9, **reply)
    with pytest.raises(error, match=words):
        google.add(audience, [ANNA])


def test_a_batch_of_malformed_people_ends(vendor: FakeGoogle, google: Destination) -> None:
    audience = google.create_audience("A")
    field = "audience_members.members[0].user_data"
    vendor.fail("before", ":ingest", times=99, **api_error(400, "X", field=field, description="No"))
    crowd = [
        Person(id=f"c{n}", emails=(f"p{n}@shop.example",), consents=frozenset({"ads"}))
        for n in range(30)
    ]
    with pytest.raises(BadRequest, match="too many people"):
        google.add(audience, crowd)
    assert len(vendor.asked(":ingest")) == 20


def test_whoever_was_not_sent_again_leaves_by_a_moment(
    vendor: FakeGoogle, google: Destination
) -> None:
    audience = google.create_audience("A")
    google.end_replacement(audience, datetime(2026, 11, 1, 12, 30, 5, 99, tzinfo=UTC))
    sent = vendor.asked("POST .*:removeAll")[0].json
    assert sent["removeAsOfTime"] == "2026-11-01T12:30:05Z"
    assert set(sent) == {"destinations", "removeAsOfTime"}


def test_a_wrong_client_is_told_apart(vendor: FakeGoogle, google: Destination) -> None:
    vendor.fail("before", "/token", status=401, data={"error": "invalid_client"})
    with pytest.raises(NotAuthorized, match="OAuth client"):
        google.check()
