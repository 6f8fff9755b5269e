"""The phase that reads who is in the audience over there, and finds what our record has wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Q

from cdp.models import CustomerIdentity
from integrations.destinations.base import Member, Page
from integrations.identity.normalising import email as normal_email
from integrations.models import MemberState
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
    pairs = rows.filter(remote_id__in=numbers).values_list("pk", "remote_id")
    found = {pk: numbers[number] for pk, number in pairs}
    left = _without(members, found)
    ours = {one.external_id: one for one in left if one.external_id}
    pairs = rows.filter(person_id__in=ours).values_list("pk", "person_id")
    found |= {pk: ours[person] for pk, person in pairs}
    return found | _by_address(work, _without(left, found))


def _without(members: Sequence[Member], found: Mapping[int, Member]) -> list[Member]:
    known = {id(one) for one in found.values()}
    return [one for one in members if id(one) not in known]


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
        ours: set[int] = set()
        for rows in slices_of(work.audience, list(self.matches)):
            members = list(rows)
            rows.update(seen_at=work.now)
            for one in members:
                if one.state == MemberState.OUT:
                    continue
                ours.add(id(self.matches[one.pk]))
                number = self.matches[one.pk].remote_id
                if number and number != one.remote_id:
                    one.remote_id = number
                    fresh.append(one)
        store_rows(fresh, ("remote_id",))
        work.place.foreign += len(self.page.members) - len(ours)
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
