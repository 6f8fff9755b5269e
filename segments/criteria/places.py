"""Where customers live: country, region, city, postal code."""

from __future__ import annotations

from datetime import datetime

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django_countries import countries

from analytics.models import CustomerStatistics
from cdp.countries import country_code, country_name
from cdp.models import Customer
from cdp.text import inside
from segments.criteria import operators as ops
from segments.criteria.base import PROFILE, ColumnCriterion, Criterion, criteria
from segments.criteria.fields import ParsedListField
from segments.criteria.names import strangers
from segments.criteria.operators import Operator
from segments.criteria.params import Params, keys, texts
from segments.criteria.queries import any_of
from segments.spelling import suggest


def known_country(name: str) -> str:
    """Return the two-letter code of a country's code or name; raise `ValidationError`."""
    code = country_code(name)
    if code is None:
        raise ValidationError(
            _("“%(value)s” is no country. Write its two-letter code or English name. %(hint)s"),
            params={
                "value": name,
                "hint": suggest(name, [str(label) for _code, label in countries]),
            },
        )
    return code


@criteria.register
class Country(ColumnCriterion):
    """The customer's country."""

    key, label, group = "country", _("Country"), PROFILE
    help = _("The country of the customer's address: two-letter codes or English names.")
    summary = _("The country of the customer's address.")
    suggests = {"values": "countries"}
    operators = ops.NAMED
    path, kind = "country", "choice"
    example = {"values": ["DK", "Germany"]}

    def value_field(self, operator: Operator, name: str) -> forms.Field:
        """Take countries."""
        return ParsedListField(known_country, label=_("Countries"))

    def show_value(self, value: str) -> str:
        """Return the country's name."""
        return country_name(value)


class KeyColumn(ColumnCriterion):
    """A free text of the address, compared in its casefolded form."""

    kind = "choice"
    operators = ops.NAMED
    column: str

    def q(self, operator: Operator, params: Params, *, now: datetime) -> Q:
        """Compare the casefolded column."""
        if operator is ops.IS_ANY_OF:
            return Q(**{f"{self.path}__in": keys(params, "values")})
        return super().q(operator, params, now=now)

    def actual(
        self,
        operator: Operator,
        params: Params,
        *,
        about: CustomerStatistics,
        now: datetime,
        currency: str = "",
    ) -> str:
        """Return the place as the shop wrote it."""
        return getattr(about.customer, self.column) or gettext("unknown")

    def notices(self, operator: Operator, params: Params) -> list[str]:
        """Name the places where no customer lives."""
        known = Customer.objects.present()
        return strangers(
            texts(params, "values"),
            known,
            by=self.path,
            label=self.column,
            what=inside(str(self.label)),
        )


@criteria.register
class Region(KeyColumn):
    """The customer's region."""

    key, label, group = "region", _("Region"), PROFILE
    help = _("The region, state or county of the address, whatever its upper and lower case.")
    summary = _("The region, state or county of the customer's address.")
    suggests = {"values": "regions"}
    path, column = "region_key", "region"
    example = {"values": ["Jutland"]}


@criteria.register
class City(KeyColumn):
    """The customer's city."""

    key, label, group = "city", _("City"), PROFILE
    help = _("The city of the address, whatever its upper and lower case.")
    summary = _("The city of the customer's address.")
    suggests = {"values": "cities"}
    path, column = "city_key", "city"
    example = {"values": ["Copenhagen", "Aarhus"]}


@criteria.register
class PostalCode(Criterion):
    """How the postal code begins."""

    key, label, group = "postal_code", _("Postal code"), PROFILE
    help = _("The beginning of the postal code, such as 21 or SW1.")
    operators = (ops.STARTS_WITH, ops.IS_KNOWN, ops.IS_UNKNOWN)
    example = {"values": ["21", "22"]}
    shows_contact_data = True

    def q(self, operator: Operator, params: Params, *, now: datetime) -> Q:
        """Compare the beginning."""
        if operator is ops.IS_UNKNOWN:
            return Q(customer__postal_code="")
        if operator is ops.IS_KNOWN:
            return ~Q(customer__postal_code="")
        starts = texts(params, "values")
        asked = [Q(customer__postal_code__istartswith=start) for start in starts]
        return any_of(asked, CustomerStatistics.objects.all())

    def actual(
        self,
        operator: Operator,
        params: Params,
        *,
        about: CustomerStatistics,
        now: datetime,
        currency: str = "",
    ) -> str:
        """Return the postal code."""
        return about.customer.postal_code or gettext("unknown")

    def unknown(self, operator: Operator, params: Params, *, now: datetime) -> Q | None:
        """Customers without postal code."""
        return Q(customer__postal_code="") if operator is ops.STARTS_WITH else None
