"""`manage.py recommend EMAIL_OR_ID`: what a customer is recommended, and why."""

from __future__ import annotations

from collections.abc import Sequence

from django.core.management.base import CommandError, CommandParser
from django.utils import timezone

from analytics.clock import effective_now, latest_refresh
from analytics.management.lookup import customer_named
from analytics.models import RecommendationList
from analytics.recommendations import (
    Recommended,
    products_about,
    recommended,
    recommended_among,
)
from cdp.commands import ShopCommand

MOST = 100
TITLES = {RecommendationList.BUY_AGAIN: "Buy again", RecommendationList.NEW_FOR_YOU: "New for you"}
CHOICE = ("keyword", "brand", "category")


class Command(ShopCommand):
    """Print the stored lists of a customer, or one list among the products of one's choice."""

    help = (
        "Show what a customer is recommended: what to buy again and what is new, with the purchase "
        "that speaks most for it. With --keyword, --brand or --category: the best of these for "
        "this customer."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the arguments."""
        parser.add_argument(
            "customer", metavar="EMAIL_OR_ID", help="e-mail address, the shop's id, or #number"
        )
        parser.add_argument("--keyword", default="", metavar="WORD", help="products with this word")
        parser.add_argument("--brand", default="", metavar="NAME", help="products of this brand")
        parser.add_argument(
            "--category", default="", metavar="NAME", help="name or path, with all below it"
        )
        parser.add_argument("--most", type=int, default=5, metavar="N", help="products per list")

    def handle(self, *args: object, **options: object) -> None:
        """Run it."""
        most = int(str(options["most"]))
        if not 1 <= most <= MOST:
            raise CommandError(f"--most is a number from 1 to {MOST}.")
        customer = customer_named(str(options["customer"]))
        if latest_refresh() is None:
            raise CommandError(
                "Nothing has been learned yet. Run `manage.py refresh` once orders are in."
            )
        asked = {name: str(options[name]).strip() for name in CHOICE}
        if not any(asked.values()):
            found = recommended([customer.pk], most=most)[customer.pk]
            for kind, title in TITLES.items():
                self._list(title, [one for one in found if one.list == kind])
            return
        products = products_about(**asked)
        if not products.filter(is_available=True).exists():
            raise CommandError("No product that is available matches all of this.")
        now = effective_now(timezone.now())
        found = recommended_among([customer.pk], products, most=most, now=now)[customer.pk]
        self._list("Best for this customer", found, names_list=True)

    def _list(self, title: str, found: Sequence[Recommended], *, names_list: bool = False) -> None:
        self.stdout.write(f"{title}:")
        if not found:
            self.stdout.write("  nothing")
        for one in found:
            known = f" [{TITLES[RecommendationList(one.list)].lower()}]" if names_list else ""
            because = f", because of {one.reason}" if one.reason is not None else ""
            self.stdout.write(f"  {one.position}. {one.product}{known}{because}")
