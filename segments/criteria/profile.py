"""Criteria on who the customer is."""

from __future__ import annotations

from datetime import datetime

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.translation import get_language_info, gettext
from django.utils.translation import gettext_lazy as _

from analytics.models import CustomerStatistics
from cdp.models import CustomerGroup, CustomerGroupMember, CustomerTag, Tag
from cdp.text import inside
from segments.criteria import operators as ops
from segments.criteria.base import PROFILE, ColumnCriterion, Criterion, criteria
from segments.criteria.fields import ParsedListField
from segments.criteria.languages import language_code
from segments.criteria.names import strangers
from segments.criteria.operators import Operator
from segments.criteria.params import Params, keys, texts
from segments.criteria.queries import any_of, owners

LABELS_NAMED = 20


@criteria.register
class Language(ColumnCriterion):
    """The customer's language."""

    key, label, group = "language", _("Language"), PROFILE
    help = _("Language codes or English names; da also finds da-dk.")
    summary = _("The language the customer reads.")
    suggests = {"values": "languages"}
    operators = ops.NAMED
    path, kind = "language", "choice"
    example = {"values": ["da", "German"]}

    def value_field(self, operator: Operator, name: str) -> forms.Field:
        """Take languages."""
        return ParsedListField(language_code, label=_("Languages"))

    def q(self, operator: Operator, params: Params, *, now: datetime) -> Q:
        """Compare the code and what begins with it."""
        if operator is not ops.IS_ANY_OF:
            return super().q(operator, params, now=now)
        codes = texts(params, "values")
        regional = [Q(language__startswith=f"{code}-") for code in codes]
        return Q(language__in=codes) | any_of(regional, CustomerStatistics.objects.all())

    def show_value(self, value: str) -> str:
        """Return the language's English name."""
        try:
            return str(get_language_info(value)["name_translated"])
        except KeyError:
            return value


class LabelCriterion(Criterion):
    """A label that the shop gives to many customers."""

    operators = (ops.IS_ANY_OF, ops.IS_KNOWN, ops.IS_UNKNOWN)
    labels: type[Tag | CustomerGroup]
    carriers: type[CustomerTag | CustomerGroupMember]
    column: str

    def q(self, operator: Operator, params: Params, *, now: datetime) -> Q:
        """Look among the carriers of the labels."""
        carriers = self.carriers.objects.all()
        if operator is ops.IS_ANY_OF:
            named = self.labels.objects.filter(key__in=keys(params, "values"))
            return owners(carriers.filter(**{f"{self.column}__in": named.order_by().values("pk")}))
        return ~owners(carriers) if operator is ops.IS_UNKNOWN else owners(carriers)

    def actual(
        self,
        operator: Operator,
        params: Params,
        *,
        about: CustomerStatistics,
        now: datetime,
        currency: str = "",
    ) -> str:
        """Return the labels the customer carries."""
        carried = self.carriers.objects.filter(customer=about.pk).select_related(self.column)
        names = sorted(str(getattr(row, self.column)) for row in carried[:LABELS_NAMED])
        return ", ".join(names) or gettext("none")

    def unknown(self, operator: Operator, params: Params, *, now: datetime) -> Q | None:
        """Customers without any such label."""
        return ~owners(self.carriers.objects.all()) if operator is ops.IS_ANY_OF else None

    def notices(self, operator: Operator, params: Params) -> list[str]:
        """Name the labels that do not exist yet."""
        return strangers(
            texts(params, "values"),
            self.labels.objects.order_by(),
            by="key",
            label="name",
            what=inside(str(self.label)),
        )


@criteria.register
class HasTag(LabelCriterion):
    """The customer carries a tag."""

    key, label, group = "tag", _("Tag"), PROFILE
    help = _("Customers with at least one of the tags.")
    suggests = {"values": "tags"}
    labels, carriers, column = Tag, CustomerTag, "tag"
    example = {"values": ["newsletter 2024"]}


@criteria.register
class InCustomerGroup(LabelCriterion):
    """The customer belongs to a customer group of the shop system."""

    key, label, group = "customer_group", _("Customer group"), PROFILE
    help = _("Customers in at least one of the shop's customer groups.")
    suggests = {"values": "customer_groups"}
    labels, carriers, column = CustomerGroup, CustomerGroupMember, "group"
    example = {"values": ["Wholesale"]}


@criteria.register
class Registered(ColumnCriterion):
    """When the customer registered."""

    key, label, group = "registered", _("Registration"), PROFILE
    help = _("The day on which the customer signed up, in the shop's time zone.")
    operators = ops.MOMENT
    path, kind = "registered_at", "moment"


@criteria.register
class EmailDomain(Criterion):
    """The part of the e-mail address after the at sign."""

    key, label, group = "email_domain", _("E-mail domain"), PROFILE
    help = _("The part of the e-mail address after @, without subdomains.")
    operators = (ops.IS_ANY_OF,)
    example = {"values": ["gmail.com"]}
    shows_contact_data = True

    def value_field(self, operator: Operator, name: str) -> forms.Field:
        """Take domains, with or without the at sign."""
        return ParsedListField(_domain, label=_("Domains"))

    def q(self, operator: Operator, params: Params, *, now: datetime) -> Q:
        """Compare the end of the address."""
        domains = texts(params, "values")
        asked = [Q(customer__email__iendswith=f"@{domain}") for domain in domains]
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
        """Return what stands after the at sign."""
        return about.customer.email.rpartition("@")[2] or gettext("no e-mail address")

    def unknown(self, operator: Operator, params: Params, *, now: datetime) -> Q | None:
        """Customers without e-mail address."""
        return Q(customer__email="")


def _domain(text: str) -> str:
    name = text.strip().lower().rpartition("@")[2].rstrip(".")
    if not name or " " in name:
        raise ValidationError(_("“%(value)s” is no domain."), params={"value": text})
    try:
        return name if name.isascii() else name.encode("idna").decode("ascii")
    except UnicodeError:
        raise ValidationError(_("“%(value)s” is no domain."), params={"value": text}) from None


class HasContact(Criterion):
    """Whether a way to reach the customer is known."""

    operators = (ops.IS_YES, ops.IS_NO)
    path: str

    def q(self, operator: Operator, params: Params, *, now: datetime) -> Q:
        """Compare with the empty text."""
        lacking = Q(**{self.path: ""})
        return lacking if operator is ops.IS_NO else ~lacking

    def actual(
        self,
        operator: Operator,
        params: Params,
        *,
        about: CustomerStatistics,
        now: datetime,
        currency: str = "",
    ) -> str:
        """Return yes or no."""
        is_known = getattr(about.customer, self.path.removeprefix("customer__"))
        return gettext("yes") if is_known else gettext("no")


@criteria.register
class HasEmail(HasContact):
    """Whether an e-mail address is known."""

    key, label, group = "has_email", _("Has an e-mail address"), PROFILE
    help = _("Whether an e-mail address is known; it says nothing about consent.")
    path = "customer__email"


@criteria.register
class HasPhone(HasContact):
    """Whether a phone number is known."""

    key, label, group = "has_phone", _("Has a phone number"), PROFILE
    help = _("Whether a phone number is known; it says nothing about consent.")
    path = "customer__phone"
