"""Fills the demo's database: tables, a shop, labels, suggested segments, a log-in."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db.models import Max
from django.utils import timezone

from analytics.models import Refresh
from cdp.management import demo_login
from cdp.models import Order, Shop
from cdp.periods import local_day
from segments.models import Segment

# Older data is shown as of the day after its newest order, or everybody would be lost.
STALE_AFTER = timedelta(days=30)
# What charts show of the time before: enough for a trend, quick enough to wait for.
HISTORY_DAYS = 12 * 7


class Command(BaseCommand):
    """Each step is left out when its result is there."""

    help = (
        "Set up what 'make demo' shows in the database of DATABASE_URL: the demo shop or a folder "
        "of CSV files, a refresh, the suggested segments with their past and the log-in. "
        "Repeating it changes nothing."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare which shop it is."""
        parser.add_argument("--data", type=Path, help="folder of CSV files instead of a demo shop")
        parser.add_argument("--customers", type=int, default=5000, help="size of the demo shop")
        parser.add_argument("--seed", type=int, default=1, help="another seed, another shop")

    def handle(self, *, data: Path | None, customers: int, seed: int, **options: Any) -> None:
        """Take the steps in order."""
        self._say("Database: bringing the tables up to date")
        call_command("migrate", verbosity=0)
        if Refresh.objects.filter(finished_at__isnull=False).exists():
            self._say("Shop: already there")
        else:
            if data is not None:
                self._say(f"Shop: importing {data}")
                call_command("import_shop", str(data), stdout=self.stdout)
            else:
                self._say(f"Shop: inventing {customers:,} customers and what they bought")
                size = ["--customers", str(customers), "--seed", str(seed)]
                call_command("demo_shop", *size, stdout=self.stdout)
            self._say("Customers: computing statistics and labels")
            call_command("refresh", "--full", *_as_of(), stdout=self.stdout)
        if Segment.objects.exists():
            self._say("Segments: already there")
        else:
            self._say("Segments: creating the suggested ones")
            call_command("segments", "suggest", "--create", stdout=self.stdout)
            self._say("Segments: finding out how large they were on the last Sundays")
            # Learning what could have been predicted on twelve Sundays would take minutes.
            past = ["backfill", "--without-predictions", f"--days={HISTORY_DAYS}"]
            call_command("segments", *past, stdout=self.stdout)
        demo_login.ensure_users()

    def _say(self, text: str) -> None:
        self.stdout.write(self.style.MIGRATE_HEADING(text))
        self.stdout.flush()


def _as_of() -> list[str]:
    """Return the option that pins the refresh behind the newest order where that one is old."""
    newest = Order.objects.paid().aggregate(newest=Max("placed_at"))["newest"]
    if newest is None or timezone.now() - newest <= STALE_AFTER:
        return []
    day_after = local_day(newest, Shop.objects.current().zone) + timedelta(days=1)
    return [f"--as-of={day_after.isoformat()}"]
