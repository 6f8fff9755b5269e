"""What the service refused as a whole: the cause is looked for, one person or everybody."""

from __future__ import annotations

from dataclasses import dataclass

from integrations.destinations import Receipt
from integrations.models import AudienceMember, BatchVerb
from integrations.sync.receipts import take_in
from integrations.sync.work import Outcome, Work


@dataclass
class Smaller(Outcome):
    """A batch was refused: the same people again, in smaller ones."""

    size: int

    def store(self, work: Work) -> None:
        """Remember the size."""
        work.place.size = self.size


@dataclass
class Alone(Outcome):
    """Somebody sent alone was refused: they are set aside, the others go on."""

    verb: BatchVerb
    row: AudienceMember
    reason: str

    def store(self, work: Work) -> None:
        """Write down the reason."""
        work.place.after = self.row.pk
        work.place.strikes += 1
        work.place.size = 1
        take_in(work, self.verb, [self.row], Receipt(problems=(self.reason,)))
