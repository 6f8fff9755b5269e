"""The phases of a replacement: everybody who stays in numbered batches, then all others out."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from integrations.destinations.base import Receipt, Replacement
from integrations.models import AudienceMember, BatchVerb, MemberState
from integrations.sync.place import Phase
from integrations.sync.sending import (
    Rewritten,
    Sent,
    most_per_call,
    portraits_of,
    rewritten,
    take_in_or_wait,
)
from integrations.sync.work import Outcome, Work

_SESSION_BITS = 62


def read_replacement(work: Work) -> Outcome:
    """Send the next of those who stay. An interrupted batch is sent again as it was."""
    place = work.place
    if not place.session:
        return Opened(secrets.randbits(_SESSION_BITS) + 1, work.additions().count())
    most = most_per_call(work, with_fields=bool(work.fields))
    rows = list(work.additions().filter(pk__gt=place.after)[: most + 1])
    is_last, rows = len(rows) <= most, rows[:most]
    if not rows:
        return Replaced()
    people = portraits_of(work, rows)
    stale = rewritten(work, rows, people)
    if stale:
        return Rewritten(stale)
    part = Replacement(place.session, place.sequence + 1, place.total, is_last)
    receipt = work.open().replace(
        work.audience.remote_id, [people[one.person_id] for one in rows], part
    )
    return Part(BatchVerb.ADD, rows, receipt)


@dataclass
class Opened(Outcome):
    """A replacement begins under a number of its own."""

    session: int
    total: int

    def store(self, work: Work) -> None:
        """Keep the number: an interrupted replacement goes on under it."""
        work.place.session, work.place.total = self.session, self.total


@dataclass
class Part(Sent):
    """One numbered batch."""

    def store(self, work: Work) -> None:
        """Settle it, and count on."""
        super().store(work)
        work.place.sequence += 1


@dataclass
class Replaced(Outcome):
    """All who stay were sent."""

    def store(self, work: Work) -> None:
        """Wait for their confirmation."""
        work.place.is_replaced = True
        work.place.go_to(Phase.SETTLE)


def read_closing(work: Work) -> Outcome:
    """Take out whoever was not sent, foreign people included."""
    receipt = work.open().end_replacement(work.audience.remote_id, work.run.started_at)
    leaving = work.audience.members.filter(
        state=MemberState.PENDING_REMOVE, returns=False, batch__isnull=True
    )
    return Closed(list(leaving.order_by("pk")), receipt)


@dataclass
class Closed(Outcome):
    """Whoever was not sent is out, or will be."""

    rows: list[AudienceMember]
    receipt: Receipt

    def store(self, work: Work) -> None:
        """Settle those who were still to be removed."""
        work.place.is_closed = True
        take_in_or_wait(work, BatchVerb.REMOVE, self.rows, self.receipt)
        work.place.go_to(Phase.SETTLE)
