"""Whatever goes wrong at a service: the outcome is right in the end, or the error helps."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import pytest

from integrations.destinations import Receipt, SecretField
from integrations.exceptions import AudienceGone, DestinationError, NotAuthorized, Unavailable
from integrations.identity.hashing import subscriber_hash
from tests.integrations.pairs import NAME, Pair, people

# A connection that breaks off, faults before and after the change, and answers that are none.
FAULTS: dict[str, dict[str, Any]] = {
    "429 with Retry-After": {
        "kind": "before",
        "status": 429,
        "data": {},
        "headers": {"Retry-After": "2"},
    },
    "429 without": {"kind": "before", "status": 429, "data": {}},
    "503 before": {"kind": "before", "status": 503, "data": {}},
    "503 after": {"kind": "after", "status": 503, "data": {}},
    "500 after": {"kind": "after", "status": 500, "data": {}},
    "dropped before": {"kind": "drop-before"},
    "dropped after": {"kind": "drop-after"},
    "silence": {"kind": "silence"},
    "web page": {"kind": "before", "status": 200, "data": b"<html>Maintenance</html>"},
    "web page 502": {"kind": "before", "status": 502, "data": b"<html>Bad gateway</html>"},
}


@pytest.mark.parametrize("kind", ["drop-after", "after"])
def test_a_lost_answer_makes_no_second_audience(keeper: Pair, kind: str) -> None:
    keeper.vendor.fail(kind, keeper.vendor.makes)
    audience = keeper.destination.create_audience(NAME)
    assert keeper.vendor.names() == [NAME]
    assert keeper.inside(audience) == set()


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("move", ["add", "remove"])
def test_faults_pass_and_the_outcome_is_the_same(distant: Pair, fault: str, move: str) -> None:
    if fault == "web page" and distant.vendor.takes_any_success:
        pytest.skip("whatever it writes, an answer of 200 is a success")
    audience = distant.destination.create_audience(NAME)
    distant.add(audience, people(2))
    if fault == "silence":
        distant.destination.door.read_seconds = 0.3
    distant.vendor.fail(matches=distant.vendor.writes, **FAULTS[fault])
    if move == "add":
        assert distant.add(audience, people(3, first=2)) == Receipt()
        assert distant.inside(audience) == distant.faces(people(5))
    else:
        assert distant.remove(audience, people(1)) == Receipt()
        assert distant.inside(audience) == distant.faces(people(1, first=1))
    assert distant.vendor.faults[0].times == 0
    assert distant.clock.waits
    if fault == "429 with Retry-After":
        assert 2 <= distant.clock.waits[0] < 3


def test_a_long_fault_is_told_and_nothing_is_said_to_be_done(distant: Pair) -> None:
    audience = distant.destination.create_audience(NAME)
    distant.vendor.fail("before", times=99, status=503, data={})
    with pytest.raises(Unavailable) as failure:
        distant.destination.add(audience, people(2))
    assert failure.value.retry
    assert distant.destination.door.service in failure.value.message
    assert len(distant.clock.waits) < 10
    distant.vendor.faults.clear()
    assert distant.add(audience, people(2)) == Receipt()
    assert distant.inside(audience) == distant.faces(people(2))


def test_a_long_wait_is_left_to_the_caller(distant: Pair) -> None:
    audience = distant.destination.create_audience(NAME)
    distant.vendor.fail("before", status=429, data={}, headers={"Retry-After": "3600"})
    with pytest.raises(DestinationError) as failure:
        distant.destination.add(audience, people(1))
    assert failure.value.retry_after == 3600  # type: ignore[attr-defined]
    assert distant.clock.waits == []


def test_revoked_credentials_are_not_tried_again(distant: Pair) -> None:
    audience = distant.destination.create_audience(NAME)
    distant.vendor.revoke()
    before = len(distant.vendor.requests)
    calls: list[Callable[[], object]] = [
        distant.destination.check,
        lambda: distant.destination.add(audience, people(1)),
        lambda: distant.destination.remove(audience, people(1)),
    ]
    for call in calls:
        with pytest.raises(NotAuthorized) as failure:
            call()
        assert failure.value.hint
        assert not failure.value.retry
    assert len(distant.vendor.requests) - before <= 2 * len(calls)
    assert distant.clock.waits == []


def test_a_deleted_audience_is_told_apart(keeper: Pair) -> None:
    audience = keeper.destination.create_audience(NAME)
    keeper.add(audience, people(1))
    keeper.vendor.lose(audience)
    for call in (keeper.destination.add, keeper.destination.remove):
        with pytest.raises(AudienceGone) as failure:
            call(audience, people(1))
        assert failure.value.hint
    assert keeper.destination.find_audience(NAME) is None


def test_logs_and_errors_name_nobody_and_no_secret(
    distant: Pair, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    audience = distant.destination.create_audience(NAME)
    crowd = people(3)
    distant.add(audience, crowd)
    distant.remove(audience, crowd)
    said = [caplog.text]
    hints: list[str] = []
    echo = {"detail": f"{crowd[0].email} +4520000000 is wrong", "title": crowd[0].email}
    for status in (400, 401, 403, 404, 409, 500):
        distant.vendor.fail("before", times=9, status=status, data=echo)
        try:
            distant.destination.add(audience, crowd)
        except DestinationError as error:
            hints.append(error.hint)
            said += [str(error), repr(error), str(error.__context__)]
        distant.vendor.faults.clear()
    assert hints
    assert all(hints)
    said.append(caplog.text)
    secrets = [
        distant.vendor.settings.get(name, "\0")
        for name, form_field in distant.destination.Settings.base_fields.items()
        if isinstance(form_field, SecretField)
    ]
    assert secrets
    for text in said:
        assert "person." not in text
        assert "20000000" not in text
        assert subscriber_hash(crowd[0].email) not in text
        assert not [secret for secret in secrets if secret in text]


def test_redirects_are_not_followed(distant: Pair) -> None:
    elsewhere = "http://127.0.0.1:9/"
    distant.vendor.fail("before", times=9, status=302, data={}, headers={"Location": elsewhere})
    with pytest.raises(DestinationError):
        distant.destination.check()
