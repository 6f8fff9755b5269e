"""The phase that asks what became of the uploads a service works on later."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from integrations.destinations import Receipt
from integrations.models import BatchVerb, RunKind, SyncBatch
from integrations.sync import lines
from integrations.sync.place import Phase
from integrations.sync.receipts import take_in
from integrations.sync.work import Move, Outcome, Work

FIRST_PAUSE = 2
LONGEST_PAUSE = 60
# After so many looks the service takes its time: minutes are enough.
MANY_LOOKS = 12
LATE_PAUSE = 300
# How long a job stays to wait; then the run waits without it.
PATIENCE_SECONDS = 20.0
MOST_ROUNDS = 5


def first_look(now: datetime) -> datetime:
    """Return when a new ticket is asked for."""
    return now + timedelta(seconds=FIRST_PAUSE)


def read_beginning(work: Work) -> Outcome:
    """Settle what an earlier run has left open and is due; then begin."""
    batch = work.audience.batches.filter(look_at__lte=work.now).order_by("pk").first()
    if batch is not None:
        return Looked(batch, work.open().settle(batch.ticket))
    if work.run.kind == RunKind.REPLACE:
        # Whoever is still on the way would not be among those who stay.
        left = work.audience.batches.order_by("look_at").first()
        if left is not None:
            return Pause(left.look_at)
    is_comparing = work.run.kind == RunKind.COMPARE and bool(work.audience.remote_id)
    return Move(Phase.COMPARE if is_comparing else Phase.LEAVE)


def read_confirmations(work: Work) -> Outcome:
    """Look at the next ticket, waiting a little until it is due; then see what is left to do."""
    batch = work.audience.batches.order_by("look_at", "pk").first()
    if batch is None:
        return _following(work)
    pause = (batch.look_at - work.now).total_seconds()
    if pause > 0:
        if work.place.waited + pause > PATIENCE_SECONDS:
            return Pause(batch.look_at)
        lines.PATIENCE.wait(pause)
    return Looked(batch, work.open().settle(batch.ticket), waited=max(0.0, pause))


def _following(work: Work) -> Outcome:
    place = work.place
    if place.rounds < MOST_ROUNDS and (work.removals().exists() or work.additions().exists()):
        return Again()
    if place.is_replaced and not place.is_closed:
        return Move(Phase.CLOSE)
    return Move(Phase.WRAP)


@dataclass
class Again(Outcome):
    """Confirmations have left something to do: once more from the removals on."""

    def store(self, work: Work) -> None:
        """Count the round."""
        work.place.rounds += 1
        work.place.go_to(Phase.REMOVE)


@dataclass
class Looked(Outcome):
    """What a ticket told: the outcome, or nothing yet."""

    batch: SyncBatch
    receipt: Receipt
    waited: float = 0.0

    def store(self, work: Work) -> None:
        """Settle the batch, or put off the next look."""
        work.place.waited += self.waited
        batch = self.batch
        if self.receipt.ticket:
            batch.looks += 1
            pause = min(FIRST_PAUSE * 2**batch.looks, LONGEST_PAUSE)
            if batch.looks > MANY_LOOKS:
                pause = LATE_PAUSE
            moment = work.now + timedelta(seconds=self.waited)
            batch.look_at = moment + timedelta(seconds=pause)
            batch.ticket = self.receipt.ticket
            batch.save(update_fields=["looks", "look_at", "ticket"])
            return
        take_in(work, BatchVerb(batch.verb), list(batch.members.order_by("pk")), self.receipt)
        batch.delete()


@dataclass
class Pause(Outcome):
    """The service needs longer than a job stays."""

    until: datetime

    def store(self, work: Work) -> None:
        """Let the run wait; it goes on by itself."""
        work.wait(
            self.until,
            _("The service is still working on what was sent. Regulars asks again by itself."),
        )
