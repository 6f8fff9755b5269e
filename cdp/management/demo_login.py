"""The log-in of the demo: its password is made once and kept in the data folder."""

from __future__ import annotations

import secrets

from django.conf import settings

from cdp.models import User

USER_NAME = "demo"


def password() -> str:
    """Return the password, made at the first call."""
    path = settings.DATA_DIR / "demo_password"
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(9), encoding="utf-8")
    return path.read_text(encoding="utf-8").strip()


def ensure_user() -> None:
    """Let the demo user, who may do everything, log in with the password."""
    user, _created = User.objects.get_or_create(
        username=USER_NAME, defaults={"is_staff": True, "is_superuser": True}
    )
    if not user.check_password(password()):
        user.set_password(password())
        user.save(update_fields=["password"])
