"""Take all CSV files of a shop in."""

from __future__ import annotations

from pathlib import Path

from django.core.management.base import CommandError, CommandParser
from django.utils import timezone

from cdp.commands import ShopCommand
from cdp.exceptions import RegularsError
from cdp.ingest.foreground import import_files
from cdp.ingest.records import RECORDS


class Command(ShopCommand):
    """Imports the files of a folder that are named after a kind, each after those it builds on."""

    help = f"Import a folder of CSV files: {', '.join(RECORDS)}, each as .csv or .csv.gz."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the arguments."""
        parser.add_argument("folder", type=Path)
        parser.add_argument("--source", default="shop", help="which feed the files come from")
        parser.add_argument("--dry-run", action="store_true", help="check all, store nothing")

    def handle(self, *args: object, **options: object) -> None:
        """Import the files and report on each."""
        folder = Path(str(options["folder"]))
        files = [
            (kind, path)
            for kind in RECORDS
            for path in (folder / f"{kind}.csv", folder / f"{kind}.csv.gz")
            if path.is_file()
        ]
        if not files:
            raise CommandError(
                f"The folder {folder} holds no file to import. Name the files "
                f"{', '.join(f'{kind}.csv' for kind in RECORDS)} (or .csv.gz)."
            )
        try:
            import_files(
                files,
                source=str(options["source"]),
                mapping=None,
                is_dry_run=bool(options["dry_run"]),
                now=timezone.now(),
                say=self.stdout.write,
            )
        except RegularsError as error:
            raise CommandError(str(error)) from error
