"""The kinds of services that an audience can be kept at; a new one is a module in this folder."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

from integrations.destinations.base import (
    Account,
    Destination,
    Member,
    Page,
    Receipt,
    Rejection,
    RemoteAudience,
    SecretField,
    destinations,
)

for _module in iter_modules(__path__):
    import_module(f"{__name__}.{_module.name}")

__all__ = [
    "Account",
    "Destination",
    "Member",
    "Page",
    "Receipt",
    "Rejection",
    "RemoteAudience",
    "SecretField",
    "destinations",
]
