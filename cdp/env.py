"""Typed reading of the environment: the one place that notices and explains a wrong setting."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

_TRUE = {"1", "true", "yes", "on"}
_FALSE = {"0", "false", "no", "off"}
_SECRET_LENGTH = 32


def text(name: str, default: str) -> str:
    """Return the variable `name` without surrounding blanks, or `default` when unset or empty."""
    return os.environ.get(name, "").strip() or default


def flag(name: str, default: bool) -> bool:
    """Return the variable `name` as yes or no; raise `ImproperlyConfigured` for any other word."""
    value = os.environ.get(name, "").strip().lower()
    if not value:
        return default
    if value in _TRUE:
        return True
    if value in _FALSE:
        return False
    raise ImproperlyConfigured(
        f"The setting {name} is '{value}', which is neither yes nor no. Set {name} to 1 or 0."
    )


def choice(name: str, default: str, *, allowed: tuple[str, ...]) -> str:
    """Return the variable `name` in capitals; raise `ImproperlyConfigured` if it is not allowed."""
    value = text(name, default).upper()
    if value not in allowed:
        raise ImproperlyConfigured(
            f"The setting {name} is '{value}'. Set {name} to one of {', '.join(allowed)}."
        )
    return value


def integer(name: str, default: int, *, minimum: int, maximum: int) -> int:
    """Return the variable `name` as a whole number in [minimum, maximum].

    Raise `ImproperlyConfigured` for anything else.
    """
    value = os.environ.get(name, "").strip()
    if not value:
        return default
    try:
        number = int(value)
    except ValueError:
        number = minimum - 1
    if not minimum <= number <= maximum:
        raise ImproperlyConfigured(
            f"The setting {name} is '{value}'. "
            f"Set {name} to a whole number from {minimum} to {maximum}."
        )
    return number


def secret(name: str, *, kept_in: Path) -> str:
    """Return the variable `name`; without it, a random text made once and kept in a file."""
    value = text(name, "")
    if not value:
        if not kept_in.exists():
            _keep(secrets.token_urlsafe(48), kept_in)
        return kept_in.read_text(encoding="utf-8").strip()
    if len(value) < _SECRET_LENGTH:
        raise ImproperlyConfigured(
            f"The setting {name} is shorter than {_SECRET_LENGTH} characters. Set a long random "
            f"one, or remove it: Regulars then makes one and keeps it in {kept_in}."
        )
    return value


def default(name: str, value: str) -> None:
    """Give the variable `name` a value for the libraries that read it, unless it has one."""
    os.environ.setdefault(name, value)


def _keep(value: str, path: Path) -> None:
    """Make the file with its whole content at once, unless another process was faster."""
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    draft.touch(mode=0o600)
    draft.write_text(value, encoding="utf-8")
    try:
        os.link(draft, path)
    except FileExistsError:
        return
    finally:
        draft.unlink()
