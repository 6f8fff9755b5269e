"""Where users are logged in, and how to end that."""

from __future__ import annotations

from datetime import datetime

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.models import Session

from cdp.models import User


def end_sessions(user: User, *, now: datetime, but: str | None = None) -> int:
    """Log a user out everywhere, except in the session with the key `but`; return how many ended.

    Whose a session is stands inside it, so all living ones are read: users are few.
    """
    theirs = [
        session.pk
        for session in Session.objects.filter(expire_date__gt=now).iterator()
        if session.pk != but and session.get_decoded().get(SESSION_KEY) == str(user.pk)
    ]
    Session.objects.filter(pk__in=theirs).delete()
    return len(theirs)


def forget_old_sessions(*, now: datetime) -> None:
    """Remove the sessions that have expired."""
    Session.objects.filter(expire_date__lt=now).delete()
