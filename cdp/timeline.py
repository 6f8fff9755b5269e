"""What a customer did, newest first, page by page, at a cost that does not grow with the customer.

Every source is asked for one page only. Activity on the website and in e-mails is one entry a day,
which stands above everything else of that day.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import models
from django.db.models import Count, F, Q, QuerySet, Sum, Window
from django.db.models.functions import RowNumber
from django.utils.translation import gettext_lazy as _

from cdp.models import (
    Cart,
    CartLine,
    ConsentEvent,
    Customer,
    Event,
    Order,
    OrderLine,
    Refund,
)
from cdp.periods import day_range, local_day, start_of

PAGE_SIZE = 20
LINES_SHOWN = 6
EVENTS_READ = 300
DEEDS_SHOWN = 5
DEEDS = {
    "page_view": _("Viewed a page"),
    "product_view": _("Viewed a product"),
    "search": _("Searched"),
    "add_to_cart": _("Put into the cart"),
    "email_open": _("Opened an e-mail"),
    "email_click": _("Clicked in an e-mail"),
}
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


class TimelineKind(models.TextChoices):
    """What the timeline can be narrowed to."""

    ORDERS = "orders", _("Orders and returns")
    CARTS = "carts", _("Carts")
    ACTIVITY = "activity", _("Activity")
    CONSENTS = "consents", _("Consents")


CONSENT, REFUND, CART, ORDER, ACTIVITY = range(5)


@dataclass(frozen=True, order=True)
class Place:
    """Where an entry stands: by moment, then rank of its source, then number of its row."""

    at: datetime
    rank: int
    pk: int

    def __str__(self) -> str:
        return f"{(self.at - EPOCH) // MICROSECOND}-{self.rank}-{self.pk}"

    @classmethod
    def parse(cls, text: str) -> Place | None:
        """Return the place behind the text of an address, None if it is none."""
        parts = text.split("-")
        if len(parts) != 3 or not all(part.isascii() and part.isdigit() for part in parts):
            return None
        try:
            at = EPOCH + MICROSECOND * int(parts[0])
        except OverflowError:
            return None
        rank, pk = int(parts[1]), int(parts[2])
        return cls(at, rank, pk) if rank <= ACTIVITY and pk < 2**63 else None


@dataclass(frozen=True)
class Lines:
    """The first lines of an order or a cart, and how many there are."""

    shown: list[OrderLine] | list[CartLine] = field(default_factory=list)
    count: int = 0
    piece_count: int = 0

    @property
    def hidden_count(self) -> int:
        """How many lines are not among those shown."""
        return self.count - len(self.shown)


@dataclass(frozen=True)
class Deed:
    """The same thing done several times on one day."""

    event: Event
    count: int

    @property
    def label(self) -> str:
        """What was done, in words; a kind of the shop's own as it is."""
        return str(DEEDS.get(self.event.kind, self.event.kind.replace("_", " ")))


@dataclass(frozen=True)
class Activity:
    """What was done on one day, most recent first; `count` includes what was not read."""

    deeds: list[Deed]
    count: int

    @property
    def first(self) -> list[Deed]:
        """What is shown at once."""
        return self.deeds[:DEEDS_SHOWN]

    @property
    def rest(self) -> list[Deed]:
        """What is shown when asked for."""
        return self.deeds[DEEDS_SHOWN:]


@dataclass(frozen=True)
class Entry:
    """One entry of the timeline; `subject` is what `what` names."""

    place: Place
    day: date
    what: str
    subject: Order | Refund | Cart | ConsentEvent | Activity
    lines: Lines = field(default_factory=Lines)


@dataclass(frozen=True)
class TimelinePage:
    """Entries by local day, newest first, and where the next page begins."""

    days: list[tuple[date, list[Entry]]]
    older: Place | None


def timeline(
    customer: Customer,
    *,
    zone: ZoneInfo,
    kinds: Sequence[str] = TimelineKind.values,
    before: Place | None = None,
) -> TimelinePage:
    """Return the page of entries that come after `before`."""
    found: list[Entry] = []
    horizon: datetime | None = None
    if TimelineKind.ORDERS in kinds:
        orders = customer.orders.order_by("-placed_at", "-pk")
        found += _entries(orders, "placed_at", ORDER, "order", before, zone)
        refunds = Refund.objects.filter(customer=customer).select_related("order")
        refunds = refunds.order_by("-refunded_at", "-pk")
        found += _entries(refunds, "refunded_at", REFUND, "refund", before, zone)
    if TimelineKind.CARTS in kinds:
        carts = customer.carts.select_related("recovered_order").order_by("-started_at", "-pk")
        found += _entries(carts, "started_at", CART, "cart", before, zone)
    if TimelineKind.CONSENTS in kinds:
        consents = customer.consent_events.order_by("-occurred_at", "-pk")
        found += _entries(consents, "occurred_at", CONSENT, "consent", before, zone)
    if TimelineKind.ACTIVITY in kinds:
        active, horizon = _activity(customer, before, zone)
        found += active
    if horizon is not None:
        found = [entry for entry in found if entry.place.at >= horizon]
    found.sort(key=lambda entry: entry.place, reverse=True)
    shown = found[:PAGE_SIZE]
    has_more = len(found) > len(shown) or horizon is not None
    return TimelinePage(_by_day(_with_lines(shown)), shown[-1].place if has_more else None)


def _entries(
    rows: QuerySet, path: str, rank: int, what: str, before: Place | None, zone: ZoneInfo
) -> list[Entry]:
    if before is not None:
        rows = rows.filter(_after(path, rank, before))
    entries = []
    for row in rows[: PAGE_SIZE + 1]:
        at = getattr(row, path)
        entries.append(Entry(Place(at, rank, row.pk), local_day(at, zone), what, row))
    return entries


def _after(path: str, rank: int, before: Place) -> Q:
    """Return what rows of a source fulfil that stand below a place."""
    if rank > before.rank:
        return Q(**{f"{path}__lt": before.at})
    asked = Q(**{f"{path}__lte": before.at})
    if rank == before.rank:
        asked &= Q(**{f"{path}__lt": before.at}) | Q(pk__lt=before.pk)
    return asked


def _activity(
    customer: Customer, before: Place | None, zone: ZoneInfo
) -> tuple[list[Entry], datetime | None]:
    """Return the days with events, and the moment below which nothing is known yet."""
    events = customer.events.select_related("product").order_by("-occurred_at", "-pk")
    if before is not None:
        events = events.filter(occurred_at__lt=start_of(local_day(before.at, zone), zone))
    read = list(events[:EVENTS_READ])
    by_day: dict[date, list[Event]] = defaultdict(list)
    for event in read:
        by_day[local_day(event.occurred_at, zone)].append(event)
    counts = {day: len(found) for day, found in by_day.items()}
    horizon = None
    if len(read) == EVENTS_READ:
        oldest = min(by_day)
        start, end = day_range(oldest, oldest, zone)
        if len(by_day) > 1:
            del by_day[oldest]
            horizon = end
        else:
            whole = customer.events.filter(occurred_at__gte=start, occurred_at__lt=end)
            counts[oldest] = whole.count()
            horizon = start
    entries = []
    for day, found in by_day.items():
        last_moment = day_range(day, day, zone)[1] - MICROSECOND
        subject = Activity(_deeds(found), counts[day])
        entries.append(Entry(Place(last_moment, ACTIVITY, 0), day, "activity", subject))
    return entries, horizon


def _deeds(events: list[Event]) -> list[Deed]:
    same: dict[tuple[str, int | None, str, str], list[Event]] = defaultdict(list)
    for event in events:
        same[event.kind, event.product_id, event.query, event.detail].append(event)
    return [Deed(found[0], len(found)) for found in same.values()]


def _with_lines(entries: list[Entry]) -> list[Entry]:
    orders = [entry.subject.pk for entry in entries if isinstance(entry.subject, Order)]
    carts = [entry.subject.pk for entry in entries if isinstance(entry.subject, Cart)]
    found = {
        "order": _first_lines(OrderLine.objects.filter(order__in=orders), "order_id", orders),
        "cart": _first_lines(CartLine.objects.filter(cart__in=carts), "cart_id", carts),
    }
    return [
        Entry(
            entry.place,
            entry.day,
            entry.what,
            entry.subject,
            found.get(entry.what, {}).get(entry.place.pk, Lines()),
        )
        for entry in entries
    ]


def _first_lines(rows: QuerySet, owner: str, wanted: list[int]) -> dict[int, Lines]:
    """Return the first lines of each owner by its number, in one query."""
    if not wanted:
        return {}
    counted = rows.annotate(
        place=Window(RowNumber(), partition_by=F(owner), order_by=F("pk").asc()),
        line_count=Window(Count("pk"), partition_by=F(owner)),
        piece_count=Window(Sum("quantity"), partition_by=F(owner)),
    )
    first = counted.filter(place__lte=LINES_SHOWN).select_related("product").order_by("pk")
    by_owner: dict[int, list] = defaultdict(list)
    for line in first:
        by_owner[getattr(line, owner)].append(line)
    return {
        pk: Lines(lines, lines[0].line_count, lines[0].piece_count)
        for pk, lines in by_owner.items()
    }


def _by_day(entries: list[Entry]) -> list[tuple[date, list[Entry]]]:
    days: dict[date, list[Entry]] = defaultdict(list)
    for entry in entries:
        days[entry.day].append(entry)
    return list(days.items())


def order_lines(order: Order) -> QuerySet[OrderLine]:
    """Return all lines of an order with their products."""
    return order.lines.select_related("product").order_by("pk")
