"""The few shapes that questions about rows take, chosen by what the database runs well."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from django import forms
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.expressions import Combinable
from django.utils import formats
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from cdp.periods import day_range, start_of
from segments.criteria import operators as ops
from segments.criteria.operators import Operator, Params


def owners(rows: QuerySet) -> Q:
    """Return the customers that own at least one of `rows` (a queryset of a model with `customer`).

    PostgreSQL turns EXISTS into a semi-join; SQLite would probe per customer, so there it is IN.
    """
    if connections[DEFAULT_DB_ALIAS].vendor == "sqlite":
        return Q(pk__in=rows.filter(customer__isnull=False).values("customer_id"))
    return Q(Exists(rows.filter(customer_id=OuterRef("pk"))))


def compared(operator: Operator, path: str, params: Params) -> Q:
    """Return the comparison of a number or money column with the operator's values."""
    if operator is ops.BETWEEN:
        return Q(**{f"{path}__gte": params["low"], f"{path}__lte": params["high"]})
    return Q(**{f"{path}__{ops.LOOKUPS[operator.key]}": params["value"]})


def holds_for_zero(operator: Operator, params: Params) -> bool:
    """Return whether the comparison is true of 0: then customers without any row fulfil it."""
    zero = Decimal(0)
    if operator is ops.BETWEEN:
        return Decimal(str(params["low"])) <= zero <= Decimal(str(params["high"]))
    value = Decimal(str(params["value"]))
    return {
        "at_least": zero >= value,
        "at_most": zero <= value,
        "more_than": zero > value,
        "less_than": zero < value,
        "equals": zero == value,
    }[operator.key]


def totals(rows: QuerySet, total: Combinable, operator: Operator, params: Params) -> Q:
    """Return the customers whose `total` (an aggregate) over `rows` compares as asked; no rows count as 0."""
    grouped = (
        rows.filter(customer__isnull=False).order_by().values("customer_id").annotate(total=total)
    )
    fulfils = compared(operator, "total", params)
    if holds_for_zero(operator, params):
        return ~Q(pk__in=grouped.exclude(fulfils).values("customer_id"))
    return Q(pk__in=grouped.filter(fulfils).values("customer_id"))


def moment_q(
    path: str, operator: Operator, params: Params, now: datetime, *, is_date: bool = False
) -> Q:
    """Return the comparison of a moment (or, with `is_date`, a day) column with the operator's values."""
    if operator is ops.NEVER:
        return Q(**{f"{path}__isnull": True})
    if operator is ops.ANNIVERSARY:
        found = Q(pk__in=[])
        first_year = 1900 if is_date else 1990
        for first, last in ops.anniversaries(now, int(str(params["days"])), first_year):
            low, high = (first, last) if is_date else day_range(first, last, ops.zone_of(now))
            found |= Q(**{f"{path}__gte": low, f"{path}__{'lte' if is_date else 'lt'}": high})
        return found
    if is_date:
        first_day, last_day = ops.days_asked(operator, params, now)
        bounds: dict[str, object] = {"gte": first_day, "lte": last_day}
    else:
        start, end = ops.interval_asked(operator, params, now)
        bounds = {"gte": start, "lt": end}
    return Q(
        **{f"{path}__{lookup}": bound for lookup, bound in bounds.items() if bound is not None}
    )


def window_fields() -> dict[str, forms.Field]:
    """Return the optional fields that limit rows to a window of local days."""
    return {
        "last": forms.IntegerField(
            label=_("in the last"), min_value=1, max_value=3650, required=False
        ),
        "unit": forms.ChoiceField(label=_("Unit"), choices=ops.UNITS, required=False),
        "since": forms.DateField(label=_("since"), required=False),
        "until": forms.DateField(label=_("until"), required=False),
    }


def window_of(params: Params, now: datetime) -> ops.Interval:
    """Return the moments [start, end) of the window parameters; None is open."""
    zone = ops.zone_of(now)
    start = end = None
    if "last" in params:
        asked: Params = {"amount": params["last"], "unit": params.get("unit", "days")}
        start, end = ops.interval_asked(ops.WITHIN_LAST, asked, now)
    if isinstance(since := params.get("since"), date):
        since_at = start_of(since, zone)
        start = since_at if start is None else max(start, since_at)
    if isinstance(until := params.get("until"), date):
        until_at = day_range(until, until, zone)[1]
        end = until_at if end is None else min(end, until_at)
    return start, end


def window_words(params: Params) -> str:
    """Return the window as words, with a leading blank, or nothing."""
    words = ""
    if "last" in params:
        unit = str(dict(ops.UNITS)[str(params.get("unit", "days"))])
        words += " " + gettext("in the last %(amount)s %(unit)s") % {
            "amount": params["last"],
            "unit": unit,
        }
    if isinstance(since := params.get("since"), date):
        words += " " + gettext("since %(day)s") % {
            "day": formats.date_format(since, "SHORT_DATE_FORMAT")
        }
    if isinstance(until := params.get("until"), date):
        words += " " + gettext("until %(day)s") % {
            "day": formats.date_format(until, "SHORT_DATE_FORMAT")
        }
    return words
