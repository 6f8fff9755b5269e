"""A run at work: what every step needs to know, and what a step leaves behind."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Q, QuerySet

from cdp.models import Job
from integrations.connecting.connections import declared
from integrations.destinations import Destination
from integrations.models import (
    Audience,
    AudienceMember,
    AudienceState,
    MemberState,
    RunKind,
    RunState,
    SyncRun,
)
from integrations.sync.lines import open_line
from integrations.sync.place import Phase, Place
from integrations.wanted import may_enter, must_leave

LIVE = (RunState.RUNNING, RunState.WAITING)
MOST_NOTES = 20
LONGEST_NOTE = 300


@dataclass
class Work:
    """A run with its audience and its place, at a moment, in the hands of a job."""

    job: Job
    run: SyncRun
    place: Place
    now: datetime
    is_over: bool = False
    message: str | None = None
    done: int = 0
    changed: set[str] = field(default_factory=set)

    @property
    def audience(self) -> Audience:
        """The audience of the run."""
        return self.run.audience

    @property
    def kind(self) -> Destination:
        """What the destination declares, without a line to it."""
        return declared(self.audience.connection)

    @property
    def is_ending(self) -> bool:
        """Whether everybody is taken out for good."""
        return self.audience.state == AudienceState.ENDING

    @property
    def is_full(self) -> bool:
        """Whether everybody is sent again, unchanged or not."""
        return self.run.kind in (RunKind.FULL, RunKind.REPLACE)

    @property
    def follows(self) -> bool:
        """Whether people enter, and leave because their segment says so."""
        return may_enter(self.audience)

    @property
    def fields(self) -> Sequence[str]:
        """The profile fields to send."""
        return self.audience.profile_fields if self.kind.takes_fields else ()

    def open(self) -> Destination:
        """Return the line to the service; raise `CredentialsUnreadable` without the key."""
        line = open_line(self.job, self.audience.connection)
        line.run_id, line.sequence = str(self.run.pk), self.place.batches
        return line

    def removals(self) -> QuerySet[AudienceMember]:
        """Return who is to be sent out now, by key.

        While the audience does not follow its segment, or the brake holds it, these are only those
        who may not be there.
        """
        if self.is_ending or (self.follows and not self.place.is_held):
            chosen = self.audience.members.all()
        else:
            chosen = must_leave(self.audience)
        due = Q(retry_at__isnull=True) | Q(retry_at__lte=self.now)
        return chosen.filter(due, state=MemberState.PENDING_REMOVE, batch__isnull=True).order_by(
            "pk"
        )

    def additions(self) -> QuerySet[AudienceMember]:
        """Return who is to be sent in now, by key."""
        if not self.follows or self.place.is_held:
            return self.audience.members.none()
        return self.audience.members.filter(
            state=MemberState.PENDING_ADD, batch__isnull=True
        ).order_by("pk")

    def note(self, text: str) -> None:
        """Keep what is worth showing beside the run, once."""
        if text and text not in self.run.notes and len(self.run.notes) < MOST_NOTES:
            self.run.notes = [*self.run.notes, text[:LONGEST_NOTE]]

    def count(self, **figures: int) -> None:
        """Add to the figures of the run."""
        for name, value in figures.items():
            setattr(self.run, name, getattr(self.run, name) + value)

    def change(self, **values: object) -> None:
        """Set columns of the audience, stored with the step."""
        for name, value in values.items():
            setattr(self.audience, name, value)
            self.changed.add(name)

    def wait(self, until: datetime, why: str) -> None:
        """Let the run wait until a moment; the job ends, and another one goes on then."""
        self.run.state = RunState.WAITING
        self.change(next_run_at=until)
        self.is_over, self.message = True, why

    def store(self) -> None:
        """Store the run, and what was changed of its audience."""
        self.place.steps += 1
        self.run.phase = self.place.phase.value
        self.run.place = self.place.stored()
        self.run.save()
        if self.changed:
            self.audience.save(update_fields=sorted(self.changed))


@dataclass
class Outcome(ABC):
    """What reading a step found or did at the service; `store` runs in the step's transaction."""

    requests: int = field(default=0, init=False)

    @abstractmethod
    def store(self, work: Work) -> None:
        """Write it down and move the place on."""


@dataclass
class Move(Outcome):
    """Nothing to do here: on to the next phase."""

    phase: Phase

    def store(self, work: Work) -> None:
        """Go there."""
        work.place.go_to(self.phase)
