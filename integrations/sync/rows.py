"""Storing many rows of members at once."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from django.db.models import QuerySet

from integrations.models import Audience, AudienceMember, MemberState

AT_ONCE = 1_000


def store_rows(members: Iterable[AudienceMember], columns: Sequence[str]) -> None:
    """Insert new rows whole; of rows that exist, bring these columns up to date."""
    fresh = []
    for member in members:
        row = copy.copy(member)
        row.pk = None
        fresh.append(row)
    if fresh:
        AudienceMember.objects.bulk_create(
            fresh,
            batch_size=AT_ONCE,
            update_conflicts=True,
            unique_fields=["audience", "person_id"],
            update_fields=list(columns),
        )


def slices_of(audience: Audience, keys: Sequence[int]) -> Iterator[QuerySet[AudienceMember]]:
    """Yield the rows with these keys in pieces that every database takes."""
    for start in range(0, len(keys), AT_ONCE):
        yield audience.members.filter(pk__in=keys[start : start + AT_ONCE])


def forget_members(audience: Audience, *, now: datetime) -> None:
    """Note that nobody is in the audience, because it does not exist over there any more."""
    audience.batches.all().delete()
    audience.members.exclude(state=MemberState.OUT).update(
        state=MemberState.OUT,
        sent={},
        payload_hash="",
        remote_id="",
        returns=False,
        reason="",
        tries=0,
        retry_at=None,
        confirmed_at=None,
        changed_at=now,
    )
