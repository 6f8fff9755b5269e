"""The log-ins of the demo: their password is made once and kept in the data folder."""

from __future__ import annotations

import secrets

from django.conf import settings
from django.contrib.auth.models import Group

from cdp.models import User
from cdp.roles import ANALYST, MARKETER

USER_NAME = "demo"
ROLES = {"marketer": MARKETER, "analyst": ANALYST}


def password() -> str:
    """Return the password, made at the first call."""
    path = settings.DATA_DIR / "demo_password"
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(9), encoding="utf-8")
    return path.read_text(encoding="utf-8").strip()


def ensure_users() -> None:
    """Let a user who may do everything, and one of each lesser role, log in with the password."""
    _ensure(USER_NAME, is_superuser=True)
    for name, role in ROLES.items():
        _ensure(name).groups.add(Group.objects.get(name=role))


def _ensure(name: str, *, is_superuser: bool = False) -> User:
    user, _created = User.objects.get_or_create(
        username=name, defaults={"is_staff": True, "is_superuser": is_superuser}
    )
    if not user.check_password(password()):
        user.set_password(password())
        user.save(update_fields=["password"])
    return user
