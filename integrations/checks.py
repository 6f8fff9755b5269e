"""Start-up checks of what keeps the secrets of connections."""

from __future__ import annotations

import stat
from collections.abc import Sequence

from django.apps import AppConfig
from django.core.checks import CheckMessage, Error, Tags, Warning, register

from integrations.credentials.sealing import check_keys, key_file
from integrations.exceptions import CredentialsUnreadable

Apps = Sequence[AppConfig] | None


@register(Tags.security)
def credential_keys_are_usable(app_configs: Apps, **kwargs: object) -> list[CheckMessage]:
    """With a malformed key no connection can be opened."""
    try:
        check_keys()
    except CredentialsUnreadable as error:
        return [Error(error.message, hint=error.hint, id="integrations.E001")]
    return []


@register(Tags.security)
def credential_keys_are_private(app_configs: Apps, **kwargs: object) -> list[CheckMessage]:
    """Whoever reads the key file and the database can use the shop's accounts."""
    path = key_file()
    if not path.exists() or not path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        return []
    return [
        Warning(
            f"Other users of this machine may read {path}.",
            hint=f"Run: chmod 600 {path}",
            id="integrations.W001",
        )
    ]
