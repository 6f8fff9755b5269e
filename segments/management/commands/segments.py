"""`manage.py segments`: segments as files, their counts and members."""

from __future__ import annotations

import argparse
import os
import sys
from datetime import date
from pathlib import Path

from django.core.management.base import CommandError, CommandParser
from django.utils import timezone

from cdp.commands import ShopCommand
from cdp.exceptions import RegularsError
from segments.management.actions import Actions

MAX_DAYS = 3650


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"'{text}' is not a day. Write it as 2026-12-31."
        ) from None


def _days(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= MAX_DAYS:
        raise argparse.ArgumentTypeError(
            f"'{text}' is not a number of days. Write one from 1 to {MAX_DAYS:,}."
        )
    return int(text)


class Command(ShopCommand):
    """Parse the arguments and call the action of that name."""

    help = (
        "List, import, export, refresh, backfill, count and suggest segments, and print "
        "their members. "
        "Segments are JSON files that a person can write; 'criteria' lists what can be asked."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the actions."""
        actions = parser.add_subparsers(dest="action", required=True)
        listing = actions.add_parser("list", help="show every segment with its sentence and size")
        listing.add_argument("--archived", action="store_true", help="show archived ones as well")

        taking = actions.add_parser("import", help="create or change segments from a JSON file")
        taking.add_argument("file", type=Path, help="the file; - reads standard input")
        taking.add_argument("--dry-run", action="store_true", help="only show what would change")

        giving = actions.add_parser("export", help="print segments as JSON for 'import'")
        giving.add_argument("names", nargs="*", metavar="NAME", help="which (default: all)")

        refreshing = actions.add_parser("refresh", help="compute who is a member now")
        refreshing.add_argument("name", nargs="?", help="which (default: all that are due)")

        filling = actions.add_parser(
            "backfill", help="find out how large segments were before Regulars watched them"
        )
        filling.add_argument("names", nargs="*", metavar="NAME", help="which (default: all)")
        filling.add_argument("--days", type=_days, default=90, help="how far back (default: 90)")
        filling.add_argument(
            "--every", type=_days, default=7, help="one day in how many (default: 7, on Sundays)"
        )

        filling.add_argument(
            "--without-predictions",
            action="store_true",
            help="leave out segments that ask for predictions: every past day is learned anew",
        )

        counting = actions.add_parser("count", help="print how many customers are in a segment now")
        showing = actions.add_parser("members", help="print the members of a segment")
        showing.add_argument("--format", choices=("csv", "json"), default="csv")
        showing.add_argument("--columns", default="", help="keys, separated by commas")
        showing.add_argument(
            "--raw", action="store_true", help="do not disarm text that looks like a formula"
        )
        for asking in (counting, showing):
            asking.add_argument("name")
            asking.add_argument(
                "--as-of",
                type=_day,
                metavar="YYYY-MM-DD",
                help="as it was known at the start of this local day",
            )

        suggesting = actions.add_parser("suggest", help="propose segments from the shop's figures")
        suggesting.add_argument("--create", action="store_true", help="create the missing ones")

        asked = actions.add_parser("criteria", help="list every criterion, operator and value")
        asked.add_argument("--markdown", action="store_true", help="as the page docs/criteria.md")

    def handle(self, *args: object, action: str, **options: object) -> None:
        """Do the action; an expected failure becomes a `CommandError`."""
        actions = Actions(out=self.stdout, err=self.stderr, now=timezone.now())
        try:
            getattr(actions, f"do_{action}")(options)
        except RegularsError as error:
            raise CommandError(str(error)) from error
        except BrokenPipeError:
            # The reader has seen enough ("| head"); what is still buffered goes nowhere.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
