"""Who may not try to log in for a while, because too many tries have failed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from axes.models import AccessAttempt
from axes.utils import reset
from django.conf import settings
from django.db.models import Max, QuerySet, Sum

MINUTE_SECONDS = 60


def locked_names(names: Iterable[str], *, now: datetime) -> set[str]:
    """Return which of these user names cannot log in from some address at the moment."""
    return set(_locks(now=now).filter(username__in=list(names)).values_list("username", flat=True))


def minutes_left(username: str, address: str | None, *, now: datetime) -> int:
    """Return after how many minutes a locked name may try again from an address, at least 1."""
    locks = _locks(now=now).filter(username=username, ip_address=address)
    newest = next(iter(locks.values_list("newest", flat=True)), None)
    if newest is None:
        return 1
    seconds = (newest + settings.AXES_COOLOFF_TIME - now).total_seconds()
    return max(1, int(-(-seconds // MINUTE_SECONDS)))


def unlock(username: str) -> bool:
    """Let a user name try again from everywhere; return whether there was anything to forget."""
    return bool(reset(username=username))


def forget_old_attempts(*, now: datetime) -> None:
    """Remove the addresses and names of failed tries that no longer count."""
    AccessAttempt.objects.filter(attempt_time__lt=now - settings.AXES_COOLOFF_TIME).delete()


def _locks(*, now: datetime) -> QuerySet[AccessAttempt, dict[str, object]]:
    """Return the locked combinations of name and address, each with its newest failure."""
    return (
        AccessAttempt.objects.filter(attempt_time__gt=now - settings.AXES_COOLOFF_TIME)
        .order_by()
        .values("username", "ip_address")
        .annotate(failures=Sum("failures_since_start"), newest=Max("attempt_time"))
        .filter(failures__gte=settings.AXES_FAILURE_LIMIT)
    )
