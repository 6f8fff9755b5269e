"""A shop with an audience at a fake service, synced through real jobs under a clock of its own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from cdp.jobs.requests import enqueue
from cdp.jobs.runner import run_in_foreground
from cdp.models import ConsentFlag, Customer, Job, JobState
from integrations.connecting.connections import connected
from integrations.destinations import Destination, destinations
from integrations.models import Audience, AudienceMember, MemberState, RunKind, SyncRun
from integrations.network.http import Patience
from integrations.sync import lines
from integrations.sync.requests import ask_for_run
from segments.models import Membership, Segment, SegmentType
from tests.conftest import NOW
from tests.connections import make_audience, make_connection, vendor_of
from tests.factories import make_customer, make_shop
from tests.vendors import FAKES
from tests.vendors.subscriptions import changes_a_subscription

WRITE = "^(POST|PUT|PATCH|DELETE)"


@dataclass
class Stage:
    """The shop's side and the service's side of one audience."""

    vendor: Any
    audience: Audience
    segment: Segment
    at: datetime = NOW
    seconds: float = 0.0
    waits: list[float] = field(default_factory=list)
    read_seconds: float | None = None

    # The clock: every look is a little later, and waiting takes its time.

    def now(self) -> datetime:
        self.at += timedelta(milliseconds=10)
        self.vendor.now = self.at
        return self.at

    def wait(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.at += timedelta(seconds=seconds)
        self.vendor.work()

    def clock(self) -> float:
        return (self.at - NOW).total_seconds()

    @property
    def destination(self) -> Destination:
        return destinations.get(self.audience.connection.destination)

    # The shop

    def people(self, count: int, *, first: int = 0) -> list[Customer]:
        """Make customers with every consent and put them into the segment."""
        made = [
            make_customer(
                email=f"person.{number}@shop.example",
                phone=f"+45{20_000_000 + number}",
                first_name="Anna",
                last_name=f"Rossi {number}",
                country="DK",
                postal_code="8000",
                email_consent=ConsentFlag.GRANTED,
                ads_consent=ConsentFlag.GRANTED,
            )
            for number in range(first, first + count)
        ]
        self.enter(made)
        return made

    def enter(self, customers: Iterable[Customer]) -> None:
        Membership.objects.bulk_create(
            Membership(segment=self.segment, customer=one, entered_at=self.at) for one in customers
        )

    def leave(self, customers: Iterable[Customer]) -> None:
        Membership.objects.filter(segment=self.segment, customer__in=list(customers)).delete()

    # Runs

    def sync(self, kind: RunKind = RunKind.SYNC) -> SyncRun:
        """Ask for a run and work on its job until it ends."""
        return self.work_on(ask_for_run(self.audience, kind, now=self.now()))

    def go_on(self) -> SyncRun:
        """Let a waiting run go on, as the tick does, at the time it waits for."""
        self.audience.refresh_from_db()
        assert self.audience.next_run_at is not None
        self.at = max(self.at, self.audience.next_run_at)
        self.vendor.work()
        return self.work_on(enqueue("sync", str(self.audience.pk), now=self.now()))

    def work_on(self, job: Job) -> SyncRun:
        job = run_in_foreground(job, clock=self.now, pause=lambda _seconds: None)
        assert job.state in (JobState.DONE, JobState.FAILED, JobState.CANCELLED), job.message
        self.job = job
        self.audience.refresh_from_db()
        self.audience.connection.refresh_from_db()
        return self.audience.runs.latest("pk")

    # What came of it

    def writes(self) -> list[str]:
        """Return the requests so far that change members."""
        return [str(one) for one in self.vendor.asked(self.vendor.writes)]

    def inside(self) -> set[str]:
        found: set[str] = self.vendor.inside(self.audience.remote_id)
        return found

    def faces(self, customers: Iterable[Customer]) -> set[str]:
        return {self.vendor.face(one.email) for one in customers}

    def change_there(self, *, gone: str, come: str) -> None:
        """Let somebody vanish over there, and a stranger join."""
        vendor, number = self.vendor, self.audience.remote_id
        if self.audience.connection.destination == "mailchimp":
            vendor.put(come)
            members = vendor.tags[int(number)]["members"]
            members[come] = members.pop(gone)
        else:
            members = vendor.lists[number]["members"]
            ids = {profile["email"]: key for key, profile in vendor.profiles.items()}
            members[vendor.put(come)] = members.pop(ids[gone])

    def states(self) -> dict[str, int]:
        found: dict[str, int] = {}
        for state in self.audience.members.values_list("state", flat=True):
            found[state] = found.get(state, 0) + 1
        return found

    def member(self, customer: Customer) -> AudienceMember:
        return self.audience.members.get(person_id=str(customer.pk))


@contextmanager
def stage_of(key: str, settings: Any, monkeypatch: Any) -> Iterator[Stage]:
    """Connect a fake service and make an audience of an empty segment; check the requests."""
    make_shop()
    with vendor_of(key, settings) as vendor:
        segment = Segment.objects.create(
            name="Secret name", type=SegmentType.STATIC, created_at=NOW, edited_at=NOW
        )
        audience = make_audience(make_connection(key, vendor), segment, created_at=NOW)
        stage = Stage(vendor, audience, segment)
        patience = Patience(tries=2, longest_pause=5, wait=stage.wait, clock=stage.clock)
        monkeypatch.setattr(lines, "PATIENCE", patience)

        def hasty(*arguments: Any, **options: Any) -> Any:
            destination = connected(*arguments, **options)
            destination.door.read_seconds = stage.read_seconds or destination.door.read_seconds
            return destination

        monkeypatch.setattr(lines, "connected", hasty)
        yield stage
        assert vendor.complaints == []
        assert [str(one) for one in vendor.requests if changes_a_subscription(one)] == []
        assert not [one for one in vendor.requests if b"Secret name" in one.body]
        if audience.remote_id and not stage.audience.batches.exists():
            check(stage)


def check(stage: Stage) -> None:
    """Whoever our record shows as in is in, and nobody is there of whom it does not know."""
    try:
        there = stage.inside()
    except KeyError:
        return  # The test deleted the audience.
    confirmed = stage.audience.members.filter(state=MemberState.IN)
    assert stage.faces(one.customer for one in confirmed.select_related("customer")) <= there


KEYS: Sequence[str] = [one.key for one in destinations if one.key in FAKES]
