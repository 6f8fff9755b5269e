"""The phase that reads who is in the audience over there, and finds what our record has wrong."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Q

from cdp.models import CustomerIdentity
from integrations.destinations.base import Member, Page
from integrations.models import MemberState
from integrations.normalising import email as normal_email
from integrations.sync.place import Phase
from integrations.sync.rows import slices_of, store_rows
from integrations.sync.work import Outcome, Work


def read_page(work: Work) -> Outcome:
    """Read the next page of members and match it with our rows."""
    page = work.open().page(work.audience.remote_id, work.place.cursor)
    return Seen(page, _matches(work, page.members))


def _matches(work: Work, members: Sequence[Member]) -> dict[int, Member]:
    """Return whom of our rows the service shows, by their key: by its number, our id, or address.

    An address counts only for the row it was sent in.
    """
    rows = work.audience.members
    numbers = {one.remote_id: one for one in members if one.remote_id}
    found = {
        pk: numbers[number]
        for pk, number in _pairs(rows.filter(remote_id__in=numbers), "remote_id")
    }
    left = [one for one in members if one not in found.values()]
    ours = {one.external_id: one for one in left if one.external_id}
    by_id = {
        pk: ours[person] for pk, person in _pairs(rows.filter(person_id__in=ours), "person_id")
    }
    found |= by_id
    left = [one for one in left if one not in by_id.values()]
    return found | _by_address(work, left)


def _pairs(rows: object, column: str) -> list[tuple[int, str]]:
    return list(rows.values_list("pk", column))  # type: ignore[attr-defined]


def _by_address(work: Work, members: Sequence[Member]) -> dict[int, Member]:
    addresses = {normal_email(one.email): one for one in members if one.email}
    known = CustomerIdentity.objects.filter(
        kind=CustomerIdentity.Kind.EMAIL, value__in=addresses
    ).values("customer")
    chosen = Q(customer__email__in=addresses) | Q(customer__in=known)
    found = {}
    for member in work.audience.members.filter(chosen).distinct():
        for address in member.sent.get("emails", ()):
            if normal_email(address) in addresses:
                found[member.pk] = addresses[normal_email(address)]
    return found


@dataclass
class Seen(Outcome):
    """A page of people who are there, with the rows of those that are ours."""

    page: Page
    matches: dict[int, Member]

    def store(self, work: Work) -> None:
        """Mark who was seen; at the end, repair whom we believed there and did not see."""
        fresh = []
        ours = 0
        for rows in slices_of(work.audience, list(self.matches)):
            members = list(rows)
            rows.update(seen_at=work.now)
            ours += sum(one.state != MemberState.OUT for one in members)
            for one in members:
                number = self.matches[one.pk].remote_id
                if number and number != one.remote_id and one.state != MemberState.OUT:
                    one.remote_id = number
                    fresh.append(one)
        store_rows(fresh, ("remote_id",))
        work.place.foreign += len(self.page.members) - ours
        if self.page.following:
            work.place.cursor = self.page.following
            return
        work.count(repaired=_repair(work))
        work.change(compared_at=work.now, foreign_count=max(0, work.place.foreign))
        work.place.go_to(Phase.LEAVE)


def _repair(work: Work) -> int:
    """Mark people who are missing over there to be added again; return how many."""
    unseen = Q(seen_at__isnull=True) | Q(seen_at__lt=work.run.started_at)
    missing = work.audience.members.filter(unseen, state=MemberState.IN, batch__isnull=True)
    return missing.update(
        state=MemberState.PENDING_ADD, confirmed_at=None, changed_at=work.now, reason=""
    )
