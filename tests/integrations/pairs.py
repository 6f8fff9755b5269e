"""Destinations and the vendors they talk to, as the tests of every destination use them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.core.cache import cache

from integrations.destinations import Destination, Receipt, destinations
from integrations.identity.people import Person
from integrations.network.http import Patience
from tests.vendors import FAKES
from tests.vendors.server import running
from tests.vendors.subscriptions import changes_a_subscription

NAME = "Customers A"


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
