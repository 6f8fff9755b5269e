"""`manage.py rotate_credentials`: seals the credentials of all connections under a new key."""

from __future__ import annotations

from django.core.management.base import CommandError, CommandParser

from cdp.commands import ShopCommand
from integrations.credentials.resealing import reseal
from integrations.credentials.sealing import add_key
from integrations.exceptions import CredentialsUnreadable


class Command(ShopCommand):
    """Adds a key to the key file, then seals every connection anew; safe to repeat."""

    help = (
        "Makes a new key for credentials and seals those of every connection under it. Older keys "
        "stay in the key file, so that backups can still be read. Nothing is sent."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the arguments."""
        parser.add_argument(
            "--only-reseal",
            action="store_true",
            help="make no key: seal everything under the newest one there is",
        )

    def handle(self, *args: object, only_reseal: bool, **options: object) -> None:
        """Make the key, seal, and say how many."""
        if not only_reseal:
            try:
                add_key()
            except CredentialsUnreadable as error:
                raise CommandError(
                    f"{error} To seal everything under the first key there: --only-reseal."
                ) from None
        sealed = reseal()
        count = len(sealed.done)
        self.stdout.write(
            f"{count} connection{'' if count == 1 else 's'} sealed under the newest key."
        )
        for name, reason in sealed.failed:
            self.stderr.write(f"{name}: {reason}")
        if sealed.failed:
            raise CommandError(
                f"{len(sealed.failed)} of {count + len(sealed.failed)} connections could not be "
                "read and were left as they are."
            )
