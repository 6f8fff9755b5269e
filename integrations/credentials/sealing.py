"""Secrets at rest: sealed under keys of their own, unreadable without, never shown by chance."""

from __future__ import annotations

import json
import os
from functools import lru_cache
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.utils.translation import gettext as _

from integrations.exceptions import CredentialsUnreadable

PREFIX = "sealed:1:"
MASK = "••••••••"


class SealedText:
    """A secret as it is stored. Printing, logging or rendering it shows dots; `reveal()` opens it.

    `owner` names what it belongs to (such as "integrations.Connection.credentials"); a text moved
    to another owner does not open.
    """

    __slots__ = ("_token", "owner")

    def __init__(self, token: str, *, owner: str) -> None:
        self._token = token
        self.owner = owner

    @classmethod
    def of(cls, text: str, *, owner: str) -> SealedText:
        """Seal a text under the newest key; the first one ever makes the key file."""
        inside = json.dumps({"owner": owner, "text": text})
        sealed = _ring(_keys(make=True)).encrypt(inside.encode()).decode()
        return cls(PREFIX + sealed, owner=owner)

    @property
    def token(self) -> str:
        """What the database holds."""
        return self._token

    def reveal(self) -> str:
        """Return the secret; raise `CredentialsUnreadable` where key or owner do not fit."""
        inside = json.loads(_opened(self._token))
        if inside.get("owner") != self.owner:
            raise CredentialsUnreadable(
                _("Stored credentials belong to something else."),
                hint=_("Enter them again under Connections."),
            )
        return str(inside["text"])

    def resealed(self) -> SealedText:
        """Return the same secret under the newest key, for the rotation of keys."""
        _opened(self._token)
        fresh = _ring(_keys()).rotate(self._token.removeprefix(PREFIX).encode()).decode()
        return SealedText(PREFIX + fresh, owner=self.owner)

    def __bool__(self) -> bool:
        return bool(self._token)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SealedText) and (self._token, self.owner) == (
            other._token,
            other.owner,
        )

    def __hash__(self) -> int:
        return hash((self._token, self.owner))

    def __str__(self) -> str:
        return MASK

    def __repr__(self) -> str:
        return f"<SealedText of {self.owner}>"

    def __reduce__(self) -> str:
        raise TypeError("A secret does not travel; read it from the database where it is needed.")


def key_file() -> Path:
    """Where the keys are kept that the environment does not give."""
    return Path(settings.CREDENTIAL_KEY_FILE or settings.DATA_DIR / "credential_keys")


def add_key() -> None:
    """Put a new key on top of the key file: from now on it seals, the older ones still open.

    Raise `CredentialsUnreadable` where the keys come from the environment, which is not ours.
    """
    if settings.CREDENTIAL_KEYS:
        raise CredentialsUnreadable(
            _("The keys come from CREDENTIAL_KEYS."),
            hint=_("Put a new one in front of them there, then start this again."),
        )
    known = _keys_of_file() if key_file().exists() else ()
    _write((Fernet.generate_key().decode(), *known))


def check_keys() -> None:
    """Raise `CredentialsUnreadable` if there are keys and one of them is malformed."""
    if settings.CREDENTIAL_KEYS or key_file().exists():
        _ring(_keys())


def _opened(token: str) -> bytes:
    """What is inside a token; never the token itself in place of an error."""
    if not token.startswith(PREFIX):
        raise CredentialsUnreadable(
            _("Stored credentials are damaged."), hint=_("Enter them again under Connections.")
        )
    try:
        return _ring(_keys()).decrypt(token.removeprefix(PREFIX).encode())
    except InvalidToken:
        raise CredentialsUnreadable(
            _("Stored credentials cannot be read: none of the keys fits."),
            hint=_(
                "Bring back the key they were stored with (CREDENTIAL_KEYS or the key file), or "
                "enter the credentials again under Connections."
            ),
        ) from None


def _keys(*, make: bool = False) -> tuple[str, ...]:
    if settings.CREDENTIAL_KEYS:
        return tuple(key for key in settings.CREDENTIAL_KEYS.split(",") if key)
    if not key_file().exists():
        if not make:
            raise CredentialsUnreadable(
                _("Stored credentials cannot be read: the key file %(file)s is missing.")
                % {"file": key_file()},
                hint=_("Bring it back from its copy, or set CREDENTIAL_KEYS."),
            )
        _write((Fernet.generate_key().decode(),), is_first=True)
    return _keys_of_file()


def _keys_of_file() -> tuple[str, ...]:
    try:
        lines = key_file().read_text(encoding="utf-8").split()
    except (OSError, UnicodeDecodeError):
        raise CredentialsUnreadable(
            _("The key file %(file)s cannot be read.") % {"file": key_file()},
            hint=_("Give the user of Regulars the right to read it."),
        ) from None
    if not lines:
        raise CredentialsUnreadable(
            _("The key file %(file)s is empty.") % {"file": key_file()},
            hint=_("Bring it back from its copy, or set CREDENTIAL_KEYS."),
        )
    return tuple(lines)


@lru_cache(maxsize=8)
def _ring(keys: tuple[str, ...]) -> MultiFernet:
    try:
        return MultiFernet([Fernet(key.encode()) for key in keys])
    except ValueError:
        raise CredentialsUnreadable(
            _("A key for credentials is malformed."),
            hint=_("Each is 32 random bytes in URL-safe base64, 44 characters long."),
        ) from None


def _write(keys: tuple[str, ...], *, is_first: bool = False) -> None:
    """Write the whole file at once, for our own eyes; the first one only if nobody was faster."""
    path = key_file()
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        draft.touch(mode=0o600)
        draft.write_text("\n".join(keys) + "\n", encoding="utf-8")
        if is_first:
            os.link(draft, path)
        else:
            draft.replace(path)
    except FileExistsError:
        return
    except OSError as error:
        raise CredentialsUnreadable(
            _("The key file %(file)s cannot be written.") % {"file": path},
            hint=_("Give the user of Regulars the right to write there (%(reason)s).")
            % {"reason": error.strerror},
        ) from None
    finally:
        draft.unlink(missing_ok=True)
