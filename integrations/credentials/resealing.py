"""Sealing the stored credentials anew, under the newest key."""

from __future__ import annotations

from dataclasses import dataclass, field

from django.db import transaction

from integrations.exceptions import CredentialsUnreadable
from integrations.models import Connection


@dataclass
class Resealed:
    """The names of the connections that were sealed anew, and of those that cannot be read."""

    done: list[str] = field(default_factory=list)
    failed: list[tuple[str, CredentialsUnreadable]] = field(default_factory=list)


def reseal() -> Resealed:
    """Seal the credentials of every connection under the newest key, each in its own transaction.

    One that none of the keys opens is left as it is. May be repeated and interrupted.
    """
    found = Resealed()
    for pk in list(Connection.objects.order_by("name").values_list("pk", flat=True)):
        with transaction.atomic():
            connection = Connection.objects.select_for_update().filter(pk=pk).first()
            if connection is None or not connection.credentials:
                continue
            try:
                connection.credentials = connection.credentials.resealed()
            except CredentialsUnreadable as error:
                found.failed.append((connection.name, error))
                continue
            connection.save(update_fields=["credentials"])
            found.done.append(connection.name)
    return found
