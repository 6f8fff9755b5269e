"""What every destination does, whatever the service answers: people in, people out, nobody else."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date

import pytest

from integrations.destinations import Destination, Receipt, destinations
from integrations.destinations.base import Replacement
from integrations.identity.people import Person
from tests.integrations.pairs import NAME, Pair, people
from tests.rules import ROOT
from tests.vendors import FAKES
from tests.vendors.server import FakeVendor, Recorded
from tests.vendors.subscriptions import changes_a_subscription

WRITE = "^(POST|PUT|PATCH|DELETE)"


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
