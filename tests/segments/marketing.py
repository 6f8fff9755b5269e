"""A small shop with computed segments, for tests of the pages that show them."""

from __future__ import annotations

from datetime import timedelta

from django.core.cache import cache

from analytics.models import Refresh
from analytics.refresh import refresh_now
from cdp.models import Customer
from segments.definitions import Definition, RowDefinition, make_row
from segments.models import Segment
from segments.refreshing import refresh_segments
from segments.storing import compare, store
from tests import factories
from tests.conftest import NOW

HOUR = timedelta(hours=1)
DANES = make_row("country", "is_any_of", {"values": ["DK"]})
BUYERS = make_row("order_count", "at_least", {"value": 1})
EVERYBODY = make_row("order_count", "at_least", {"value": 0})


def make_buyers(count: int = 6) -> list[Customer]:
    """Customers with 0, 1, 2, … orders; every second one is Danish and may be mailed."""
    factories.make_shop()
    cache.clear()
    people = []
    for number in range(count):
        is_dane = number % 2 == 0
        person = factories.make_customer(
            email=f"person{number}@example.com",
            first_name=f"Person{number}",
            country="DK" if is_dane else "DE",
            email_consent=1 if is_dane else 0,
        )
        for order in range(number):
            placed_at = NOW - timedelta(days=40 * order + 5)
            factories.make_order(person, placed_at, total=100 + 10 * number)
        people.append(person)
    compute()
    return people


def compute() -> None:
    """Refresh statistics and labels; segments computed afterwards are up to date."""
    refresh_now(now=NOW, full=True)
    Refresh.objects.update(finished_at=NOW - HOUR)


def make_segment(
    name: str, *rows: RowDefinition, excluded: str = "", match: str = "all"
) -> Segment:
    """A computed segment of these rows."""
    (stored,) = store(
        compare([Definition(name, rows, match=match, excluded=excluded)]), now=NOW - HOUR
    )
    refresh_segments(now=NOW, segments=[stored])
    stored.refresh_from_db()
    return stored


def asks_for(segment: Segment) -> RowDefinition:
    """A row that asks for the members of another segment."""
    return make_row("in_segment", "is_member", {"segment": segment.name})
