"""The phases that send: make the audience if it is missing, take people out, put people in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from integrations.destinations import Receipt
from integrations.exceptions import AddressRefused, AudienceGone, BadRequest
from integrations.identity.people import Person
from integrations.identity.portraits import persons
from integrations.models import AudienceMember, BatchVerb, MemberState, RunKind, SyncBatch
from integrations.sync.difference import CHANGED_FIELDS
from integrations.sync.identity import as_sent, digest_of, traces_of
from integrations.sync.place import Phase
from integrations.sync.receipts import take_in
from integrations.sync.refusals import Alone, Smaller
from integrations.sync.rows import slices_of, store_rows
from integrations.sync.settling import first_look
from integrations.sync.work import Move, Outcome, Work

# Figures that change at every look are sent as they are in the end.
MOST_REWRITES = 3


def read_preparation(work: Work) -> Outcome:
    """Make the audience over there, unless it exists or nobody enters."""
    if work.audience.remote_id or work.place.is_held or not work.follows:
        return Move(Phase.REMOVE)
    return Made(work.open().create_audience(work.audience.outside_name))


@dataclass
class Made(Outcome):
    """The audience exists over there under this number."""

    remote_id: str

    def store(self, work: Work) -> None:
        """Keep it."""
        work.change(remote_id=self.remote_id)
        work.place.go_to(Phase.REMOVE)


def read_removals(work: Work) -> Outcome:
    """Send the next people out."""
    place = work.place
    waiting = work.removals().filter(pk__gt=place.after)
    if not work.audience.remote_id:
        # There is no audience, so nobody can be in it.
        rows = list(waiting[: work.kind.batch_size])
        return Sent(BatchVerb.REMOVE, rows, Receipt()) if rows else Move(_after_removals(work))
    rows = list(waiting[: most_per_call(work, with_fields=False)])
    if not rows:
        return Move(_after_removals(work))
    line = work.open()
    try:
        receipt = line.remove(work.audience.remote_id, [as_sent(one) for one in rows])
    except BadRequest as error:
        return smaller(work, BatchVerb.REMOVE, rows, error)
    return Sent(BatchVerb.REMOVE, rows, receipt)


def _after_removals(work: Work) -> Phase:
    place = work.place
    is_replacing = work.run.kind == RunKind.REPLACE and work.follows
    if is_replacing and not (place.is_held or place.is_replaced):
        return Phase.REPLACE
    return Phase.ADD


def read_additions(work: Work) -> Outcome:
    """Send the next people in, as they are at this moment."""
    rows = list(
        work.additions().filter(pk__gt=work.place.after)[
            : most_per_call(work, with_fields=bool(work.fields))
        ]
    )
    if not rows:
        return Move(Phase.SETTLE)
    people = portraits_of(work, rows)
    stale = rewritten(work, rows, people)
    if stale:
        return Rewritten(stale)
    try:
        receipt = work.open().add(work.audience.remote_id, [people[one.person_id] for one in rows])
    except BadRequest as error:
        return smaller(work, BatchVerb.ADD, rows, error)
    return Sent(BatchVerb.ADD, rows, receipt)


def portraits_of(work: Work, rows: Sequence[AudienceMember]) -> dict[str, Person]:
    """Return the people of these rows as they are now, by our id; the erased are left out."""
    keys = [one.customer_id for one in rows if one.customer_id is not None]
    return {one.id: one for one in persons(keys, fields=work.fields)}


def rewritten(
    work: Work, rows: Sequence[AudienceMember], people: dict[str, Person]
) -> list[AudienceMember]:
    """Return the rows of people who changed since they were marked, corrected.

    They are stored before anything of them is sent: what was sent must be known when it is to be
    taken out again, even if we are interrupted in between.
    """
    changed = []
    for member in rows:
        person = people.get(member.person_id)
        if person is None or work.kind.purpose not in person.consents:
            # A last look: they may have withdrawn a moment ago.
            is_there = bool(member.sent)
            member.state = MemberState.PENDING_REMOVE if is_there else MemberState.OUT
            member.payload_hash, member.returns = "", False
        else:
            sent, digest = traces_of(work.kind, person), digest_of(work.kind, person)
            is_settled = member.payload_hash == digest or work.place.rewrites >= MOST_REWRITES
            if member.sent == sent and is_settled:
                continue
            if member.sent and member.sent != sent:
                member.state, member.returns = MemberState.PENDING_REMOVE, True
            else:
                member.sent, member.payload_hash = sent, digest
        member.changed_at = work.now
        changed.append(member)
    return changed


@dataclass
class Rewritten(Outcome):
    """People who changed since they were marked: their rows first, then they are sent."""

    rows: list[AudienceMember]

    def store(self, work: Work) -> None:
        """Store the rows; the place stays."""
        store_rows(self.rows, CHANGED_FIELDS)
        work.place.rewrites += 1


@dataclass
class Sent(Outcome):
    """A batch that the service answered: with its outcome, or with a ticket for later."""

    verb: BatchVerb
    rows: list[AudienceMember]
    receipt: Receipt

    def store(self, work: Work) -> None:
        """Settle the batch, or remember its ticket."""
        place = work.place
        place.after, place.strikes, place.rewrites = self.rows[-1].pk, 0, 0
        place.successes += 1
        place.batches += 1
        place.size *= 2
        take_in_or_wait(work, self.verb, self.rows, self.receipt)


def take_in_or_wait(
    work: Work, verb: BatchVerb, rows: Sequence[AudienceMember], receipt: Receipt
) -> None:
    """Settle a batch by its receipt; with a ticket, only those refused at once."""
    if not receipt.ticket:
        take_in(work, verb, rows, receipt)
        return
    named = {one.person_id for one in receipt.rejections}
    refused = [one for one in rows if one.person_id in named]
    take_in(work, verb, refused, Receipt(receipt.rejections, notes=receipt.notes))
    batch = SyncBatch.objects.create(
        audience=work.audience,
        run=work.run,
        verb=verb,
        ticket=receipt.ticket,
        sent_at=work.now,
        look_at=first_look(work.now),
    )
    keys = [one.pk for one in rows if one.person_id not in named]
    for some in slices_of(work.audience, keys):
        some.update(batch=batch)


def smaller(work: Work, verb: BatchVerb, rows: list[AudienceMember], error: BadRequest) -> Outcome:
    """Return how to go on after the service refused a whole batch: one person may be the cause.

    Raise what concerns everybody.
    """
    if isinstance(error, AudienceGone | AddressRefused):
        raise error
    if len(rows) > 1:
        return Smaller(len(rows) // 2)
    others = work.removals() if verb == BatchVerb.REMOVE else work.additions()
    is_last = not others.filter(pk__gt=rows[0].pk).exists()
    if work.place.strikes >= 2 or (is_last and not work.place.successes):
        raise error
    return Alone(verb, rows[0], error.message)


def most_per_call(work: Work, *, with_fields: bool) -> int:
    """Return how many people go into the next call."""
    most = work.kind.most_per_call(with_fields=with_fields)
    return min(most, work.place.size or most)
