"""What a request to the customers page asks for: filters, order, and how to say it in a link."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import cast

from django.db.models import Exists, F, OuterRef, QuerySet
from django.forms import BoundField, ChoiceField, ModelChoiceField
from django.http import HttpRequest, QueryDict
from django.utils import formats
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from analytics.models import CustomerForecast, CustomerStatistics
from cdp.filters import CustomerFilter
from segments.compiler import everybody

DEFAULT_SORT = "-last_order_at"
MOST_HINTS = 6
FORECAST = "customer__forecast__"


@dataclass(frozen=True)
class Column:
    """A column of the list; one with a `field` can be sorted by it.

    `path` leads from `CustomerStatistics` to the value, where it has another name.
    """

    label: str | Promise
    field: str = ""
    path: str = ""
    is_number: bool = False
    is_money: bool = False


COLUMNS = (
    Column(gettext_lazy("Customer")),
    Column(gettext_lazy("City")),
    Column(gettext_lazy("Importance")),
    Column(gettext_lazy("Life cycle")),
    Column(gettext_lazy("Orders"), "order_count", is_number=True),
    Column(gettext_lazy("Revenue"), "revenue", is_number=True, is_money=True),
    Column(gettext_lazy("Average"), "average_order_value", is_number=True),
    Column(gettext_lazy("Last order"), "last_order_at"),
    Column(gettext_lazy("Mailable")),
)
CHURN_RISK = Column(gettext_lazy("Churn risk"), "churn_risk", f"{FORECAST}churn_probability")
# What is expected of a customer, where the shop has forecasts.
EXPECTED = (
    Column(
        gettext_lazy("Revenue in 12 months"),
        "predicted_revenue",
        f"{FORECAST}revenue_365",
        is_number=True,
        is_money=True,
    ),
    Column(
        gettext_lazy("Lifetime value"),
        "lifetime_value",
        f"{FORECAST}lifetime_value",
        is_number=True,
        is_money=True,
    ),
)
PATHS = {
    column.field: column.path or column.field
    for column in (*COLUMNS, CHURN_RISK, *EXPECTED)
    if column.field
}
SORTS = {f"{sign}{field}" for field in PATHS for sign in ("", "-")}
SORTS |= {"registered_at", "-registered_at"}


@dataclass(frozen=True)
class Header:
    """A column's heading: where its link leads, and how the list is sorted by it now."""

    column: Column
    query: str
    order: str


@dataclass(frozen=True)
class Chip:
    """One filter in use, in words, and the query without it."""

    label: str
    value: str
    query: str
    count: int | None = None


class Ranking:
    """The keys of customers in an order, cut like a list; `rest` follows after `first`."""

    def __init__(
        self,
        first: QuerySet[CustomerStatistics] | QuerySet[CustomerForecast],
        rest: QuerySet[CustomerStatistics] | None = None,
    ) -> None:
        self._first = first.values_list("pk", flat=True)
        self._rest = None if rest is None else rest.values_list("pk", flat=True)

    def __getitem__(self, part: slice) -> list[int]:
        """Return the keys from `part.start` to `part.stop`."""
        found = list(self._first[part])
        lacking = part.stop - part.start - len(found)
        if self._rest is not None and lacking:
            begin = max(part.start - self._first.count(), 0)
            found += self._rest[begin : begin + lacking]
        return found


class CustomerQuery:
    """The filters, the search and the order that were asked for."""

    def __init__(self, params: QueryDict, *, request: HttpRequest) -> None:
        self.filter = CustomerFilter(params, queryset=everybody(), request=request)
        self.form = self.filter.form
        self.is_valid = self.form.is_valid()
        asked = params.get("sort", "")
        self.sort = asked if asked in SORTS else DEFAULT_SORT
        self._params = _kept(params, {*self.form.fields}, self.sort)

    @cached_property
    def found(self) -> QuerySet[CustomerStatistics]:
        """The customers asked for, in no order."""
        return self.filter.qs

    @cached_property
    def count(self) -> int:
        """How many they are."""
        return self.found.count()

    def in_order(self) -> Ranking:
        """Return the customers asked for in the order asked for: who lacks the value comes last."""
        field = self.sort.removeprefix("-")
        is_falling = self.sort.startswith("-")
        tie = "-pk" if is_falling else "pk"
        if field in ("order_count", "revenue"):  # Never NULL: so that any index will do.
            return Ranking(self.found.order_by(self.sort, tie))
        path = PATHS.get(field, field)
        if path.startswith(FORECAST):
            return self._by_forecast(path.removeprefix(FORECAST), "-" if is_falling else "")
        place = F(path)
        ordered = place.desc(nulls_last=True) if is_falling else place.asc(nulls_last=True)
        return Ranking(self.found.order_by(ordered, tie))

    def _by_forecast(self, column: str, sign: str) -> Ranking:
        """Read the forecasts along the index of their column, then who has none: all in one list
        with the empty ones last would be sorted anew for each page.
        """
        this = self.found.filter(pk=OuterRef("pk"))
        first = CustomerForecast.objects.filter(Exists(this)).order_by(
            f"{sign}{column}", f"{sign}pk"
        )
        rest = self.found.filter(customer__forecast__isnull=True).order_by(f"{sign}pk")
        return Ranking(first, rest)

    @property
    def text(self) -> str:
        """The query as part of an address, without the page: equal for equal questions."""
        return self._params.urlencode()

    @property
    def filter_count(self) -> int:
        """How many filters of the panel are in use; the search stands outside."""
        return len(set(self._params) - {"sort", "q"})

    @cached_property
    def has_forecasts(self) -> bool:
        """Whether the shop predicts what its customers will do."""
        return CustomerForecast.objects.exists()

    def headers(self) -> list[Header]:
        """Return the headings; a second click on one turns the order round."""
        made = []
        for column in _with_forecasts() if self.has_forecasts else COLUMNS:
            order, target = "", f"-{column.field}"
            if column.field == self.sort.removeprefix("-"):
                is_falling = self.sort.startswith("-")
                order = "descending" if is_falling else "ascending"
                target = column.field if is_falling else f"-{column.field}"
            made.append(Header(column, self._with_sort(target), order))
        return made

    def chips(self) -> list[Chip]:
        """Return the filters in use, each with what remains without it."""
        return [
            Chip(str(field.label), self._said(field), self._without(field.name))
            for field in self._used()
        ]

    def hints(self) -> list[Chip]:
        """Return which single filter to give up, and how many customers that would show."""
        hints = []
        for field in self._used()[:MOST_HINTS]:
            count = self.filter.found_without(field.name).count()
            if count:
                said, rest = self._said(field), self._without(field.name)
                hints.append(Chip(str(field.label), said, rest, count))
        return sorted(hints, key=lambda hint: -(hint.count or 0))

    def _used(self) -> list[BoundField]:
        given = self.form.cleaned_data
        return [f for f in self.form if f.name in given and f.name in self._params]

    def _said(self, field: BoundField) -> str:
        return _said(field, self.form.cleaned_data[field.name])

    def _without(self, name: str) -> str:
        params = self._params.copy()
        params.pop(name, None)
        return params.urlencode()

    def _with_sort(self, sort: str) -> str:
        params = self._params.copy()
        params["sort"] = sort
        return params.urlencode()


def _with_forecasts() -> list[Column]:
    """Return the columns, the risk beside the life cycle and what is expected after the dates."""
    *labels, orders, revenue, average, last_order, mailable = COLUMNS
    return [*labels, CHURN_RISK, orders, revenue, last_order, *EXPECTED, average, mailable]


def _kept(params: QueryDict, names: set[str], sort: str) -> QueryDict:
    """Return what the list understands, in one order, blanks and the usual order left out."""
    kept = QueryDict(mutable=True)
    for name in sorted(names & {*params}):
        values = sorted({value.strip() for value in params.getlist(name)} - {""})
        if values:
            kept.setlist(name, values)
    if sort != DEFAULT_SORT:
        kept["sort"] = sort
    return kept


def _said(field: BoundField, value: object) -> str:
    """Return a filter's value as people read it."""
    form_field = field.field
    if isinstance(form_field, ModelChoiceField):
        return str(value)
    if isinstance(form_field, ChoiceField):
        names = dict(cast("list[tuple[object, object]]", form_field.choices))
        values = value if isinstance(value, list) else [value]
        return ", ".join(str(names.get(one, one)) for one in values)
    if isinstance(value, date):
        return formats.date_format(value, "DATE_FORMAT")
    if isinstance(value, Decimal):
        return formats.number_format(value, force_grouping=True)
    return _("“%(text)s”") % {"text": value}
