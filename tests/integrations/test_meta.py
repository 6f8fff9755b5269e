"""Meta gets hashed rows in sessions; its own error codes are told apart."""

from __future__ import annotations

import hmac
import json
from hashlib import sha256
from typing import Any

import pytest

from integrations.destinations import Destination, Receipt, destinations
from integrations.destinations.base import Replacement
from integrations.exceptions import (
    BadRequest,
    DestinationError,
    NotAuthorized,
    RateLimited,
    Unavailable,
)
from integrations.identity.hashing import META_COLUMNS
from integrations.identity.people import Person
from integrations.network.http import Patience
from tests.vendors.meta import ACCOUNT, TOKEN, FakeMeta, graph_error
from tests.vendors.server import running

ANNA = Person(
    id="c1",
    emails=("Anna@Shop.Example",),
    phones=("+4520000000",),
    first_name="Anna",
    consents=frozenset({"ads"}),
)


@pytest.fixture
def vendor(settings):
    with running(FakeMeta()) as fake:
        settings.META_URL = f"{fake.url}/v26.0"
        yield fake
    assert fake.complaints == []


@pytest.fixture
def waits() -> list[float]:
    return []


@pytest.fixture
def meta(vendor: FakeMeta, waits: list[float]):
    patience = Patience(wait=waits.append, longest_pause=1000)
    connected = destinations.get("meta").connect(vendor.settings, patience=patience)
    yield connected
    connected.close()


def test_rows_are_hashed_and_carry_our_id(vendor: FakeMeta, meta: Destination) -> None:
    audience = meta.create_audience("A")
    meta.add(audience, [ANNA])
    sent = vendor.asked("POST .*/users")[0]
    assert sent.json["payload"]["schema"] == list(META_COLUMNS)
    row = sent.json["payload"]["data"][0]
    assert row[:3] == [
        "c1",
        sha256(b"anna@shop.example").hexdigest(),
        sha256(b"4520000000").hexdigest(),
    ]
    session = sent.json["session"]
    assert (session["batch_seq"], session["last_batch_flag"]) == (1, True)
    assert 0 < session["session_id"] < 2**63
    assert b"nna" not in sent.body


def test_every_call_proves_the_app_secret(vendor: FakeMeta, meta: Destination) -> None:
    meta.check()
    proof = hmac.new(b"s3cret-of-the-app", TOKEN.encode(), sha256).hexdigest()
    assert {one.query["appsecret_proof"] for one in vendor.requests} == {proof}


def test_a_repeated_batch_is_the_same_session(vendor: FakeMeta, meta: Destination) -> None:
    audience = meta.create_audience("A")
    vendor.fail("drop-after", "users")
    meta.add(audience, [ANNA])
    first, second = vendor.asked("POST .*/users")
    assert first.body == second.body


def test_a_removal_travels_in_the_body(vendor: FakeMeta, meta: Destination) -> None:
    audience = meta.create_audience("A")
    meta.remove(audience, [ANNA])
    sent = vendor.asked("DELETE .*/users")[0]
    assert sent.json["payload"]["data"][0][3:] == [""] * 6
    assert set(sent.query) == {"appsecret_proof"}


def test_terms_that_are_not_accepted_name_the_page(vendor: FakeMeta, meta: Destination) -> None:
    vendor.has_terms = False
    for call in (meta.check, lambda: meta.create_audience("A")):
        with pytest.raises(NotAuthorized) as failure:
            call()
        assert str(failure.value) == (
            "Facebook refused the upload because the Custom Audience terms are not accepted for ad "
            f"account {ACCOUNT}. Accept them at "
            "https://business.facebook.com/ads/manage/customaudiences/tos"
            f"?act={ACCOUNT}, then press Resume."
        )


@pytest.mark.parametrize(
    ("reply", "error", "words"),
    [
        (graph_error(190, 463), NotAuthorized, "access token"),
        (graph_error(10), NotAuthorized, "does not allow"),
        (graph_error(200, message="(#200) Requires ads_management"), NotAuthorized, "Requires"),
        (graph_error(100, 1713230), BadRequest, "neutral name"),
        (graph_error(100), BadRequest, "refused the request"),
        (graph_error(2, is_transient=True), Unavailable, "fault of its own"),
        (graph_error(1, status=500), Unavailable, "fault of its own"),
        (graph_error(80003), RateLimited, "slow down"),
    ],
)
def test_codes_are_told_apart(
    vendor: FakeMeta,
    meta: Destination,
    reply: dict[str, Any],
    error: type[DestinationError],
    words: str,
) -> None:
    audience = meta.create_audience("A")
    vendor.fail("before", "users", times=9, **reply)
    with pytest.raises(error, match=words):
        meta.add(audience, [ANNA])


def test_the_hint_how_long_to_wait_is_in_minutes(
    vendor: FakeMeta, meta: Destination, waits: list[float]
) -> None:
    audience = meta.create_audience("A")
    usage = {ACCOUNT: [{"type": "custom_audience", "estimated_time_to_regain_access": 3}]}
    reply = graph_error(80003) | {"headers": {"X-Business-Use-Case-Usage": json.dumps(usage)}}
    vendor.fail("before", "users", **reply)
    assert meta.add(audience, [ANNA]) == Receipt()
    assert 180 <= waits[0] < 181


def test_an_audience_too_small_to_leave_keeps_people_pending(
    vendor: FakeMeta, meta: Destination
) -> None:
    audience = meta.create_audience("A")
    vendor.fail("before", "users", **graph_error(200, 1870047))
    assert meta.remove(audience, [ANNA]).problems


def test_rows_that_were_not_received_are_not_confirmed(vendor: FakeMeta, meta: Destination) -> None:
    audience = meta.create_audience("A")
    answer = {"audience_id": audience, "num_received": 0, "num_invalid_entries": 1}
    vendor.fail("before", "users", status=200, data=answer)
    receipt = meta.add(audience, [ANNA])
    assert receipt.problems
    assert receipt.notes


def test_a_lookalike_is_made_once(vendor: FakeMeta, meta: Any) -> None:
    origin = meta.create_audience("A")
    made = meta.make_lookalike("A alike", origin, country="dk", ratio=0.05)
    assert meta.make_lookalike("A alike", origin, country="dk", ratio=0.05) == made
    sent = [one.json for one in vendor.asked("POST .*/customaudiences")][1:]
    assert sent == [
        {
            "name": "A alike",
            "subtype": "LOOKALIKE",
            "origin_audience_id": origin,
            "lookalike_spec": {"country": "DK", "ratio": 0.05},
        }
    ]


def test_the_same_lookalike_under_another_name_is_refused(vendor: FakeMeta, meta: Any) -> None:
    origin = meta.create_audience("A")
    meta.make_lookalike("A alike", origin, country="dk", ratio=0.05)
    with pytest.raises(BadRequest, match=r"lookalike of this audience.*another country"):
        meta.make_lookalike("B alike", origin, country="dk", ratio=0.05)
    assert vendor.names() == ["A", "A alike"]


def test_a_lookalike_of_too_few_says_how_many_it_needs(vendor: FakeMeta, meta: Any) -> None:
    vendor.smallest_origin = 100
    with pytest.raises(BadRequest, match="at least a hundred matched people"):
        meta.make_lookalike("A alike", meta.create_audience("A"), country="dk", ratio=0.05)


@pytest.mark.parametrize(("used", "pause"), [(80, 0), (90, 5), (99, 9.5), (140, 10)])
def test_a_busy_account_is_asked_more_slowly(
    vendor: FakeMeta, meta: Destination, waits: list[float], used: int, pause: float
) -> None:
    audience = meta.create_audience("A")
    usage = {ACCOUNT: [{"type": "custom_audience", "call_count": 3, "total_time": used}]}
    answer = {"audience_id": audience, "num_received": 1, "num_invalid_entries": 0}
    headers = {"X-Business-Use-Case-Usage": json.dumps(usage)}
    vendor.fail("after", "users", status=200, data=answer, headers=headers)
    meta.add(audience, [ANNA])
    meta.remove(audience, [ANNA])
    meta.remove(audience, [ANNA])
    assert sum(waits) == pause


def test_a_used_up_account_is_left_alone(vendor: FakeMeta) -> None:
    meta = destinations.get("meta").connect(vendor.settings, patience=Patience())
    audience = meta.create_audience("A")
    usage = {ACCOUNT: [{"estimated_time_to_regain_access": 7}]}
    answer = {"audience_id": audience, "num_received": 1, "num_invalid_entries": 0}
    headers = {"X-Business-Use-Case-Usage": json.dumps(usage)}
    vendor.fail("after", "users", status=200, data=answer, headers=headers)
    assert meta.add(audience, [ANNA]) == Receipt()
    with pytest.raises(RateLimited) as failure:
        meta.add(audience, [ANNA])
    assert failure.value.retry_after == 420
    assert len(vendor.asked("POST .*/users$")) == 1
    meta.close()


def test_a_replacement_is_one_session(vendor: FakeMeta, meta: Destination) -> None:
    audience = meta.create_audience("A")
    for number in (1, 2):
        part = Replacement(session=77, sequence=number, total=2, is_last=number == 2)
        meta.replace(audience, [ANNA], part)
    assert [one.json["session"] for one in vendor.asked("POST .*/usersreplace")] == [
        {"session_id": 77, "batch_seq": n, "last_batch_flag": n == 2, "estimated_num_total": 2}
        for n in (1, 2)
    ]
