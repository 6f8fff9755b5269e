"""Members as CSV or JSON, streamed row by row, with the columns that were asked for."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from analytics.models import CustomerStatistics
from cdp.models import ConsentFlag
from segments.criteria.operators import Text
from segments.exceptions import SegmentError
from segments.spelling import suggest

CHUNK = 2_000
# What a spreadsheet would run as a formula, full-width forms included.
FORMULA_STARTS = "=+-@\t\r\n＝＋－＠"


@dataclass(frozen=True)
class Column:
    """A column of an export: its path starts at `CustomerStatistics`."""

    key: str
    label: Text
    path: str


COLUMNS = {
    column.key: column
    for column in (
        Column("customer", _("customer number"), "pk"),
        Column("customer_id", _("external id"), "customer__external_id"),
        Column("source", _("source"), "customer__source"),
        Column("email", _("e-mail"), "customer__email"),
        Column("phone", _("phone"), "customer__phone"),
        Column("first_name", _("first name"), "customer__first_name"),
        Column("last_name", _("last name"), "customer__last_name"),
        Column("language", _("language"), "language"),
        Column("country", _("country"), "country"),
        Column("region", _("region"), "customer__region"),
        Column("city", _("city"), "customer__city"),
        Column("postal_code", _("postal code"), "customer__postal_code"),
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
    text = io.StringIO()
    writer = csv.writer(text, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\r\n")
    writer.writerow([column.key for column in columns])
    for row in _rows(members, columns):
        writer.writerow([_cell(value, zone, is_raw=is_raw) for value in row])
        if text.tell() > 32_000:
            yield text.getvalue()
            text.seek(0)
            text.truncate()
    yield text.getvalue()


def as_json(
    members: QuerySet[CustomerStatistics], columns: Sequence[Column], *, zone: ZoneInfo
) -> Iterator[str]:
    """Give the pieces of a JSON list with an object per member; money is text, to stay exact."""
    before = "[\n"
    for row in _rows(members, columns):
        values = {
            column.key: _plain(value, zone) for column, value in zip(columns, row, strict=True)
        }
        yield before + json.dumps(values, ensure_ascii=False)
        before = ",\n"
    yield "[]\n" if before == "[\n" else "\n]\n"


def neutral(text: str) -> str:
    """Return text that no spreadsheet takes for a formula: where it might, with a leading '."""
    first = text.lstrip(" \u00a0\u3000\ufeff")[:1]
    return f"'{text}" if first and first in FORMULA_STARTS else text


def _rows(members: QuerySet[CustomerStatistics], columns: Sequence[Column]) -> Iterator[tuple]:
    consent = [place for place, column in enumerate(columns) if column.key == "email_consent"]
    paths = [column.path for column in columns]
    for row in members.order_by("pk").values_list(*paths).iterator(chunk_size=CHUNK):
        if consent:
            values = list(row)
            for place in consent:
                values[place] = ConsentFlag(values[place]).name.lower()
            row = tuple(values)
        yield row


def _cell(value: object, zone: ZoneInfo, *, is_raw: bool) -> object:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float | Decimal):
        return value
    text = _moment(value, zone) if isinstance(value, datetime | date) else str(value)
    return text if is_raw else neutral(text)


def _plain(value: object, zone: ZoneInfo) -> object:
    if isinstance(value, datetime | date):
        return _moment(value, zone)
    return format(value, "f") if isinstance(value, Decimal) else value


def _moment(value: datetime | date, zone: ZoneInfo) -> str:
    if isinstance(value, datetime):
        return value.astimezone(zone).isoformat(timespec="seconds")
    return value.isoformat()
