"""The ledger of an audience: who belongs in it, who is there, and what is still to be done."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from django.db.models import Count, Exists, OuterRef

from integrations.models import Audience, AudienceMember, MemberState
from integrations.reach import Reach, reach_of
from integrations.wanted import may_enter, must_leave, wanted

MOST_REASONS = 8


@dataclass(frozen=True)
class Counts:
    """How many people of an audience stand where, as the service confirmed it."""

    by_state: Mapping[str, int] = field(default_factory=dict)

    @property
    def there(self) -> int:
        """Confirmed to be in it."""
        return self.by_state.get(MemberState.IN, 0)

    @property
    def on_the_way(self) -> int:
        """Sent or about to be sent, in or out, and not confirmed."""
        return self.entering + self.leaving + self.by_state.get(MemberState.ERROR, 0)

    @property
    def entering(self) -> int:
        """On the way in."""
        return self.by_state.get(MemberState.PENDING_ADD, 0)

    @property
    def leaving(self) -> int:
        """On the way out."""
        return self.by_state.get(MemberState.PENDING_REMOVE, 0)

    @property
    def unconfirmed(self) -> int:
        """Of a batch that the service refused in part without naming whom."""
        return self.by_state.get(MemberState.ERROR, 0)

    @property
    def refused(self) -> int:
        """Not taken by the service."""
        return self.by_state.get(MemberState.REFUSED, 0)

    @property
    def perhaps_there(self) -> int:
        """In it, or perhaps: whoever would have to be taken out."""
        return self.there + self.on_the_way


@dataclass(frozen=True)
class Reason:
    """Why the service refused people, and how many."""

    text: str
    count: int


@dataclass(frozen=True)
class Ledger:
    """An audience in figures. `missing`: belong in and are neither there nor refused; `surplus`:
    there although they do not belong in, or no longer may be there.
    """

    reach: Reach
    counts: Counts
    missing: int
    surplus: int
    reasons: tuple[Reason, ...]

    @property
    def is_equal(self) -> bool:
        """Whether nothing is left to be done."""
        return not (self.missing or self.surplus)


def counts_of(audiences: Iterable[Audience]) -> dict[int, Counts]:
    """Return the counts by the number of the audience, in one query for all of them."""
    keys = [audience.pk for audience in audiences]
    found: dict[int, dict[str, int]] = {key: {} for key in keys}
    rows = AudienceMember.objects.filter(audience__in=keys).order_by()
    counted = rows.values_list("audience_id", "state").annotate(count=Count("pk"))
    for key, state, count in counted:
        found[key][state] = count
    return {key: Counts(states) for key, states in found.items()}


def ledger_of(audience: Audience) -> Ledger:
    """Return the ledger at this moment, in at most seven queries."""
    counts = counts_of([audience])[audience.pk]
    reasons = audience.members.filter(state__in=(MemberState.REFUSED, MemberState.ERROR))
    counted = reasons.values_list("reason").annotate(count=Count("pk")).order_by("-count", "reason")
    missing, surplus = difference_of(audience)
    return Ledger(
        reach=reach_of(audience),
        counts=counts,
        missing=missing,
        surplus=surplus,
        reasons=tuple(Reason(text, count) for text, count in counted[:MOST_REASONS]),
    )


def difference_of(audience: Audience) -> tuple[int, int]:
    """Return how many are to be added and to be removed. While nobody enters, only those count who
    may not be there.
    """
    if not may_enter(audience):
        return 0, must_leave(audience).count()
    known = audience.members.filter(
        customer=OuterRef("pk"), state__in=(MemberState.IN, MemberState.REFUSED)
    )
    belonging = wanted(audience).filter(pk=OuterRef("customer_id"))
    there = audience.members.exclude(state__in=(MemberState.OUT, MemberState.REFUSED))
    missing = wanted(audience).filter(~Exists(known)).count()
    return missing, there.filter(~Exists(belonging)).count()
