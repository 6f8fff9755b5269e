"""The few shapes that questions about rows take, chosen by what the database runs well."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce
from django.db.models.lookups import GreaterThanOrEqual, LessThan

from segments.criteria import operators as ops
from segments.criteria.days import within
from segments.criteria.operators import Operator
from segments.criteria.params import Params, number

LONG_WINDOW = timedelta(days=120)


def owners(rows: QuerySet, *, by: str = "customer_id") -> Q:
    """Return the customers that own at least one of `rows`; `by` names the owner's column.

    PostgreSQL turns EXISTS into a semi-join; SQLite would probe per customer, so there it is IN.
    Negated it is the complement: rows without an owner never get in its way.
    """
    if connections[DEFAULT_DB_ALIAS].vendor == "sqlite":
        owned = rows.filter(**{f"{by}__isnull": False}) if by != "pk" else rows
        return Q(pk__in=owned.order_by().values(by))
    return Q(Exists(rows.filter(**{by: OuterRef("pk")})))


def compared(operator: Operator, path: str, params: Params) -> Q:
    """Return the comparison of a number or money column with the operator's values."""
    if operator is ops.BETWEEN:
        return Q(**{f"{path}__gte": params["low"], f"{path}__lte": params["high"]})
    return Q(**{f"{path}__{ops.LOOKUPS[operator.key]}": params["value"]})


def holds_for_zero(operator: Operator, params: Params) -> bool:
    """Return whether the comparison is true of 0: then customers without any row fulfil it."""
    if operator is ops.BETWEEN:
        return number(params, "low") <= 0 <= number(params, "high")
    value, zero = number(params, "value"), Decimal(0)
    return {
        "at_least": zero >= value,
        "at_most": zero <= value,
        "more_than": zero > value,
        "less_than": zero < value,
        "equals": zero == value,
    }[operator.key]


def totals(rows: QuerySet, total: Combinable, operator: Operator, params: Params) -> Q:
    """Return the customers whose `total` (an aggregate, never NULL) over `rows` is as asked.

    Customers without rows count as 0.
    """
    fulfils = compared(operator, "total", params)
    if holds_for_zero(operator, params):
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


def owners_of_many(rows: QuerySet, count: int) -> Q:
    """Return the customers that own at least `count` of `rows`."""
    if count <= 1:
        return owners(rows)
    grouped = _grouped(rows, Count("pk")).filter(total__gte=count)
    return Q(pk__in=grouped.values("customer_id"))


def _grouped(rows: QuerySet, total: Combinable) -> QuerySet:
    return (
        rows.filter(customer__isnull=False).order_by().values("customer_id").annotate(total=total)
    )


def any_case(path: str, lookup: str, words: list[str]) -> Q:
    """Return whether a column that keeps its case matches one of `words`, whatever the case.

    SQLite ignores the case of ASCII letters only, so other words are tried in their usual forms.
    """
    found = Q(pk__in=[])
    for word in words:
        forms = {word} if word.isascii() else {word, word.lower(), word.upper(), word.capitalize()}
        for form in sorted(forms):
            found |= Q(**{f"{path}__{lookup}": form})
    return found
