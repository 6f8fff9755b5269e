"""What a criterion declares, and the registry of criteria."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal

from django import forms
from django.db.models import Q
from django.utils import formats
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from cdp.registry import Registry
from segments.criteria import operators as ops
from segments.criteria.fields import ListField
from segments.criteria.operators import Operator, Params, Text
from segments.criteria.queries import compared, moment_q
from segments.exceptions import ConditionError

PROFILE = _("Customer")
CONSENT = _("Consent")
ORDERS = _("Orders")
PRODUCTS = _("Products")
CARTS = _("Carts")
ACTIVITY = _("Activity")
CLASSIFICATION = _("Classification")
SEGMENTS = _("Segments")


class Criterion:
    """One thing that can be asked about a customer.

    `q` gets clean parameters and a `now` in the shop's time zone; its Q is relative to
    `CustomerStatistics`.
    """

    key: str
    label: Text
    help: Text = ""
    group: Text
    operators: tuple[Operator, ...]

    def value_field(self, operator: Operator, name: str) -> forms.Field:
        """Return the form field for one value that the operator takes."""
        if name in ("amount", "days"):
            return forms.IntegerField(label=_("Number"), min_value=0, max_value=3650)
        if name == "unit":
            return forms.ChoiceField(label=_("Unit"), choices=ops.UNITS)
        if name in ("start", "end", "day"):
            return forms.DateField(label=_("Day"))
        if name == "values":
            return ListField(label=_("Values"))
        return forms.DecimalField(label=_("Value"), max_digits=16, decimal_places=4)

    def extra_fields(self, operator: Operator) -> dict[str, forms.Field]:
        """Return further fields of the row, such as a window."""
        return {}

    def fields(self, operator: Operator) -> dict[str, forms.Field]:
        """Return every form field of a row with this operator: parsing and validation in one."""
        taken = {name: self.value_field(operator, name) for name in operator.takes}
        return {**taken, **self.extra_fields(operator)}

    def operator(self, key: str) -> Operator:
        """Return the operator with this key; raise `ConditionError` naming the possible ones."""
        for operator in self.operators:
            if operator.key == key:
                return operator
        known = ", ".join(operator.key for operator in self.operators)
        raise ConditionError(
            gettext("“%(criterion)s” cannot be asked with “%(operator)s”.")
            % {"criterion": self.key, "operator": key},
            hint=gettext("Possible: %(known)s.") % {"known": known},
        )

    def clean(self, operator: Operator, raw: Mapping[str, object]) -> Params:
        """Return the parsed parameters of a row; raise `ConditionError` saying which is wrong, and why."""
        fields = self.fields(operator)
        unknown = sorted(set(raw) - set(fields))
        if unknown:
            raise ConditionError(
                gettext("“%(name)s” is not a value of “%(criterion)s” with “%(operator)s”.")
                % {"name": ", ".join(unknown), "criterion": self.key, "operator": operator.key},
                hint=gettext("It takes: %(known)s.")
                % {"known": ", ".join(fields) or gettext("nothing")},
            )
        form = type("Row", (forms.Form,), dict(fields))(dict(raw))
        if not form.is_valid():
            name, messages = next(iter(form.errors.items()))
            raise ConditionError(
                gettext("The value “%(name)s” of “%(criterion)s” is not usable: %(problem)s")
                % {"name": name, "criterion": self.key, "problem": " ".join(map(str, messages))}
            )
        cleaned = {
            name: value for name, value in form.cleaned_data.items() if value not in (None, "", [])
        }
        self.check(operator, cleaned)
        return cleaned

    def check(self, operator: Operator, params: Params) -> None:
        """Raise `ConditionError` if clean values do not fit together."""
        for low, high in (("low", "high"), ("start", "end"), ("since", "until")):
            if low in params and high in params and params[low] > params[high]:  # type: ignore[operator]
                raise ConditionError(
                    gettext("In “%(criterion)s” the value “%(low)s” is larger than “%(high)s”.")
                    % {"criterion": self.key, "low": low, "high": high},
                    hint=gettext("Exchange the two."),
                )

    def q(self, operator: Operator, params: Params, *, now: datetime) -> Q:
        """Return what a matching row of `CustomerStatistics` fulfils."""
        raise TypeError(f"The criterion '{self.key}' does not say what it asks for.")

    def unknown(self, operator: Operator, params: Params, *, now: datetime) -> Q | None:
        """Return what customers without the value asked for fulfil, or None if everybody has one."""
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
        return str(operator.sentence).format(
            subject=self.subject(operator, params, currency=currency), **shown
        )

    def show(self, name: str, value: object, *, currency: str) -> str:
        """Return one parameter as text in the active language."""
        if name == "unit":
            return str(dict(ops.UNITS)[str(value)])
        if isinstance(value, date):
            return formats.date_format(value, "SHORT_DATE_FORMAT")
        if isinstance(value, list):
            return either([self.show_value(str(item)) for item in value])
        if isinstance(value, Decimal):
            return formats.number_format(
                value.normalize() if value != value.to_integral() else int(value)
            )
        return str(value)

    def show_value(self, value: str) -> str:
        """Return one of several values as a person says it."""
        return value

    def notices(self, operator: Operator, params: Params) -> list[str]:
        """Return what is worth knowing about clean values, such as names that do not exist yet."""
        return []


criteria: Registry[Criterion] = Registry("criterion")


def either(items: list[str]) -> str:
    """Return "a, b or c" in the active language."""
    if len(items) < 2:
        return "".join(items)
    return gettext("%(list)s or %(last)s") % {"list": ", ".join(items[:-1]), "last": items[-1]}


class ColumnCriterion(Criterion):
    """A criterion that compares one column: `path` is relative to `CustomerStatistics`.

    `kind` is number, moment, date, choice or flag; empty text and NULL mean an unknown value.
    """

    path: str
    kind: str = "number"

    def q(self, operator: Operator, params: Params, *, now: datetime) -> Q:
        """Compare the column as the kind asks."""
        if operator in (ops.IS_KNOWN, ops.IS_UNKNOWN):
            lacking = self._lacking()
            return lacking if operator is ops.IS_UNKNOWN else ~lacking
        if operator in (ops.IS_YES, ops.IS_NO):
            return Q(**{f"{self.path}__in": [operator is ops.IS_YES]})
        if self.kind in ("moment", "date"):
            return moment_q(self.path, operator, params, now, is_date=self.kind == "date")
        if self.kind == "choice":
            return Q(**{f"{self.path}__in": params["values"]})
        return compared(operator, self.path, params)

    def _lacking(self) -> Q:
        return (
            Q(**{self.path: ""}) if self.kind == "choice" else Q(**{f"{self.path}__isnull": True})
        )

    def unknown(self, operator: Operator, params: Params, *, now: datetime) -> Q | None:
        """Customers whose column is empty, unless the operator itself asks for that."""
        if operator in (ops.IS_KNOWN, ops.IS_UNKNOWN, ops.NEVER) or self.kind == "flag":
            return None
        return self._lacking()
