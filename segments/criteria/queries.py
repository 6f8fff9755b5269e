"""The few shapes that questions about rows take, chosen by what the database runs well."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime, timedelta
from decimal import Decimal
from functools import reduce
from itertools import accumulate
from operator import or_

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce
from django.db.models.lookups import GreaterThanOrEqual, LessThan

from segments.criteria import operators as ops
from segments.criteria.days import within
from segments.criteria.operators import Operator
from segments.criteria.params import Params, number

PARTS = 200
LONG_WINDOW = timedelta(days=120)
_asked_about: ContextVar[int | None] = ContextVar("asked_about", default=None)


@contextmanager
def about(customer: int) -> Iterator[None]:
    """Make the questions built inside look at the rows of one customer only: the answer for that
    customer is the same, found by index where otherwise everybody's rows would be gone through.
    """
    token = _asked_about.set(customer)
    try:
        yield
    finally:
        _asked_about.reset(token)


def _looked_at(rows: QuerySet, by: str) -> QuerySet:
    customer = _asked_about.get()
    return rows if customer is None else rows.filter(**{by: customer})


def owners(rows: QuerySet, *, by: str = "customer_id") -> Q:
    """Return the customers that own at least one of `rows`; `by` names the owner's column.

    PostgreSQL turns EXISTS into a semi-join; SQLite would probe per customer, so there it is IN.
    Negated it is the complement: rows without an owner never get in its way.
    """
    rows = _looked_at(rows, by)
    if connections[DEFAULT_DB_ALIAS].vendor == "sqlite":
        owned = rows.filter(**{f"{by}__isnull": False}) if by != "pk" else rows
        return Q(pk__in=owned.order_by().values(by))
    return Q(Exists(rows.filter(**{by: OuterRef("pk")})))


def compared(operator: Operator, path: str, params: Params) -> Q:
    """Return the comparison of a number or money column with the operator's values."""
    if operator is ops.BETWEEN:
        return Q(**{f"{path}__gte": params["low"], f"{path}__lte": params["high"]})
    return Q(**{f"{path}__{ops.LOOKUPS[operator.key]}": params["value"]})


def holds_for(found: Decimal, operator: Operator, params: Params) -> bool:
    """Return whether the comparison is true of a number."""
    if operator is ops.BETWEEN:
        return number(params, "low") <= found <= number(params, "high")
    value = number(params, "value")
    return {
        "at_least": found >= value,
        "at_most": found <= value,
        "more_than": found > value,
        "less_than": found < value,
        "equals": found == value,
    }[operator.key]


class Total:
    """Amounts at moments, to be added up over one window after the other."""

    def __init__(self, amounts: list[tuple[datetime, Decimal]]) -> None:
        ordered = sorted(amounts)
        self._moments = [moment for moment, _amount in ordered]
        self._sums = [Decimal(0), *accumulate(amount for _moment, amount in ordered)]

    def fulfils(
        self,
        operator: Operator,
        params: Params,
        interval: tuple[datetime | None, datetime | None],
    ) -> bool:
        """Return whether the sum over [start, end) is as asked."""
        start, end = interval
        first = 0 if start is None else bisect_left(self._moments, start)
        last = len(self._moments) if end is None else bisect_left(self._moments, end)
        return holds_for(self._sums[max(first, last)] - self._sums[first], operator, params)


def totals(rows: QuerySet, total: Combinable, operator: Operator, params: Params) -> Q:
    """Return the customers whose `total` (an aggregate, never NULL) over `rows` is as asked.

    Customers without rows count as 0.
    """
    fulfils = compared(operator, "total", params)
    if holds_for(Decimal(0), operator, params):
        return ~Q(pk__in=_grouped(rows, total).filter(~fulfils).values("customer_id"))
    return Q(pk__in=_grouped(rows, total).filter(fulfils).values("customer_id"))


def in_window(
    rows: QuerySet, path: str, interval: tuple[datetime | None, datetime | None]
) -> QuerySet:
    """Return the rows whose moment lies in [start, end), to be added up by customer.

    An index by date holds neither the money nor the order of the groups. For a long window SQLite
    would fetch and sort row after row by it, while the index by customer has both: there the moment
    is compared so that no index by date applies.
    """
    start, end = interval
    is_long = start is None or end is None or end - start > LONG_WINDOW
    if connections[DEFAULT_DB_ALIAS].vendor == "sqlite" and is_long:
        moment = Coalesce(path, path)
        rows = rows if start is None else rows.filter(GreaterThanOrEqual(moment, start))
        return rows if end is None else rows.filter(LessThan(moment, end))
    return rows.filter(within(path, interval))


def scanned(rows: QuerySet, path: str) -> tuple[QuerySet, str]:
    """Return the rows and the name by which to compare a column of a table with one row per
    customer.

    Half of the customers are the usual answer. SQLite would take them in the order of the index,
    three times as slow as one pass over the table: there it gets the column without its index.
    """
    if connections[DEFAULT_DB_ALIAS].vendor != "sqlite":
        return rows, path
    return rows.alias(asked=Coalesce(path, path)), "asked"


def owners_of_many(rows: QuerySet, count: int) -> Q:
    """Return the customers that own at least `count` of `rows`."""
    if count <= 1:
        return owners(rows)
    grouped = _grouped(rows, Count("pk")).filter(total__gte=count)
    return Q(pk__in=grouped.values("customer_id"))


def _grouped(rows: QuerySet, total: Combinable) -> QuerySet:
    owned = _looked_at(rows.filter(customer__isnull=False), "customer_id")
    return owned.order_by().values("customer_id").annotate(total=total)


def any_of(asked: list[Q], rows: QuerySet) -> Q:
    """Return whether one of `asked` is true of a row of the table that `rows` selects from.

    SQLite refuses an expression of a thousand parts, so many of them become several subqueries.
    """
    slices = [asked[first : first + PARTS] for first in range(0, len(asked), PARTS)]
    together = [reduce(or_, part) for part in slices]
    if len(together) > 1:
        together = [Q(pk__in=rows.filter(part).order_by().values("pk")) for part in together]
    return reduce(or_, together, Q(pk__in=[]))


def any_case(path: str, lookup: str, words: list[str], rows: QuerySet) -> Q:
    """Return whether a column that keeps its case matches one of `words`, whatever the case.

    SQLite ignores the case of ASCII letters only, so other words are tried in their usual forms.
    """
    asked = []
    for word in words:
        forms = {word} if word.isascii() else {word, word.lower(), word.upper(), word.capitalize()}
        asked += [Q(**{f"{path}__{lookup}": form}) for form in sorted(forms)]
    return any_of(asked, rows)
