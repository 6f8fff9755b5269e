"""The brake: a run that would take out a large part of an audience stops and asks."""

from __future__ import annotations

from django.db.models import Q

from integrations.models import Audience, AudienceState, MemberState
from integrations.wanted import THERE, must_leave

# So few may always go: a share of a small audience says nothing.
FREE = 10


def held_back(audience: Audience) -> int:
    """Return how many removals are held back after the difference was marked; 0: it may go on.

    Whoever may not be there does not count, nor who comes back, nor who was never confirmed.
    """
    leaving = Q(state=MemberState.PENDING_REMOVE, returns=False, confirmed_at__isnull=False)
    removals = (
        audience.members.filter(leaving).count() - must_leave(audience).filter(leaving).count()
    )
    return held(audience, removals=removals, there=confirmed(audience))


def confirmed(audience: Audience) -> int:
    """Return how many people the service has confirmed, those on their way out included."""
    return audience.members.filter(
        Q(state=MemberState.IN) | Q(confirmed_at__isnull=False, state__in=THERE)
    ).count()


def held(audience: Audience, *, removals: int, there: int) -> int:
    """Return how many of these removals, of so many people confirmed there, are held back."""
    if audience.state == AudienceState.ENDING or removals <= FREE:
        return 0
    if removals * 100 <= there * audience.brake_percent:
        return 0
    return 0 if removals <= audience.released_removals else removals
