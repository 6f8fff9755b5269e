"""The members of a segment as a table: which columns, found and sorted how, a page at a time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.db.models import F, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from analytics.models import (
    ChurnRisk,
    CustomerStatistics,
    Importance,
    LifeCycle,
    PriceSensitivity,
)
from cdp.countries import country_name
from cdp.models import ConsentFlag, Customer
from cdp.search import customers_like
from segments.handouts.export import COLUMNS, Column
from segments.models import Membership, Segment

SHOWN_FIRST = ("country", "order_count", "revenue", "last_order_at", "life_cycle", "importance")
SINCE = "since"
_SEARCH_LENGTH = 200


class Kind(StrEnum):
    """How the cells of a column are written."""

    TEXT = "text"
    NUMBER = "number"
    DECIMAL = "decimal"
    MONEY = "money"
    SHARE = "share"
    DAY = "day"
    FLAG = "flag"


KINDS = {
    "registered_at": Kind.DAY,
    "is_mailable": Kind.FLAG,
    "order_count": Kind.NUMBER,
    "revenue": Kind.MONEY,
    "average_order_value": Kind.MONEY,
    "first_order_at": Kind.DAY,
    "last_order_at": Kind.DAY,
    "chance_30": Kind.SHARE,
    "chance_90": Kind.SHARE,
    "predicted_orders": Kind.DECIMAL,
    "predicted_revenue": Kind.MONEY,
    "lifetime_value": Kind.MONEY,
    "next_order_on": Kind.DAY,
}
FIGURES = (Kind.NUMBER, Kind.DECIMAL, Kind.MONEY, Kind.SHARE)
_LABELS: dict[str, dict[object, str | Promise]] = {
    "life_cycle": dict(LifeCycle.choices),
    "importance": dict(Importance.choices),
    "price_sensitivity": dict(PriceSensitivity.choices),
    "email_consent": dict(ConsentFlag.choices),
    "churn_risk": dict(ChurnRisk.choices),
}


@dataclass(frozen=True)
class Header:
    """A column heading: what a click on it sorts by, and how it is sorted now."""

    label: str
    sort: str
    direction: str
    is_figure: bool


@dataclass(frozen=True)
class Cell:
    """A value and how it is written."""

    kind: Kind
    value: object

    @property
    def is_figure(self) -> bool:
        """Whether it stands at the right."""
        return self.kind in FIGURES


@dataclass(frozen=True)
class Member:
    """One row."""

    customer: Customer
    entered_at: datetime
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Choice:
    """A column that can be shown."""

    key: str
    label: str
    is_shown: bool


class MemberTable:
    """The stored members as somebody asks for them. What cannot be shown or sorted is left out.

    Without the right to see contact data its columns do not exist: nothing can be found or sorted
    by them either.
    """

    def __init__(
        self,
        segment: Segment,
        *,
        columns: Sequence[str] = (),
        search: str = "",
        sort: str = "",
        may_see_contact: bool,
    ) -> None:
        self._segment = segment
        self._may_see_contact = may_see_contact
        self._possible = {
            key: column
            for key, column in COLUMNS.items()
            if column.texts is None and (may_see_contact or not _tells_who(column))
        }
        asked = [key for key in dict.fromkeys(columns) if key in self._possible]
        self.columns = [self._possible[key] for key in asked or SHOWN_FIRST]
        self.search = search.replace("\x00", "").strip()[:_SEARCH_LENGTH]
        key = sort.removeprefix("-")
        self.sort = sort if key == SINCE or key in self._possible else f"-{SINCE}"

    def rows(self) -> QuerySet[Membership]:
        """Return the members found, in the order asked for."""
        found = Membership.objects.filter(segment=self._segment)
        if self.search:
            asked = customers_like(self.search, may_see_contact=self._may_see_contact)
            found = found.filter(customer__in=Customer.objects.filter(asked).values("pk"))
        key = self.sort.removeprefix("-")
        path = F("entered_at" if key == SINCE else _path(self._possible[key]))
        is_falling = self.sort.startswith("-")
        first = path.desc(nulls_last=True) if is_falling else path.asc(nulls_last=True)
        return found.order_by(first, "customer_id")

    def shown(self, memberships: Iterable[Membership]) -> list[Member]:
        """Return the rows of a page with what they show, in two more queries."""
        page = list(memberships)
        keys = [membership.customer_id for membership in page]
        customers = Customer.objects.in_bulk(keys)
        paths = [column.path for column in self.columns]
        found = CustomerStatistics.objects.filter(pk__in=keys).values_list("pk", *paths)
        values = {key: rest for key, *rest in found}
        nothing = [None] * len(paths)
        return [
            Member(
                customers[one.customer_id],
                one.entered_at,
                tuple(
                    _cell(column, value)
                    for column, value in zip(
                        self.columns, values.get(one.customer_id, nothing), strict=True
                    )
                ),
            )
            for one in page
            if one.customer_id in customers
        ]

    def headers(self) -> list[Header]:
        """Return the headings of the columns after the customer's."""
        since = self._header(SINCE, str(_("member since")), is_figure=False, is_falling_first=True)
        return [
            since,
            *(
                self._header(
                    column.key,
                    str(column.label),
                    is_figure=KINDS.get(column.key) in FIGURES,
                    is_falling_first=column.key in KINDS,
                )
                for column in self.columns
            ),
        ]

    def _header(self, key: str, label: str, *, is_figure: bool, is_falling_first: bool) -> Header:
        if self.sort == f"-{key}":
            return Header(label, key, "descending", is_figure)
        if self.sort == key:
            return Header(label, f"-{key}", "ascending", is_figure)
        return Header(label, f"-{key}" if is_falling_first else key, "none", is_figure)

    def choices(self) -> list[Choice]:
        """Return the columns that can be shown."""
        shown = {column.key for column in self.columns}
        return [
            Choice(key, str(column.label), key in shown) for key, column in self._possible.items()
        ]


def _tells_who(column: Column) -> bool:
    """Return whether the column may tell who somebody is: external ids may be e-mail addresses."""
    return column.is_contact or column.key == "customer_id"


def _path(column: Column) -> str:
    """Return the column's path from a membership."""
    if column.path == "pk":
        return "customer_id"
    if column.path.startswith("customer__"):
        return column.path
    return f"customer__statistics__{column.path}"


def _cell(column: Column, value: object) -> Cell:
    labels = _LABELS.get(column.key)
    if labels is not None:
        return Cell(Kind.TEXT, labels.get(value, ""))
    if column.key == "country" and isinstance(value, str):
        return Cell(Kind.TEXT, country_name(value))
    return Cell(KINDS.get(column.key, Kind.TEXT), "" if value is None else value)
