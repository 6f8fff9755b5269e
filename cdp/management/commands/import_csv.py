"""Take one CSV file in."""

from __future__ import annotations

from pathlib import Path

from django.core.management.base import CommandError, CommandParser
from django.utils import timezone

from cdp.commands import ShopCommand
from cdp.exceptions import RegularsError
from cdp.ingest.foreground import import_files
from cdp.ingest.headers import read_mapping
from cdp.ingest.records import RECORDS


class Command(ShopCommand):
    """Imports a file of one kind; importing it again changes nothing."""

    help = "Import a CSV file (.csv or .csv.gz). Importing the same file again changes nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the arguments."""
        parser.add_argument("kind", help=f"what the rows are: {', '.join(RECORDS)}")
        parser.add_argument("file", type=Path)
        parser.add_argument("--source", default="shop", help="which feed the file comes from")
        parser.add_argument("--mapping", type=Path, help='JSON {"their header": "our field"}')
        parser.add_argument("--dry-run", action="store_true", help="check all, store nothing")

    def handle(self, *args: object, **options: object) -> None:
        """Import the file and report."""
        mapping = options["mapping"]
        try:
            import_files(
                [(str(options["kind"]), Path(str(options["file"])))],
                source=str(options["source"]),
                mapping=read_mapping(mapping) if isinstance(mapping, Path) else None,
                is_dry_run=bool(options["dry_run"]),
                now=timezone.now(),
                say=self.stdout.write,
            )
        except RegularsError as error:
            raise CommandError(str(error)) from error
