"""Audiences that people set up, change and end, with who did it in the audit log."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from cdp.models import AuditAction, AuditEntry, User
from integrations.models import Audience, AudienceState
from integrations.outside_names import neutral_name

SETTINGS = (
    "outside_name",
    "holdout_percent",
    "schedule",
    "daily_at",
    "brake_percent",
    "profile_fields",
)


def free_name(audience: Audience) -> str:
    """Return a neutral name that no other audience at its connection has or had."""
    proposed = neutral_name(audience.segment_id or 0)
    taken = set(
        Audience.objects.filter(
            connection=audience.connection, outside_name__startswith=proposed
        ).values_list("outside_name", flat=True)
    )
    name, number = proposed, 2
    while name in taken:
        name, number = f"{proposed}-{number}", number + 1
    return name


def store_audience(audience: Audience, *, user: User | None, now: datetime) -> None:
    """Store an audience with its settings, a new one with the moment and the user.

    Of one that exists nothing but the settings: a run may be changing the rest.
    """
    is_new = audience.pk is None
    if is_new:
        audience.created_at, audience.user = now, user
    with transaction.atomic():
        audience.save(update_fields=None if is_new else SETTINGS)
        settings = ", ".join(f"{name}={getattr(audience, name)}" for name in SETTINGS)
        record_change(audience, "made" if is_new else "changed", settings, user=user, now=now)


def end_in_place(audience: Audience, *, user: User | None, now: datetime) -> None:
    """End an audience and leave whoever is in it there, as long as they may be."""
    with transaction.atomic():
        audience.state = AudienceState.ENDED
        audience.held_removals = audience.released_removals = 0
        audience.next_run_at = None
        audience.error = audience.hint = ""
        audience.save(
            update_fields=[
                "state",
                "held_removals",
                "released_removals",
                "next_run_at",
                "error",
                "hint",
            ]
        )
        record_change(audience, "ended", "its people were left there", user=user, now=now)


def record_change(
    audience: Audience, what: str, details: str, *, user: User | None, now: datetime
) -> None:
    """Note in the audit log what was done to an audience."""
    AuditEntry.objects.record(
        AuditAction.AUDIENCE_CHANGED,
        now=now,
        user=user,
        subject=f"audience {audience.pk}",
        details=f"{what}: {details}" if details else what,
    )
