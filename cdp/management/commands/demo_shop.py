"""The command that fills an empty installation with a made-up webshop."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from time import monotonic
from typing import Any

from django.core.management.base import CommandError
from django.db import IntegrityError, transaction
from django.utils import timezone
from tqdm import tqdm

from analytics.models import Refresh
from cdp import bulk
from cdp.commands import ShopCommand
from cdp.demo import files, shop
from cdp.models import Customer, Event, Order, OrderLine, Product

MOST_CUSTOMERS = 9_999_999


class Command(ShopCommand):
    """Writes the demo shop to the database, or to CSV files."""

    help = (
        "Fill the database with a made-up webshop for sport, outdoor and home: products, "
        "customers, "
        "four years of orders, carts, visits and consents. Equal arguments make an equal shop. "
        "Run 'refresh' afterwards to classify the customers."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare size, seed and end of the shop, and what to do with one that is there."""
        parser.add_argument("--customers", type=int, default=5000, help="how many customers")
        parser.add_argument("--seed", type=int, default=1, help="another seed, another shop")
        parser.add_argument(
            "--end",
            type=date.fromisoformat,
            help="the shop's past ends at the start of this day (YYYY-MM-DD; default: today)",
        )
        there = parser.add_mutually_exclusive_group()
        there.add_argument(
            "--add",
            action="store_true",
            help="add to the customers that are there, as a new source",
        )
        there.add_argument(
            "--reset",
            action="store_true",
            help="delete all customers, products and orders first, real ones too",
        )
        there.add_argument(
            "--csv", type=Path, metavar="DIR", help="write CSV files instead of the database"
        )
        parser.add_argument("--yes", action="store_true", help="do not ask before deleting")

    def handle(
        self,
        *,
        customers: int,
        seed: int,
        end: date | None,
        add: bool,
        reset: bool,
        csv: Path | None,
        yes: bool,
        **options: Any,
    ) -> None:
        """Make the shop and say what was made."""
        if not 1 <= customers <= MOST_CUSTOMERS:
            raise CommandError(
                f"A demo shop has 1 to {MOST_CUSTOMERS:,} customers, not {customers:,}."
            )
        if seed < 0:
            raise CommandError("The seed is a whole number from 0 on.")
        now = timezone.now()
        plan = shop.default_plan(customers=customers, seed=seed, end=end, now=now)
        if csv is not None:
            self._write(plan, csv)
            return
        if reset:
            self._empty(yes)
        elif add:
            plan = replace(plan, source=shop.next_source())
        elif Customer.objects.exists() or Product.objects.exists():
            there = shop.find(customers=customers, seed=seed)
            if there is None or end not in (None, there.end):
                raise CommandError(
                    "There are customers or products already. Use --add to add the demo shop to "
                    "them as a source of its own, or --reset to delete them first."
                )
            self.stdout.write(
                f"This demo shop is there already: {customers:,} customers, seed {seed}, "
                f"ending {there.end}. Nothing was changed."
            )
            return
        self._store(plan, now=now)

    def _store(self, plan: shop.Plan, *, now: datetime) -> None:
        figures = shop.Figures()
        started = monotonic()
        try:
            with self._bar(plan) as bar:
                for written in shop.store(plan, now=now, figures=figures):
                    bar.update(written - bar.n)
                    if written == plan.customers:
                        bar.set_description("Building indexes")
        except IntegrityError as error:
            raise CommandError(
                "The demo shop collides with data that is there, so nothing was written. Use "
                "--reset to delete what is there first."
            ) from error
        self._report(plan, figures, started, "Run 'manage.py refresh' to classify them.")

    def _write(self, plan: shop.Plan, folder: Path) -> None:
        figures = shop.Figures()
        started = monotonic()
        try:
            with self._bar(plan) as bar:
                for written in files.write(plan, folder, figures=figures):
                    bar.update(written - bar.n)
        except OSError as error:
            raise CommandError(
                f"The folder {folder} cannot be written: {error.strerror}. Name another one."
            ) from error
        self._report(plan, figures, started, f"The files are in {folder}.")

    def _empty(self, is_sure: bool) -> None:
        count = Customer.objects.count()
        if count and not is_sure:
            if not sys.stdin.isatty():
                raise CommandError(
                    f"--reset would delete {count:,} customers and everything about them. "
                    "Add --yes if that is meant."
                )
            question = f"Delete {count:,} customers and everything about them? Type yes: "
            if input(question).strip().casefold() != "yes":
                raise CommandError("Nothing was deleted.")
        with transaction.atomic():
            bulk.clear([*shop.TABLES, *shop.LABELS, Refresh])

    @staticmethod
    def _bar(plan: shop.Plan) -> Any:
        return tqdm(total=plan.customers, desc="Customers", unit="", unit_scale=True, disable=None)

    def _report(self, plan: shop.Plan, figures: shop.Figures, started: float, advice: str) -> None:
        self.stdout.write(
            f"Demo shop made in {monotonic() - started:.1f} s: {figures[Customer]:,} customers, "
            f"{figures[Product]:,} products, {figures[Order]:,} orders, "
            f"{figures[OrderLine]:,} lines, {figures[Event]:,} events up to {plan.end}. {advice}"
        )
