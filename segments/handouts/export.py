"""What an export may hold of a customer: its columns, and the rows of members and selections."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from analytics.models import CustomerStatistics
from cdp.models import ConsentFlag, CustomerSelection, SelectedCustomer
from segments.criteria.operators import Text
from segments.exceptions import SegmentError
from segments.handouts import foretold
from segments.handouts.dialects import CsvDialect, JsonDialect, Row, written
from segments.models import Membership, Segment
from segments.spelling import suggest

CHUNK = 2_000
FORECAST = "customer__forecast__"


@dataclass(frozen=True)
class Column:
    """A column of an export: its path starts at `CustomerStatistics`.

    `is_contact`: it says who somebody is and asks for the right `cdp.view_contact_data`. A column
    with `texts` has its path at the customer's number, for which they find the text, for many at
    once.
    """

    key: str
    label: Text
    path: str
    is_contact: bool = False
    texts: Callable[[Sequence[int]], Mapping[int, str]] | None = None


COLUMNS = {
    column.key: column
    for column in (
        Column("customer", _("customer number"), "pk"),
        Column("customer_id", _("external id"), "customer__external_id"),
        Column("source", _("source"), "customer__source"),
        Column("email", _("e-mail"), "customer__email", is_contact=True),
        Column("phone", _("phone"), "customer__phone", is_contact=True),
        Column("first_name", _("first name"), "customer__first_name", is_contact=True),
        Column("last_name", _("last name"), "customer__last_name", is_contact=True),
        Column("language", _("language"), "language"),
        Column("country", _("country"), "country"),
        Column("region", _("region"), "customer__region"),
        Column("city", _("city"), "customer__city"),
        Column("postal_code", _("postal code"), "customer__postal_code", is_contact=True),
        Column("registered_at", _("registered"), "registered_at"),
        Column("email_consent", _("marketing e-mail"), "email_consent"),
        Column("is_mailable", _("mailable"), "is_mailable"),
        Column("order_count", _("orders"), "order_count"),
        Column("revenue", _("revenue"), "revenue"),
        Column("average_order_value", _("average order value"), "average_order_value"),
        Column("first_order_at", _("first order"), "first_order_at"),
        Column("last_order_at", _("last order"), "last_order_at"),
        Column("life_cycle", _("life cycle"), "customer__classification__life_cycle"),
        Column("importance", _("importance"), "customer__classification__importance"),
        Column(
            "price_sensitivity",
            _("price sensitivity"),
            "customer__classification__price_sensitivity",
        ),
        Column("churn_risk", _("churn risk"), f"{FORECAST}churn_risk"),
        Column("chance_30", _("chance of an order within 30 days"), f"{FORECAST}chance_30"),
        Column("chance_90", _("chance of an order within 90 days"), f"{FORECAST}chance_90"),
        Column("predicted_orders", _("orders expected in 12 months"), f"{FORECAST}orders_365"),
        Column("predicted_revenue", _("revenue expected in 12 months"), f"{FORECAST}revenue_365"),
        Column("lifetime_value", _("lifetime value"), f"{FORECAST}lifetime_value"),
        Column("next_order_on", _("expected next order"), f"{FORECAST}next_order_on"),
        Column("interests", _("interests"), "pk", texts=foretold.interests),
        Column("buy_again", _("recommended to buy again"), "pk", texts=foretold.buy_again),
        Column(
            "buy_again_ids",
            _("recommended to buy again (product ids)"),
            "pk",
            texts=foretold.buy_again_ids,
        ),
        Column("new_for_you", _("recommended as new"), "pk", texts=foretold.new_for_you),
        Column(
            "new_for_you_ids",
            _("recommended as new (product ids)"),
            "pk",
            texts=foretold.new_for_you_ids,
        ),
    )
}
DEFAULT_COLUMNS = (
    "customer_id",
    "email",
    "first_name",
    "last_name",
    "country",
    "language",
    "order_count",
    "revenue",
    "last_order_at",
    "life_cycle",
    "importance",
)


def columns_named(keys: Sequence[str]) -> list[Column]:
    """Return the columns with these keys, in this order; the usual ones if none are named."""
    chosen = list(dict.fromkeys(keys)) or list(DEFAULT_COLUMNS)
    for name in chosen:
        if name not in COLUMNS:
            raise SegmentError(
                gettext("There is no column “%(name)s”.") % {"name": name},
                hint=suggest(name, COLUMNS)
                or gettext("Possible: %(names)s.") % {"names": ", ".join(COLUMNS)},
            )
    return [COLUMNS[name] for name in chosen]


def as_csv(
    members: QuerySet[CustomerStatistics],
    columns: Sequence[Column],
    *,
    zone: ZoneInfo,
    is_raw: bool = False,
) -> Iterator[str]:
    """Give the lines of a CSV file: moments in `zone`, text that a spreadsheet would run disarmed.

    `is_raw` leaves text as it is, for programs.
    """
    rows = _rows(members, columns)
    return written(CsvDialect(is_raw=is_raw), keys_of(columns), rows, zone=zone)


def as_json(
    members: QuerySet[CustomerStatistics], columns: Sequence[Column], *, zone: ZoneInfo
) -> Iterator[str]:
    """Give the pieces of a JSON list with an object per member; money is text, to stay exact."""
    return written(JsonDialect(), keys_of(columns), _rows(members, columns), zone=zone)


def keys_of(columns: Sequence[Column]) -> list[str]:
    """Return what stands in the header."""
    return [column.key for column in columns]


def member_ids(segment: Segment) -> array[int]:
    """Return the customers who are stored as members at this moment, eight bytes for each."""
    members = Membership.objects.filter(segment=segment).order_by("customer_id")
    return array("q", members.values_list("customer_id", flat=True).iterator(chunk_size=CHUNK))


def selected_ids(selection: CustomerSelection) -> array[int]:
    """Return the customers of a selection."""
    chosen = SelectedCustomer.objects.filter(selection=selection).order_by("customer_id")
    return array("q", chosen.values_list("customer_id", flat=True).iterator(chunk_size=CHUNK))


def rows_of(ids: Sequence[int], columns: Sequence[Column]) -> Iterator[Row]:
    """Give the rows of these customers in short queries, so that no reader holds one open.

    Customers who were erased or never computed have none.
    """
    present = CustomerStatistics.objects.filter(customer__erased_at__isnull=True)
    for start in range(0, len(ids), CHUNK):
        yield from list(_rows(present.filter(pk__in=ids[start : start + CHUNK]), columns))


def _rows(members: QuerySet[CustomerStatistics], columns: Sequence[Column]) -> Iterator[Row]:
    paths = [column.path for column in columns]
    source = iter(members.order_by("pk").values_list(*paths).iterator(chunk_size=CHUNK))
    while chunk := [list(row) for row in islice(source, CHUNK)]:
        for place, column in enumerate(columns):
            if column.key == "email_consent":
                for row in chunk:
                    row[place] = ConsentFlag(row[place]).name.lower()
            elif column.texts is not None:
                texts = column.texts([row[place] for row in chunk])
                for row in chunk:
                    row[place] = texts.get(row[place], "")
        yield from chunk
