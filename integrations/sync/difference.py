"""Who is to be added, updated and removed: those wanted compared with our own record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from integrations.destinations import Destination
from integrations.identity.people import Person
from integrations.identity.portraits import persons
from integrations.models import Audience, AudienceMember, MemberState
from integrations.sync.identity import digest_of, traces_of
from integrations.wanted import THERE, wanted

PIECE = 2_000
MOST_TRIES = 7
CHANGED_FIELDS = (
    "state",
    "sent",
    "payload_hash",
    "returns",
    "reason",
    "tries",
    "retry_at",
    "confirmed_at",
    "changed_at",
)


@dataclass
class Difference:
    """Rows to create and to change, and how many people are to be sent in which way.

    `let_go` counts those removed whom the service has confirmed. `upto` is the last customer looked
    at, None at the end.
    """

    wanted: int = 0
    new: list[AudienceMember] = field(default_factory=list)
    changed: list[AudienceMember] = field(default_factory=list)
    added: list[int] = field(default_factory=list)
    updated: int = 0
    let_go: int = 0
    removed: list[int] = field(default_factory=list)
    upto: int | None = None

    def count(self, member: AudienceMember) -> None:
        """Count how the person of this row is to be sent."""
        key = member.customer_id
        if member.state == MemberState.PENDING_REMOVE and not member.returns:
            self.removed.append(key or 0)
            self.let_go += member.confirmed_at is not None
        elif member.state == MemberState.PENDING_REMOVE or (
            member.state == MemberState.PENDING_ADD and member.confirmed_at is not None
        ):
            self.updated += 1
        elif member.state == MemberState.PENDING_ADD:
            self.added.append(key or 0)


def difference(
    audience: Audience,
    destination: Destination,
    *,
    fields: Sequence[str],
    after: int,
    is_full: bool,
    now: datetime,
) -> Difference:
    """Return what is to change for the next customers with keys above `after`; write nothing."""
    keys = list(
        wanted(audience).filter(pk__gt=after).order_by("pk").values_list("pk", flat=True)[:PIECE]
    )
    rows = list(
        audience.members.filter(customer__gt=after)
        .exclude(state=MemberState.OUT)
        .order_by("customer_id")[:PIECE]
    )
    ends = [part[-1] for part in (keys,) if len(part) == PIECE]
    ends += [row.customer_id or 0 for row in rows[PIECE - 1 :]]
    upto = min(ends) if ends else None
    if upto is not None:
        keys = [key for key in keys if key <= upto]
        rows = [row for row in rows if (row.customer_id or 0) <= upto]
    found = Difference(upto=upto)
    known = {row.customer_id: row for row in rows}
    missing = [key for key in keys if key not in known]
    known |= {
        row.customer_id: row
        for row in audience.members.filter(customer__in=missing, state=MemberState.OUT)
    }
    portraits = {int(one.id): one for one in persons(keys, fields=fields)}
    for person in portraits.values():
        found.wanted += 1
        member = known.get(int(person.id))
        if member is None:
            member = AudienceMember(
                audience=audience,
                customer_id=int(person.id),
                person_id=person.id,
                state=MemberState.OUT,
                changed_at=now,
            )
            _belongs(member, person, destination, is_full=is_full, now=now)
            found.new.append(member)
        elif _belongs(member, person, destination, is_full=is_full, now=now):
            found.changed.append(member)
        found.count(member)
    for member in rows:
        if member.customer_id not in portraits:
            if goes(member, now=now):
                found.changed.append(member)
            found.count(member)
    return found


def _belongs(
    member: AudienceMember,
    person: Person,
    destination: Destination,
    *,
    is_full: bool,
    now: datetime,
) -> bool:
    """Let the row of somebody wanted say what is to be done; return whether it changed."""
    if member.batch_id is not None:
        # Its outcome decides; somebody on the way out comes back then.
        if member.state == MemberState.PENDING_REMOVE and not member.returns:
            member.returns = True
            return True
        return False
    sent, digest = traces_of(destination, person), digest_of(destination, person)
    state, is_other = member.state, bool(member.sent) and member.sent != sent
    if state in THERE and is_other:
        if state == MemberState.PENDING_REMOVE and member.returns:
            return False
        _mark(member, MemberState.PENDING_REMOVE, now=now)
        member.returns = True
        return True
    is_unchanged = member.payload_hash == digest and not is_full
    if state in (MemberState.IN, MemberState.REFUSED) and is_unchanged:
        return False
    if state == MemberState.ERROR and is_unchanged and not _is_due(member, now=now):
        return False
    if state == MemberState.PENDING_ADD and is_unchanged and member.sent == sent:
        return False
    tries = member.tries if state == MemberState.ERROR and is_unchanged else 0
    _mark(member, MemberState.PENDING_ADD, now=now)
    member.sent, member.payload_hash, member.tries = sent, digest, tries
    return True


def goes(member: AudienceMember, *, now: datetime) -> bool:
    """Let the row of somebody who is not wanted say what is to be done; return if it changed."""
    if member.state == MemberState.REFUSED:
        _mark(member, MemberState.OUT, now=now)
        member.payload_hash, member.sent = "", {}
        return True
    if member.state == MemberState.PENDING_REMOVE:
        is_new = member.returns or bool(member.payload_hash)
        member.returns, member.payload_hash = False, ""
        return is_new
    if member.batch_id is not None or member.state not in THERE:
        return False
    _mark(member, MemberState.PENDING_REMOVE, now=now)
    member.payload_hash = ""
    return True


def _is_due(member: AudienceMember, *, now: datetime) -> bool:
    return member.tries < MOST_TRIES and (member.retry_at is None or member.retry_at <= now)


def _mark(member: AudienceMember, state: MemberState, *, now: datetime) -> None:
    if member.state == MemberState.IN and member.confirmed_at is None:
        member.confirmed_at = member.changed_at
    member.state, member.changed_at = state, now
    member.reason, member.tries, member.retry_at, member.returns = "", 0, None, False
