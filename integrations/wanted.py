"""Who belongs in an audience, who is kept out to compare with, and who may not be there at all."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from cdp.models import BUCKETS, ConsentFlag, Customer, Purpose
from cdp.models.consent import FLAG_PURPOSES
from integrations.connecting.connections import declared
from integrations.models import (
    Audience,
    AudienceMember,
    AudienceState,
    Connection,
    ConnectionState,
    MemberState,
)

# Where somebody is over there, or may be because the outcome of a request is not known.
THERE = (
    MemberState.PENDING_ADD,
    MemberState.IN,
    MemberState.PENDING_REMOVE,
    MemberState.ERROR,
)
_COLUMNS = {purpose: column for column, purpose in FLAG_PURPOSES.items()}
_REACHED_BY = {
    Purpose.EMAIL: ~Q(email=""),
    Purpose.SMS: ~Q(phone=""),
}
_REACHED_SOMEHOW = ~Q(email="") | ~Q(phone="")
# How far the share that is kept out moves from one segment to the next; a prime, so that it does
# not come round.
_SHIFT_PER_SEGMENT = 7919


def wanted(audience: Audience) -> QuerySet[Customer]:
    """Return who belongs in the audience: members of its segment who may be sent, not held out.

    They may be sent with consent to the destination's purpose and an identifier, unless they were
    erased. Without a segment that is nobody. Whether anybody enters now, says `may_enter`; whether
    those who belong no more are taken out, too.
    """
    return _sendable(audience).exclude(_is_held_out(audience))


def held_out(audience: Audience) -> QuerySet[Customer]:
    """Return who would be wanted, but is kept out to compare with.

    The same customers at every connection and at every moment, as long as the share is the same; a
    larger share keeps out more, and all of those before.
    """
    return _sendable(audience).filter(_is_held_out(audience))


def may_enter(audience: Audience) -> bool:
    """Return whether the audience follows its segment at present.

    If not, nobody is added, and nobody is taken out but those in `must_leave`.
    """
    segment = audience.segment
    return (
        audience.state == AudienceState.ACTIVE
        and audience.connection.state == ConnectionState.ACTIVE
        and segment is not None
        and not segment.is_archived
    )


def must_leave(audience: Audience) -> QuerySet[AudienceMember]:
    """Return who may not be there whatever the states say, and is or may be: no consent, or erased.

    Somebody on the way out stays among them until that is confirmed; nobody of them `returns`.
    """
    return audience.members.filter(_may_not_stay(audience.connection), state__in=THERE)


def must_leave_at(connection: Connection) -> QuerySet[AudienceMember]:
    """Return whom `must_leave` names in all audiences of a connection together."""
    members = AudienceMember.objects.filter(audience__connection=connection, state__in=THERE)
    return members.filter(_may_not_stay(connection))


def _may_not_stay(connection: Connection) -> Q:
    consent = f"customer__{_COLUMNS[declared(connection).purpose]}"
    may_stay = Q(customer__erased_at__isnull=True, **{consent: ConsentFlag.GRANTED})
    return Q(customer__isnull=True) | ~may_stay


def _sendable(audience: Audience) -> QuerySet[Customer]:
    """The members of the segment who have consented, can be reached and are still customers."""
    if audience.segment_id is None:
        return Customer.objects.none()
    purpose = declared(audience.connection).purpose
    return (
        Customer.objects.present()
        .filter(memberships__segment=audience.segment_id)  # At most one: no row comes twice.
        .filter(**{_COLUMNS[purpose]: ConsentFlag.GRANTED})
        .filter(_REACHED_BY.get(purpose, _REACHED_SOMEHOW))
    )


def _is_held_out(audience: Audience) -> Q:
    """Return an arc of the circle of buckets: it begins elsewhere for each segment."""
    if not audience.holdout_percent or audience.segment_id is None:
        return Q(pk__in=[])
    start = -audience.segment_id * _SHIFT_PER_SEGMENT % BUCKETS
    end = start + audience.holdout_percent * BUCKETS // 100
    return Q(bucket__gte=start, bucket__lt=end) | Q(bucket__lt=end - BUCKETS)
