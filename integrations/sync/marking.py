"""The phases that mark rows: who must leave, then everybody in pieces, then the brake."""

from __future__ import annotations

from dataclasses import dataclass

from integrations.models import AudienceMember, MemberState
from integrations.sync.brake import held_back
from integrations.sync.difference import CHANGED_FIELDS, PIECE, Difference, difference, goes
from integrations.sync.place import Phase
from integrations.sync.rows import store_rows
from integrations.sync.work import Move, Outcome, Work
from integrations.wanted import held_out, must_leave


def read_leavers(work: Work) -> Outcome:
    """Find those who may not be there; of an audience that ends, everybody."""
    if work.is_ending:
        chosen = work.audience.members.exclude(state=MemberState.OUT)
    else:
        chosen = must_leave(work.audience)
    rows = list(chosen.filter(pk__gt=work.place.after).order_by("pk")[:PIECE])
    if not rows:
        return Move(Phase.DIFFERENCE if work.follows else Phase.REMOVE)
    return Leavers(rows)


@dataclass
class Leavers(Outcome):
    """Rows of people who leave, changed or not."""

    rows: list[AudienceMember]

    def store(self, work: Work) -> None:
        """Mark them."""
        changed = [member for member in self.rows if goes(member, now=work.now)]
        store_rows(changed, CHANGED_FIELDS)
        # Of an audience that follows its segment, the difference counts the others.
        leaving = [
            one
            for one in self.rows
            if one.state == MemberState.PENDING_REMOVE
            and (one.customer_id is None or not work.follows)
        ]
        work.count(to_remove=len(leaving))
        work.place.after = self.rows[-1].pk


def read_difference(work: Work) -> Outcome:
    """Compare the next customers; an audience that does not follow its segment is left as it is."""
    if not work.follows:
        return Move(Phase.REMOVE)
    found = difference(
        work.audience,
        work.kind,
        fields=work.fields,
        after=work.place.after,
        is_full=work.is_full,
        now=work.now,
    )
    return Marks(found, held_out(work.audience).count() if found.upto is None else 0)


@dataclass
class Marks(Outcome):
    """A piece of the difference; at the last one the brake is looked at."""

    found: Difference
    held_out: int

    def store(self, work: Work) -> None:
        """Mark the rows, and count."""
        found, run = self.found, work.run
        store_rows([*found.new, *found.changed], CHANGED_FIELDS)
        run.wanted = (run.wanted or 0) + found.wanted
        work.count(to_add=len(found.added), to_update=found.updated, to_remove=len(found.removed))
        if found.upto is not None:
            work.place.after = found.upto
            return
        run.held_out = self.held_out
        held = held_back(work.audience)
        work.place.is_held = bool(held)
        work.change(held_removals=held)
        work.place.go_to(Phase.PREPARE)
