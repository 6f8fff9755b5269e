"""What a criterion declares, and the registry of criteria."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import TypeAlias

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from analytics.models import CustomerStatistics
from cdp.periods import local_day
from cdp.registry import Registry
from segments.criteria import days
from segments.criteria import operators as ops
from segments.criteria.fields import (
    ListField,
    NumberField,
    count_field,
    day_field,
    unit_field,
)
from segments.criteria.operators import Operator, Text
from segments.criteria.params import Params, whole
from segments.criteria.queries import compared, owners
from segments.criteria.wording import either, figure_words, number_words
from segments.exceptions import ConditionError
from segments.spelling import suggest

PROFILE = _("Customer")
CONSENT = _("Consent")
ORDERS = _("Orders")
PRODUCTS = _("Products")
CARTS = _("Carts")
ACTIVITY = _("Activity")
CLASSIFICATION = _("Classification")
PREDICTIONS = _("Predictions")
SEGMENTS = _("Segments")

# Whether a row holds at a later moment if the customer does nothing more.
Later: TypeAlias = Callable[[datetime], bool]

ORDERED_PAIRS = (
    ("low", "high"),
    ("start", "end"),
    ("since", "until"),
    ("price_from", "price_to"),
    ("value_from", "value_to"),
)


class Criterion:
    """One thing that can be asked about a customer.

    `q` gets clean parameters and a `now` in the shop's time zone; its Q is relative to
    `CustomerStatistics`. `example` holds one sensible value per parameter, for the documentation.
    For whoever makes a row by hand there is `summary`, one line without names of parameters (the
    help text where that is one); `proposed`, operator and values that a new row begins with; and
    `suggests`, by parameter the list of real values (see `segments.drafting.values`) that it is
    chosen from. `needs_one_of` names values of which at least one must be given. `is_predicted`
    says that the answer comes from what a refresh predicts.
    """

    key: str
    label: Text
    help: Text = ""
    summary: Text = ""
    group: Text
    operators: tuple[Operator, ...]
    example: Mapping[str, object] = {}
    proposed: tuple[Operator, Mapping[str, object]] | None = None
    suggests: Mapping[str, str] = {}
    has_window = False
    shows_contact_data = False
    refers_to_segments = False
    is_predicted = False
    needs_one_of: tuple[str, ...] = ()
    money: tuple[str, ...] = ()

    @property
    def one_line(self) -> str:
        """The help text for a list of criteria."""
        return str(self.summary or self.help)

    def value_field(self, operator: Operator, name: str) -> forms.Field:
        """Return the form field for one value that the operator takes."""
        if name == "amount":
            is_open = operator in (ops.MORE_THAN_AGO, ops.EXACTLY_AGO, ops.WITHIN_NEXT)
            return count_field(_("Number"), minimum=0 if is_open else 1)
        if name == "days":
            return count_field(_("Days"), minimum=0, maximum=days.LONGEST_ANNIVERSARY)
        if name == "unit":
            return unit_field()
        if name in ("start", "end", "day"):
            return day_field(_("Day"))
        if name == "values":
            return ListField(label=_("Values"))
        return NumberField(label=_("Value"))

    def extra_fields(self, operator: Operator) -> dict[str, forms.Field]:
        """Return further fields of the row, before the window."""
        return {}

    def fields(self, operator: Operator) -> dict[str, forms.Field]:
        """Return every form field of a row with this operator: parsing and validation in one."""
        taken = {name: self.value_field(operator, name) for name in operator.takes}
        return {**taken, **self.extra_fields(operator), **(_window() if self.has_window else {})}

    def operator(self, key: str) -> Operator:
        """Return the operator with this key; raise `ConditionError` naming the possible ones."""
        for operator in self.operators:
            if operator.key == key:
                return operator
        raise ConditionError(
            gettext("“%(criterion)s” cannot be asked with “%(operator)s”.")
            % {"criterion": self.key, "operator": key},
            hint=suggest(key, [operator.key for operator in self.operators]),
        )

    def clean(self, operator: Operator, raw: Mapping[str, object]) -> Params:
        """Return the parsed parameters of a row; raise `ConditionError` saying what is wrong."""
        fields = self.fields(operator)
        problems = [self._stranger(operator, name, fields) for name in raw if name not in fields]
        params: Params = {}
        for name, field in fields.items():
            try:
                value = field.clean(raw.get(name))
            except ValidationError as error:
                problems.append(_problem(name, raw.get(name), error))
                continue
            if value not in (None, "", []):
                params[name] = value
        if "amount" in params or "last" in params:
            params.setdefault("unit", "days")
        else:
            params.pop("unit", None)
        if not problems:
            problems = self._lacks(params) or self.contradictions(operator, params)
        if problems:
            raise ConditionError(" ".join(problems))
        return params

    def _lacks(self, params: Params) -> list[str]:
        if not self.needs_one_of or any(name in params for name in self.needs_one_of):
            return []
        names = {"names": either([f"“{name}”" for name in self.needs_one_of])}
        return [gettext("Give at least one of %(names)s.") % names]

    def _stranger(self, operator: Operator, name: str, fields: Mapping[str, forms.Field]) -> str:
        words = gettext("“%(name)s” is not a value of “%(criterion)s” with “%(operator)s”.") % {
            "name": name,
            "criterion": self.key,
            "operator": operator.key,
        }
        hint = suggest(name, fields) if fields else gettext("It takes no values.")
        return f"{words} {hint}".strip()

    def contradictions(self, operator: Operator, params: Params) -> list[str]:
        """Return what does not fit together among clean values, as sentences."""
        return [
            gettext("“%(low)s” is larger than “%(high)s”. Exchange the two.")
            % {"low": low, "high": high}
            for low, high in ORDERED_PAIRS
            if low in params and high in params and params[low] > params[high]  # type: ignore[operator]
        ]

    def q(self, operator: Operator, params: Params, *, now: datetime) -> Q:
        """Return what a matching row of `CustomerStatistics` fulfils."""
        raise TypeError(f"The criterion '{self.key}' does not say what it asks for.")

    def unknown(self, operator: Operator, params: Params, *, now: datetime) -> Q | None:
        """Return what customers without the value fulfil, or None if everybody has one."""
        return None

    def depends_on_day(self, operator: Operator, params: Params) -> bool:
        """Return whether the answer may change at midnight without any new fact."""
        return operator.depends_on_day or "last" in params

    def subject(self, operator: Operator, params: Params, *, currency: str = "") -> str:
        """Return what the sentence is about."""
        return str(self.label)

    def describe(self, operator: Operator, params: Params, *, currency: str = "") -> str:
        """Return the row as a sentence without full stop, in the active language."""
        shown = {name: self.show(name, value, currency=currency) for name, value in params.items()}
        if "amount" in params:
            shown["period"] = days.period_words(whole(params, "amount"), str(params["unit"]))
        subject = self.subject(operator, params, currency=currency)
        sentence = str(operator.sentence).format(subject=subject, **shown)
        return sentence + (days.window_words(params) if self.has_window else "")

    def show(self, name: str, value: object, *, currency: str = "") -> str:
        """Return one parameter as text in the active language."""
        if name == "days":
            return days.period_words(int(str(value)), "days")
        if isinstance(value, date):
            return days.day_words(value)
        if isinstance(value, list):
            return either([self.show_value(str(item)) for item in value])
        if isinstance(value, Decimal | int):
            shown = number_words(value)
            return f"{shown} {currency}".strip() if name in self.money else shown
        return self.show_value(str(value))

    def show_value(self, value: str) -> str:
        """Return one of several values as a person says it."""
        return value

    def actual(
        self,
        operator: Operator,
        params: Params,
        *,
        about: CustomerStatistics,
        now: datetime,
        currency: str = "",
    ) -> str:
        """Return what is the case with one customer, as a short text; empty: nothing to add."""
        return ""

    def later(
        self, operator: Operator, params: Params, *, about: CustomerStatistics, now: datetime
    ) -> Later | None:
        """Return how to tell whether the row holds for one customer at later moments, read once
        from the database; None: by asking `q` again.
        """
        return None

    def notices(self, operator: Operator, params: Params) -> list[str]:
        """Return what is worth knowing about clean values, such as names that do not exist yet."""
        return []

    def track_record(self, operator: Operator, params: Params) -> list[str]:
        """Return how well a predicted answer did when it was last tested, as sentences."""
        return []

    def prepare(self, params: Params) -> bool:
        """Do what clean values need before they can be answered, such as having something learned;
        called when a segment with such a row is stored. Return whether a refresh of interests has
        to run before they can be.
        """
        return False


criteria: Registry[Criterion] = Registry("criterion")


def _window() -> dict[str, forms.Field]:
    return {
        "last": count_field(_("in the last"), required=False),
        "unit": unit_field(),
        "since": day_field(_("since"), required=False),
        "until": day_field(_("until"), required=False),
    }


def _problem(name: str, value: object, error: ValidationError) -> str:
    if value in (None, "", []):
        return gettext("The value “%(name)s” is missing.") % {"name": name}
    return gettext("The value “%(name)s” cannot be used: %(problem)s") % {
        "name": name,
        "problem": " ".join(error.messages).strip(),
    }


class ColumnCriterion(Criterion):
    """A criterion that compares one column: `path` is relative to `CustomerStatistics`.

    `kind` is number, moment or choice; empty text and NULL mean an unknown value.
    """

    path: str
    kind: str = "number"

    def q(self, operator: Operator, params: Params, *, now: datetime) -> Q:
        """Compare the column as the kind asks."""
        if operator is ops.IS_UNKNOWN:
            return self._lacking()
        if operator is ops.IS_KNOWN:
            return ~self._lacking()
        if self.kind == "moment":
            asked = days.moment_q(self.path, operator, params, now=now)
            if operator is not ops.ANNIVERSARY:
                return asked
            # One range per year: found by the index once, not tried on every row when negated.
            return owners(CustomerStatistics.objects.filter(asked), by="pk")
        if self.kind == "choice":
            return Q(**{f"{self.path}__in": params["values"]})
        return compared(operator, self.path, params)

    def actual(
        self,
        operator: Operator,
        params: Params,
        *,
        about: CustomerStatistics,
        now: datetime,
        currency: str = "",
    ) -> str:
        """Return the column as people write it."""
        value = getattr(about, self.path)
        if value is None or value == "":
            return gettext("never") if self.kind == "moment" else gettext("unknown")
        if isinstance(value, datetime):
            return days.day_words(local_day(value, days.zone_of(now)))
        if self.kind == "choice":
            return self.show_value(str(value))
        shown = figure_words(Decimal(str(value)))
        return f"{shown} {currency}".strip() if self.money else shown

    def later(
        self, operator: Operator, params: Params, *, about: CustomerStatistics, now: datetime
    ) -> Later | None:
        """Compare the day of the moment."""
        if self.kind != "moment":
            return None
        moment = getattr(about, self.path)
        day = None if moment is None else local_day(moment, days.zone_of(now))
        return lambda then: days.day_holds(day, operator, params, now=then)

    def _lacking(self) -> Q:
        is_text = self.kind == "choice"
        return Q(**{self.path: ""}) if is_text else Q(**{f"{self.path}__isnull": True})

    def unknown(self, operator: Operator, params: Params, *, now: datetime) -> Q | None:
        """Customers whose column is empty, unless the operator itself asks for that."""
        if operator in (ops.IS_KNOWN, ops.IS_UNKNOWN, ops.NEVER):
            return None
        return self._lacking()
