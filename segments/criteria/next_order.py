"""The criterion on the day by which a customer is expected to have ordered again."""

from __future__ import annotations

from datetime import date, datetime

from django import forms
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from analytics.models import CustomerForecast, CustomerStatistics
from segments.criteria import operators as ops
from segments.criteria.base import Later, criteria
from segments.criteria.days import date_q, day_holds, day_words, days_back, today
from segments.criteria.fields import count_field
from segments.criteria.operators import Operator
from segments.criteria.params import Params, text, whole
from segments.criteria.predictions import ForecastCriterion, forecast_of
from segments.criteria.queries import owners, scanned

MORE_THAN_AHEAD = Operator(
    "more_than_ahead",
    _("is more than … from now"),
    _("{subject} is more than {period} from now"),
    ("amount", "unit"),
    depends_on_day=True,
)
ON_DAYS_BETWEEN = Operator(
    "on_days_between",
    _("is between"),
    _("{subject} is between {start} and {end}"),
    ("start", "end"),
)
BEFORE = Operator("before", _("is before"), _("{subject} is before {day}"), ("day",))
AFTER = Operator("after", _("is after"), _("{subject} is after {day}"), ("day",))
UNKNOWN = Operator(
    "is_unknown", _("is unknown or far away"), _("{subject} is unknown or more than a year away")
)
# The same days as the operators that speak of the past in the past tense.
SAME_DAYS = {ON_DAYS_BETWEEN: ops.ON_DAYS_BETWEEN, BEFORE: ops.BEFORE, AFTER: ops.AFTER}


@criteria.register
class ExpectedNextOrder(ForecastCriterion):
    """The day by which an order has come as likely as not."""

    key, label = "expected_next_order", _("Expected next order")
    help = _(
        "The day by which the customer has ordered again with a chance of one half. It is unknown "
        "for customers without a paid order, and if it is more than a year away."
    )
    summary = _("The day by which the customer has ordered again as likely as not.")
    proposed = (ops.WITHIN_NEXT, {"amount": 14, "unit": "days"})
    operators = (ops.WITHIN_NEXT, MORE_THAN_AHEAD, ON_DAYS_BETWEEN, BEFORE, AFTER, UNKNOWN)
    column = "next_order_on"
    example = {"amount": 14, "unit": "days", "day": "2026-12-24"}

    def value_field(self, operator: Operator, name: str) -> forms.Field:
        """Take 0 days from now as well: whoever is not expected today."""
        if operator is MORE_THAN_AHEAD and name == "amount":
            return count_field(_("Number"), minimum=0)
        return super().value_field(operator, name)

    def q(self, operator: Operator, params: Params, *, now: datetime) -> Q:
        """Compare the day."""
        if operator is UNKNOWN:
            return ~owners(CustomerForecast.objects.filter(next_order_on__isnull=False))
        rows, path = scanned(CustomerForecast.objects.all(), self.column)
        if operator is MORE_THAN_AHEAD:
            asked = Q(**{f"{path}__gt": self._last_day(params, now=now)})
        else:
            asked = date_q(path, SAME_DAYS.get(operator, operator), params, now=now)
        return owners(rows.filter(asked))

    def unknown(self, operator: Operator, params: Params, *, now: datetime) -> Q | None:
        """Customers without the day, unless the row asks for them."""
        if operator is UNKNOWN:
            return None
        return ~owners(CustomerForecast.objects.filter(next_order_on__isnull=False))

    def words(
        self, forecast: CustomerForecast, params: Params, *, now: datetime, currency: str
    ) -> str:
        """Return the day."""
        if forecast.next_order_on is None:
            return gettext("more than a year away")
        return day_words(forecast.next_order_on)

    def later(
        self, operator: Operator, params: Params, *, about: CustomerStatistics, now: datetime
    ) -> Later | None:
        """Compare the day as it is predicted now."""
        if not operator.depends_on_day:
            return None
        forecast = forecast_of(about)
        day = forecast.next_order_on if forecast is not None else None
        if day is None:
            return lambda then: False
        known = day
        if operator is MORE_THAN_AHEAD:
            return lambda then: known > self._last_day(params, now=then)
        return lambda then: day_holds(known, operator, params, now=then)

    def _last_day(self, params: Params, *, now: datetime) -> date:
        return days_back(today(now), -whole(params, "amount"), text(params, "unit"))
