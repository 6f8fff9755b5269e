"""`manage.py check_connections`: asks every connected service whether it lets us in."""

from __future__ import annotations

from django.core.management.base import CommandError, CommandParser
from django.utils import timezone

from cdp.commands import ShopCommand
from integrations.connecting.checking import Finding, in_the_background, note, probe
from integrations.destinations import destinations
from integrations.models import Connection


class Command(ShopCommand):
    """One line per connection; fails if one of them does not work."""

    help = (
        "Tests connections: prints for each the account it opens, or what is wrong and what to do. "
        "Ends with 1 if any does not work. Nothing is sent."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the arguments."""
        parser.add_argument("names", nargs="*", metavar="NAME", help="which (default: all)")

    def handle(self, *args: object, names: list[str], **options: object) -> None:
        """Test, note and print."""
        chosen = _chosen(names)
        if not chosen:
            self.stdout.write("There are no connections.")
            return
        broken = 0
        for connection in chosen:
            finding = probe(connection, patience=in_the_background())
            note(connection, finding, now=timezone.now())
            broken += not finding.is_good
            self.stdout.write(_line(connection, finding))
        if broken:
            raise CommandError(f"{broken} of {len(chosen)} connections do not work.", returncode=1)


def _chosen(names: list[str]) -> list[Connection]:
    found = {one.name: one for one in Connection.objects.order_by("name")}
    unknown = [name for name in names if name not in found]
    if unknown:
        known = ", ".join(found) or "none"
        raise CommandError(f"There is no connection '{unknown[0]}'. Known: {known}.")
    return [found[name] for name in names] if names else list(found.values())


def _line(connection: Connection, finding: Finding) -> str:
    label = destinations.get(connection.destination).label
    head = f"{connection.name} ({label}, {connection.state})"
    if finding.account is None:
        return f"{head}: BROKEN. {finding.error}"
    count = len(finding.account.audiences)
    notes = " ".join(finding.account.notes)
    return f"{head}: ok, account {finding.account.name}, {count} audiences there. {notes}".rstrip()
