"""The timeline: everything once, newest first, however many pages it takes."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cdp.models import ConsentEvent, Customer, OrderLine, Refund
from cdp.timeline import EVENTS_READ, PAGE_SIZE, Activity, Entry, Place, TimelineKind, timeline
from tests import factories
from tests.conftest import NOW

pytestmark = pytest.mark.django_db

ZONE = ZoneInfo(factories.ZONE)


def read_all(customer: Customer, kinds: list[str] | None = None) -> list[list[Entry]]:
    """Every page of the timeline."""
    pages, before = [], None
    for _ in range(100):
        page = timeline(
            customer, zone=ZONE, kinds=kinds or list(TimelineKind.values), before=before
        )
        pages.append([entry for _day, entries in page.days for entry in entries])
        before = page.older
        if before is None:
            return pages
    raise AssertionError("The timeline does not end.")


def make_busy_customer(*, orders: int, events: int) -> Customer:
    customer = factories.make_customer()
    product = factories.make_product("Tent")
    for number in range(orders):
        moment = NOW - timedelta(hours=7 * number)
        order = factories.make_order(customer, moment, [(product, 1)])
        if number % 5 == 0:
            factories.make_cart(customer, moment, [(product, 2)], recovered_order=order)
            Refund.objects.create(
                external_id=f"r{number}",
                order=order,
                customer=customer,
                refunded_at=moment,
                total=1,
            )
            ConsentEvent.objects.create(
                customer=customer,
                purpose="email",
                channel="email",
                choice="granted",
                occurred_at=moment,
                source="shop",
            )
    for number in range(events):
        moment = NOW - timedelta(minutes=37 * number)
        factories.make_event(customer, "page_view", moment, detail=f"/{number}")
    return customer


def test_pages_hold_everything_once_and_in_order() -> None:
    factories.make_shop()
    customer = make_busy_customer(orders=47, events=700)
    pages = read_all(customer)
    entries = [entry for page in pages for entry in page]
    places = [entry.place for entry in entries]
    assert places == sorted(places, reverse=True)
    assert len(set(places)) == len(places)
    assert max(len(page) for page in pages) == PAGE_SIZE
    seen = [entry.what for entry in entries]
    assert seen.count("order") == 47
    assert seen.count("cart") == seen.count("refund") == seen.count("consent") == 10
    active = [entry.subject for entry in entries if isinstance(entry.subject, Activity)]
    assert sum(activity.count for activity in active) == 700
    assert sum(deed.count for activity in active for deed in activity.deeds) == 700
    days = [entry.day for entry in entries]
    assert days == sorted(days, reverse=True)


def test_things_of_the_same_moment_are_not_lost_between_pages() -> None:
    factories.make_shop()
    customer = factories.make_customer()
    for _ in range(2 * PAGE_SIZE + 3):
        factories.make_order(customer, NOW)
        factories.make_cart(customer, NOW + timedelta(hours=1))
    pages = read_all(customer)
    assert sum(len(page) for page in pages) == 2 * (2 * PAGE_SIZE + 3)
    assert len({entry.place for page in pages for entry in page}) == 2 * (2 * PAGE_SIZE + 3)


def test_a_day_with_more_events_than_are_read_is_counted_whole() -> None:
    factories.make_shop()
    customer = factories.make_customer()
    for number in range(EVENTS_READ + 40):
        factories.make_event(customer, "search", NOW - timedelta(seconds=number), query="tent")
    factories.make_event(customer, "search", NOW - timedelta(days=1), query="shoe")
    entries = [entry for page in read_all(customer) for entry in page]
    counts = [entry.subject.count for entry in entries if isinstance(entry.subject, Activity)]
    assert counts == [EVENTS_READ + 40, 1]


def test_days_are_the_shops() -> None:
    factories.make_shop()
    customer = factories.make_customer()
    factories.make_order(customer, datetime(2026, 11, 20, 23, 30, tzinfo=UTC))
    (entry,) = read_all(customer)[0]
    assert entry.day == date(2026, 11, 21)


def test_one_kind_can_be_asked_for_alone() -> None:
    factories.make_shop()
    customer = make_busy_customer(orders=6, events=3)
    found = {
        kind: {entry.what for page in read_all(customer, [kind]) for entry in page}
        for kind in TimelineKind.values
    }
    assert found == {
        "orders": {"order", "refund"},
        "carts": {"cart"},
        "activity": {"activity"},
        "consents": {"consent"},
    }


def test_a_huge_order_shows_its_first_lines_and_tells_how_many_there_are() -> None:
    factories.make_shop()
    customer = factories.make_customer()
    order = factories.make_order(customer, NOW)
    product = factories.make_product("Bulb")
    OrderLine.objects.bulk_create(
        OrderLine(
            order=order,
            external_id=str(number),
            customer=customer,
            product=product,
            placed_at=NOW,
            quantity=80,
        )
        for number in range(1000)
    )
    (entry,) = read_all(customer)[0]
    assert [line.external_id for line in entry.lines.shown] == ["0", "1", "2", "3", "4", "5"]
    assert (entry.lines.count, entry.lines.piece_count) == (1000, 80_000)
    assert entry.lines.hidden_count == 994


def test_a_page_takes_the_same_queries_for_a_few_entries_and_for_many() -> None:
    factories.make_shop()
    counts = []
    for orders, events in ((2, 2), (60, 400)):
        customer = make_busy_customer(orders=orders, events=events)
        with CaptureQueriesContext(connection) as queries:
            timeline(customer, zone=ZONE)
        counts.append(len(queries))
        Refund.objects.all().delete()
    assert counts[0] == counts[1] == 7


@pytest.mark.parametrize("text", ["", "x", "1-2", "1-9-3", "-1-0-0", "1" * 40 + "-1-1", "1-1-²"])
def test_an_address_that_names_no_place_begins_at_the_top(text: str) -> None:
    assert Place.parse(text) is None


def test_a_place_survives_the_address() -> None:
    place = Place(NOW + timedelta(microseconds=7), 3, 42)
    assert Place.parse(str(place)) == place
