"""Criteria on the custom fields that the shop declared."""

from __future__ import annotations

from datetime import datetime

from django import forms
from django.db.models import Q, QuerySet
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from analytics.models import CustomerStatistics
from cdp.models import CustomerField, CustomerFieldValue
from segments.criteria import operators as ops
from segments.criteria.base import PROFILE, Criterion, Later, criteria
from segments.criteria.days import date_q, day_holds, day_words
from segments.criteria.fields import NumberField, TextField
from segments.criteria.operators import Operator
from segments.criteria.params import Params, keys, text
from segments.criteria.queries import any_of, compared, owners
from segments.criteria.wording import number_words
from segments.spelling import suggest

IS_YES = Operator("is_yes", _("is yes"), _("{subject} is yes"))
IS_NO = Operator("is_no", _("is no"), _("{subject} is no"))


class CustomField(Criterion):
    """A custom field of one type, named by its key or its label."""

    type: CustomerField.Type
    column: str

    def extra_fields(self, operator: Operator) -> dict[str, forms.Field]:
        """Name the field."""
        return {"field": TextField(label=_("Custom field"))}

    def _values(self, params: Params) -> QuerySet:
        name = text(params, "field")
        declared = CustomerField.objects.filter(Q(key__iexact=name) | Q(label=name), type=self.type)
        return CustomerFieldValue.objects.filter(field__in=declared.order_by().values("pk"))

    def asked(self, operator: Operator, params: Params, *, now: datetime) -> Q:
        """Return what a value of the field fulfils."""
        raise TypeError(f"The criterion '{self.key}' does not say what it asks of a value.")

    def q(self, operator: Operator, params: Params, *, now: datetime) -> Q:
        """Look among the values of the field."""
        values = self._values(params)
        if operator in (ops.IS_UNKNOWN, ops.NEVER):
            return ~owners(values)
        if operator is ops.IS_KNOWN:
            return owners(values)
        return owners(values.filter(self.asked(operator, params, now=now)))

    def value_of(self, params: Params, *, about: CustomerStatistics) -> CustomerFieldValue | None:
        """Return the customer's value of the field."""
        return self._values(params).filter(customer=about.pk).first()

    def actual(
        self,
        operator: Operator,
        params: Params,
        *,
        about: CustomerStatistics,
        now: datetime,
        currency: str = "",
    ) -> str:
        """Return the value as people write it."""
        value = self.value_of(params, about=about)
        if value is None:
            return gettext("unknown")
        if value.number is not None:
            return number_words(value.number)
        if value.date is not None:
            return day_words(value.date)
        if value.flag is not None:
            return gettext("yes") if value.flag else gettext("no")
        return value.text or ""

    def unknown(self, operator: Operator, params: Params, *, now: datetime) -> Q | None:
        """Customers without a value, unless the operator itself asks for that."""
        if operator in (ops.IS_UNKNOWN, ops.NEVER, ops.IS_KNOWN):
            return None
        return ~owners(self._values(params))

    def subject(self, operator: Operator, params: Params, *, currency: str = "") -> str:
        """Name the field."""
        return text(params, "field")

    def notices(self, operator: Operator, params: Params) -> list[str]:
        """Say if the shop has no such field, or one of another type."""
        name = text(params, "field")
        declared = list(CustomerField.objects.all())
        named = [
            field
            for field in declared
            if field.label == name or field.key.casefold() == name.casefold()
        ]
        if any(field.type == self.type for field in named):
            return []
        if named:
            return [
                gettext("The custom field “%(name)s” holds %(type)s: use custom_%(key)s for it.")
                % {"name": name, "type": named[0].get_type_display(), "key": named[0].type}
            ]
        words = gettext("The shop knows no custom field “%(name)s” yet.") % {"name": name}
        return [f"{words} {suggest(name, [field.key for field in declared])}".strip()]


@criteria.register
class CustomText(CustomField):
    """A custom field that holds text."""

    key, label, group = "custom_text", _("Custom field (text)"), PROFILE
    help = _("A custom field of type text, compared whatever its upper and lower case.")
    operators = (ops.IS_ANY_OF, ops.CONTAINS, ops.STARTS_WITH, ops.IS_KNOWN, ops.IS_UNKNOWN)
    suggests = {"values": "field_values"}
    type = CustomerField.Type.TEXT
    shows_contact_data = True
    example = {"field": "favourite_sport", "values": ["climbing", "running"]}

    def asked(self, operator: Operator, params: Params, *, now: datetime) -> Q:
        """Compare the casefolded text."""
        if operator is ops.IS_ANY_OF:
            return Q(text_key__in=keys(params, "values"))
        lookup = "contains" if operator is ops.CONTAINS else "startswith"
        asked = [Q(**{f"text_key__{lookup}": word}) for word in keys(params, "values")]
        return any_of(asked, CustomerFieldValue.objects.all())


@criteria.register
class CustomNumber(CustomField):
    """A custom field that holds a number."""

    key, label, group = "custom_number", _("Custom field (number)"), PROFILE
    help = _("A custom field of type number.")
    operators = (*ops.NUMBER, ops.IS_KNOWN, ops.IS_UNKNOWN)
    type = CustomerField.Type.NUMBER
    example = {"field": "shoe_size", "value": 42, "low": 40, "high": 43}

    def value_field(self, operator: Operator, name: str) -> forms.Field:
        """Take any number."""
        return NumberField(label=_("Number"))

    def asked(self, operator: Operator, params: Params, *, now: datetime) -> Q:
        """Compare the number."""
        return compared(operator, "number", params)


@criteria.register
class CustomDate(CustomField):
    """A custom field that holds a day, such as a birthday."""

    key, label, group = "custom_date", _("Custom field (date)"), PROFILE
    help = _("A custom field of type date, such as a birthday or the end of a warranty.")
    operators = (*ops.RELATIVE, ops.WITHIN_NEXT, *ops.FIXED, ops.ANNIVERSARY, ops.NEVER)
    type = CustomerField.Type.DATE
    example = {"field": "birthday", "days": 14, "amount": 30}

    def asked(self, operator: Operator, params: Params, *, now: datetime) -> Q:
        """Compare the day."""
        return date_q("date", operator, params, now=now)

    def later(
        self, operator: Operator, params: Params, *, about: CustomerStatistics, now: datetime
    ) -> Later | None:
        """Compare the day of the field."""
        value = self.value_of(params, about=about)
        day = None if value is None else value.date
        return lambda then: day_holds(day, operator, params, now=then)


@criteria.register
class CustomFlag(CustomField):
    """A custom field that holds yes or no."""

    key, label, group = "custom_flag", _("Custom field (yes/no)"), PROFILE
    help = _("A custom field of type yes/no.")
    operators = (IS_YES, IS_NO, ops.IS_KNOWN, ops.IS_UNKNOWN)
    type = CustomerField.Type.FLAG
    example = {"field": "club_member"}

    def asked(self, operator: Operator, params: Params, *, now: datetime) -> Q:
        """Compare the flag; as a list, because SQLite finds no index for a bare flag."""
        return Q(flag__in=[operator is IS_YES])
