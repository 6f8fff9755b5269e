"""What every destination does, whatever the service answers: people in, people out, nobody else."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import pytest
from django.core.cache import cache

from integrations.destinations import Destination, Receipt, SecretField, destinations
from integrations.destinations.base import Replacement
from integrations.exceptions import AudienceGone, DestinationError, NotAuthorized, Unavailable
from integrations.hashing import subscriber_hash
from integrations.http import Patience
from integrations.people import Person
from tests.rules import ROOT
from tests.vendors import FAKES
from tests.vendors.server import FakeVendor, Recorded, running
from tests.vendors.subscriptions import changes_a_subscription

NAME = "Customers A"
WRITE = "^(POST|PUT|PATCH|DELETE)"
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


@dataclass
class Clock:
    """Time that passes only by waiting."""

    at: float = 0.0
    waits: list[float] = field(default_factory=list)

    def wait(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.at += seconds

    def now(self) -> float:
        return self.at


@dataclass
class Pair:
    """A destination and the vendor it talks to."""

    destination: Destination
    vendor: Any
    clock: Clock
    record: dict[str, dict[str, Person]] = field(default_factory=dict)

    def done(self, receipt: Receipt) -> Receipt:
        """Wait for what a service works on later."""
        rejections = receipt.rejections
        while receipt.ticket:
            self.vendor.work()
            receipt = self.destination.settle(receipt.ticket)
            rejections += receipt.rejections
        return Receipt(rejections, problems=receipt.problems)

    def add(self, audience_id: str, people: Sequence[Person]) -> Receipt:
        receipt = self.done(self.destination.add(audience_id, people))
        refused = {one.person_id for one in receipt.rejections}
        record = self.record.setdefault(audience_id, {})
        record.update({one.id: one for one in people if one.id not in refused})
        self._finish(audience_id)
        return receipt

    def remove(self, audience_id: str, people: Sequence[Person]) -> Receipt:
        receipt = self.done(self.destination.remove(audience_id, people))
        for one in people:
            self.record.setdefault(audience_id, {}).pop(one.id, None)
        self._finish(audience_id)
        return receipt

    def _finish(self, audience_id: str) -> None:
        """Do after each change what the engine does after a run."""
        if self.destination.needs_everybody:
            self.destination.finish(audience_id, self.record[audience_id].values())

    def inside(self, audience_id: str) -> set[str]:
        found: set[str] = self.vendor.inside(audience_id)
        return found

    def faces(self, people: Sequence[Person]) -> set[str]:
        return {self.vendor.face(person.email) for person in people}


@pytest.fixture(params=[one.key for one in destinations])
def pair(request: pytest.FixtureRequest, settings: Any) -> Iterator[Pair]:
    cache.clear()
    with running(FAKES[request.param]()) as vendor:
        for name, value in vendor.site_settings.items():  # type: ignore[attr-defined]
            setattr(settings, name, value)
        clock = Clock()
        patience = Patience(wait=clock.wait, clock=clock.now)
        form = destinations.get(request.param).Settings(vendor.settings)  # type: ignore[attr-defined]
        assert form.is_valid(), form.errors
        connected = destinations.get(request.param).connect(form.cleaned_data, patience=patience)
        yield Pair(connected, vendor, clock)
        connected.close()
    assert vendor.complaints == []
    assert [one for one in vendor.requests if changes_a_subscription(one)] == []


def people(count: int, *, first: int = 0, **changes: Any) -> list[Person]:
    return [
        Person(
            id=f"c{number}",
            emails=(f"person.{number}@shop.example",),
            phones=(f"+45{20_000_000 + number}",),
            first_name="Anna",
            last_name=f"Rossi {number}",
            country="DK",
            city="Aarhus",
            postal_code="8000",
            consents=frozenset({"email", "ads"}),
            **changes,
        )
        for number in range(first, first + count)
    ]


@pytest.fixture
def keeper(pair: Pair) -> Pair:
    """A destination that audiences exist at."""
    if not pair.destination.keeps_audiences:
        pytest.skip("audiences are only names there")
    return pair


@pytest.fixture
def distant(pair: Pair) -> Pair:
    """A destination that is reached over the network."""
    if pair.vendor.is_local:
        pytest.skip("nothing leaves this machine")
    return pair


def test_every_destination_has_a_fake() -> None:
    assert {one.key for one in destinations} == set(FAKES)


@pytest.mark.parametrize("destination", list(destinations), ids=lambda one: one.key)
def test_every_destination_explains_itself(destination: Destination) -> None:
    assert destination.summary
    assert destination.rights
    assert len(destination.guide) >= 3
    for step in destination.guide:
        assert str(step.text).endswith(".")
        assert not step.url or step.url.startswith("https://")
    page = ROOT / "docs" / "destinations" / f"{destination.key}.md"
    assert str(destination.label) in page.read_text(encoding="utf-8").partition("\n")[0]


def test_a_check_reads_and_writes_nothing(pair: Pair) -> None:
    audience = pair.destination.create_audience(NAME)
    before = len(pair.vendor.asked(WRITE))
    account = pair.destination.check()
    assert account.name
    if pair.destination.keeps_audiences:
        assert (audience, NAME) in [(one.id, one.name) for one in account.audiences]
    writes = [one for one in pair.vendor.asked(WRITE)[before:] if "/token" not in one.path]
    assert [one for one in writes if b'"type": "ping"' not in one.body] == []


def test_an_audience_is_made_once(keeper: Pair) -> None:
    first = keeper.destination.create_audience(NAME)
    assert keeper.destination.create_audience(NAME) == first
    assert keeper.destination.find_audience(NAME) == first
    assert keeper.destination.find_audience("customers a") is None
    assert keeper.vendor.names() == [NAME]


@pytest.mark.parametrize("kind", ["drop-after", "after"])
def test_a_lost_answer_makes_no_second_audience(keeper: Pair, kind: str) -> None:
    keeper.vendor.fail(kind, keeper.vendor.makes)
    audience = keeper.destination.create_audience(NAME)
    assert keeper.vendor.names() == [NAME]
    assert keeper.inside(audience) == set()


def test_people_come_and_go_and_others_stay(pair: Pair) -> None:
    audience = pair.destination.create_audience(NAME)
    foreign, ours = people(2, first=100), people(5)
    pair.add(audience, foreign)
    assert pair.add(audience, ours) == Receipt()
    assert pair.inside(audience) == pair.faces(foreign + ours)
    assert pair.remove(audience, ours[:3]) == Receipt()
    assert pair.inside(audience) == pair.faces(foreign + ours[3:])


def test_repetition_changes_nothing(pair: Pair) -> None:
    audience = pair.destination.create_audience(NAME)
    for _ in range(2):
        assert pair.add(audience, people(3)) == Receipt()
        assert pair.inside(audience) == pair.faces(people(3))
    for _ in range(2):
        assert pair.remove(audience, people(2)) == Receipt()
        assert pair.inside(audience) == pair.faces(people(1, first=2))


def test_somebody_who_was_never_there_can_leave(pair: Pair) -> None:
    audience = pair.destination.create_audience(NAME)
    assert pair.remove(audience, people(1)) == Receipt()


def test_what_is_kept_of_people_is_enough_to_take_them_out(pair: Pair) -> None:
    audience = pair.destination.create_audience(NAME)
    crowd = people(3)
    pair.add(audience, crowd)
    kept = [pair.destination.traces(one) for one in crowd]
    assert [pair.destination.traces(one) for one in kept] == kept
    assert all(one.emails and not one.first_name for one in kept)
    pair.remove(audience, kept[:2])
    assert pair.inside(audience) == pair.faces(crowd[2:])


def test_an_outline_changes_with_what_would_be_sent(pair: Pair) -> None:
    (anna,) = people(1)
    first = json.dumps(pair.destination.outline(anna), sort_keys=True)
    assert json.dumps(pair.destination.outline(replace(anna, consents=frozenset())), sort_keys=True)
    others = [
        replace(anna, emails=("other@shop.example",)),
        replace(anna, first_name="Bo"),
        replace(anna, fields={"predicted_value": 12.5, "next_order_on": date(2026, 12, 24)}),
    ]
    if not pair.destination.takes_fields:
        others.pop()
    for other in others:
        assert json.dumps(pair.destination.outline(other), sort_keys=True) != first
    nobody = Person(id="c9", emails=("not an address",))
    assert json.dumps(pair.destination.outline(nobody))
    assert pair.destination.traces(nobody) == Person(id="c9")


def test_two_audiences_do_not_mix(pair: Pair) -> None:
    one, two = (pair.destination.create_audience(name) for name in ("A", "B"))
    pair.add(one, people(3))
    pair.add(two, people(3))
    pair.remove(one, people(3))
    assert pair.inside(one) == set()
    assert pair.inside(two) == pair.faces(people(3))


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


def test_somebody_without_anything_usable_is_refused_alone(pair: Pair) -> None:
    audience = pair.destination.create_audience(NAME)
    nobody = Person(id="c9", emails=("not an address",), consents=frozenset({"email", "ads"}))
    receipt = pair.add(audience, [nobody, *people(2)])
    assert [one.person_id for one in receipt.rejections] == ["c9"]
    assert receipt.rejections[0].reason
    assert pair.inside(audience) == pair.faces(people(2))
    assert pair.add(audience, [nobody]).rejections == receipt.rejections
    assert pair.remove(audience, [nobody]).problems == ()


def test_nobody_without_consent_is_sent(pair: Pair) -> None:
    audience = pair.destination.create_audience(NAME)
    crowd = people(3)
    silent = replace(crowd[0], consents=frozenset({"sms", "profiling"}))
    receipt = pair.add(audience, [silent, *crowd[1:]])
    assert [one.person_id for one in receipt.rejections] == [silent.id]
    assert pair.inside(audience) == pair.faces(crowd[1:])
    before = len(pair.vendor.requests)
    assert len(pair.add(audience, [silent]).rejections) == 1
    assert len(pair.vendor.requests) == before
    pair.remove(audience, [replace(crowd[1], consents=frozenset())])
    assert pair.inside(audience) == pair.faces(crowd[2:])


def test_somebody_the_service_refuses_for_ever_does_not_stop_the_others(pair: Pair) -> None:
    audience = pair.destination.create_audience(NAME)
    if not hasattr(pair.vendor, "refuse"):
        pytest.skip("this service names nobody it refuses")
    pair.vendor.refuse("person.1@shop.example")
    receipt = pair.add(audience, people(4))
    assert [one.person_id for one in receipt.rejections] == ["c1"]
    assert "@" not in receipt.rejections[0].reason
    assert pair.inside(audience) == pair.faces([one for one in people(4) if one.id != "c1"])


def test_a_full_batch_takes_few_requests(pair: Pair) -> None:
    audience = pair.destination.create_audience(NAME)
    crowd = people(min(pair.destination.batch_size, 1000))
    pair.add(audience, crowd[:1])
    before = len(pair.vendor.requests)
    assert pair.add(audience, crowd) == Receipt()
    most = len(crowd) + 1 if pair.vendor.takes_one_by_one else 4
    assert len(pair.vendor.requests) - before <= most
    assert pair.inside(audience) == pair.faces(crowd)


def test_members_are_read_where_the_service_shows_them(pair: Pair) -> None:
    audience = pair.destination.create_audience(NAME)
    if not pair.destination.is_readable:
        with pytest.raises(TypeError, match="does not list members"):
            pair.destination.members(audience)
        return
    crowd = people(120)
    pair.add(audience, crowd)
    found = list(pair.destination.members(audience))
    assert {one.email for one in found} == {one.email for one in crowd}
    assert all(one.remote_id for one in found)
    pair.vendor.lose(audience)


def test_a_replacement_leaves_only_those_sent(pair: Pair) -> None:
    audience = pair.destination.create_audience(NAME)
    if not pair.destination.can_replace:
        with pytest.raises(TypeError, match="cannot replace"):
            pair.destination.replace(audience, people(1), Replacement(7, 1, 1, is_last=True))
        return
    pair.add(audience, people(5))
    began_at = pair.vendor.pass_time()
    crowd = people(4, first=3)
    silent = replace(crowd[0], consents=frozenset({"email"}))
    batches = [[silent, crowd[1]], crowd[2:]]
    for number, batch in enumerate(batches, start=1):
        part = Replacement(session=77, sequence=number, total=4, is_last=number == 2)
        receipt = pair.done(pair.destination.replace(audience, batch, part))
        assert [one.person_id for one in receipt.rejections] == ["c3"] * (number == 1)
        assert receipt.problems == ()
    assert pair.done(pair.destination.end_replacement(audience, began_at)) == Receipt()
    assert pair.inside(audience) == pair.faces(crowd[1:])


def test_logs_and_errors_name_nobody_and_no_secret(
    distant: Pair, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    audience = distant.destination.create_audience(NAME)
    crowd = people(3)
    distant.add(audience, crowd)
    distant.remove(audience, crowd)
    said = [caplog.text]
    echo = {"detail": f"{crowd[0].email} +4520000000 is wrong", "title": crowd[0].email}
    for status in (400, 401, 403, 404, 409, 500):
        distant.vendor.fail("before", times=9, status=status, data=echo)
        try:
            distant.destination.add(audience, crowd)
        except DestinationError as error:
            said += [str(error), repr(error), str(error.__context__)]
        distant.vendor.faults.clear()
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


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/lists/a", b'{"members": [{"status": "subscribed"}]}'),
        ("PUT", "/lists/a/members/b", b'{"status_if_new": "unsubscribed"}'),
        ("DELETE", "/lists/a/members/b", b""),
        (
            "POST",
            "/batches",
            b'{"operations": [{"method": "DELETE", "path": "/lists/a/members/b"}]}',
        ),
        ("POST", "/api/profile-subscription-bulk-create-jobs", b"{}"),
        ("POST", "/api/data-privacy-deletion-jobs", b"{}"),
        ("POST", "/api/profiles", b'{"data": {"attributes": {"subscriptions": {}}}}'),
    ],
)
def test_a_changed_subscription_would_be_noticed(method: str, path: str, body: bytes) -> None:
    assert changes_a_subscription(Recorded(method, path, {}, {}, body))


def test_a_request_outside_the_contract_would_be_noticed() -> None:
    vendor: FakeVendor = FAKES["mailchimp"]()
    vendor.check("POST", "/lists/a/segments", "", {"Content-Type": "application/json"}, b"{}")
    assert vendor.complaints or not vendor.is_contract_there
