"""How many members of a segment an audience would reach, and why it does not reach the others."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count, Q

from cdp.models import ConsentFlag, Customer, Purpose
from cdp.models.consent import FLAG_PURPOSES
from integrations.connecting.connections import declared
from integrations.models import Audience
from integrations.wanted import held_out, wanted

_COLUMNS = {Purpose(purpose): column for column, purpose in FLAG_PURPOSES.items()}


@dataclass(frozen=True)
class Reach:
    """The stored members of a segment, each counted in one of four groups.

    `without_identifier`: consent was given, but there is no address or number to send.
    """

    members: int
    wanted: int
    without_consent: int
    without_identifier: int
    held_out: int


def reach_of(audience: Audience) -> Reach:
    """Return whom an audience reaches at this moment, in three queries; it need not be stored.

    Without a segment that is nobody.
    """
    if audience.segment_id is None:
        return Reach(0, 0, 0, 0, 0)
    column = consent_column(audience)
    counted = Customer.objects.present().filter(memberships__segment=audience.segment_id)
    figures = counted.aggregate(
        members=Count("pk"), consenting=Count("pk", filter=Q(**{column: ConsentFlag.GRANTED}))
    )
    inside, kept_out = wanted(audience).count(), held_out(audience).count()
    return Reach(
        members=figures["members"],
        wanted=inside,
        without_consent=figures["members"] - figures["consenting"],
        without_identifier=max(figures["consenting"] - inside - kept_out, 0),
        held_out=kept_out,
    )


def consent_column(audience: Audience) -> str:
    """Return the column of `Customer` that holds the consent this audience needs."""
    return _COLUMNS[declared(audience.connection).purpose]
