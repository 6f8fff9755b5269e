"""The filters of the customers page: what can be asked, and which of it a request asks."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, cast
from zoneinfo import ZoneInfo

import django_filters
from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db.models import Manager, Q, QuerySet
from django.utils import timezone
from django.utils.translation import get_language_info
from django.utils.translation import gettext_lazy as _

from analytics.clock import effective_now
from analytics.models import (
    ChurnRisk,
    CustomerClassification,
    CustomerForecast,
    CustomerStatistics,
    Importance,
    LifeCycle,
    PriceSensitivity,
)
from cdp.countries import country_name
from cdp.models import (
    Customer,
    CustomerGroup,
    CustomerGroupMember,
    CustomerTag,
    Shop,
    Tag,
)
from cdp.periods import local_day, start_of
from cdp.search import customers_like
from cdp.text import key
from segments.models import Membership, Segment

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

NONE = "none"
LATER, LONGEST_WAIT = "later", 90
LABELS = ("importance", "life_cycle", "price_sensitivity")
LARGEST = 10**12
MOST_VALUES = 100
FEW = 5_000
FIRST_DAY, LAST_DAY = date(1900, 1, 1), date(2200, 1, 1)

Found = QuerySet[CustomerStatistics]
Choices = list[tuple[str, str]]


def _several(
    label: StrOrPromise, choices: object, method: str
) -> django_filters.MultipleChoiceFilter:
    return django_filters.MultipleChoiceFilter(
        label=label, choices=choices, method=method, widget=forms.CheckboxSelectMultiple
    )


def _number(label: StrOrPromise, column: str, lookup: str) -> django_filters.NumberFilter:
    widget = forms.NumberInput(attrs={"class": "cdp-input", "min": 0, "step": "any"})
    return django_filters.NumberFilter(
        label=label,
        field_name=column,
        lookup_expr=lookup,
        min_value=0,
        max_value=LARGEST,
        widget=widget,
    )


def _day(label: StrOrPromise, method: str) -> django_filters.DateFilter:
    return django_filters.DateFilter(
        label=label,
        method=method,
        input_formats=["%Y-%m-%d"],
        validators=[MinValueValidator(FIRST_DAY), MaxValueValidator(LAST_DAY)],
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"class": "cdp-input", "type": "date"}),
    )


def _one(label: StrOrPromise, queryset: QuerySet, method: str) -> django_filters.ModelChoiceFilter:
    return django_filters.ModelChoiceFilter(
        label=label,
        queryset=queryset,
        method=method,
        empty_label=_("any"),
        widget=forms.Select(attrs={"class": "cdp-input"}),
    )


def _values(rows: Manager, column: str) -> Choices:
    """Return the values of an indexed column by skipping from one to the next, the fewest rows
    read.
    """
    found: Choices = []
    last = ""
    while len(found) < MOST_VALUES:
        beyond = rows.filter(**{f"{column}__gt": last}).order_by(column)
        value = beyond.values_list(column, flat=True).first()
        if value is None:
            break
        found.append((value, value))
        last = value
    return found


def _countries() -> Choices:
    """Return the countries where there are customers, in the order of their names."""
    codes = [code for code, _code in _values(CustomerStatistics.objects, "country")]
    return sorted(((code, country_name(code)) for code in codes), key=lambda one: key(one[1]))


def _language(code: str) -> str:
    try:
        return str(get_language_info(code)["name_translated"])
    except KeyError:
        return code


def _start(day: date) -> datetime:
    return start_of(day, cast("ZoneInfo", timezone.get_current_timezone()))


class CustomerFilter(django_filters.FilterSet):
    """Search and filters over the statistics of customers; all that are given must hold."""

    q = django_filters.CharFilter(
        label=_("Search"),
        method="search",
        max_length=200,
        widget=forms.TextInput(attrs={"class": "cdp-input", "type": "search"}),
    )
    importance = _several(
        _("Importance"), [*Importance.choices, (NONE, _("no order yet"))], "labelled"
    )
    life_cycle = _several(_("Life cycle"), [*LifeCycle.choices, (NONE, _("prospect"))], "labelled")
    price_sensitivity = _several(
        _("Price sensitivity"), [*PriceSensitivity.choices, (NONE, _("unknown"))], "labelled"
    )
    churn_risk = _several(_("Churn risk"), ChurnRisk.choices, "at_risk")
    expected = django_filters.ChoiceFilter(
        label=_("Next order expected"),
        choices=[
            ("30", _("within 30 days")),
            ("90", _("within 90 days")),
            (LATER, _("later, or not within a year")),
        ],
        empty_label=_("any"),
        method="expected_within",
        widget=forms.Select(attrs={"class": "cdp-input"}),
    )
    country = _several(_("Country"), (), "among")
    orders_min = _number(_("Orders from"), "order_count", "gte")
    orders_max = _number(_("Orders to"), "order_count", "lte")
    revenue_min = _number(_("Revenue from"), "revenue", "gte")
    revenue_max = _number(_("Revenue to"), "revenue", "lte")
    last_order_from = _day(_("Last order from"), "last_order_since")
    last_order_to = _day(_("Last order to"), "last_order_until")
    registered_from = _day(_("Registered from"), "registered_since")
    registered_to = _day(_("Registered to"), "registered_until")
    city = django_filters.CharFilter(
        label=_("City begins with"),
        method="in_city",
        max_length=120,
        widget=forms.TextInput(attrs={"class": "cdp-input"}),
    )
    tag = _one(_("Tag"), Tag.objects.all(), "tagged")
    group = _one(_("Customer group"), CustomerGroup.objects.all(), "grouped")
    segment = _one(_("In segment"), Segment.objects.filter(is_archived=False), "in_segment")
    mailable = django_filters.ChoiceFilter(
        label=_("May be mailed"),
        choices=[("yes", _("yes")), ("no", _("no"))],
        empty_label=_("any"),
        method="may_be_mailed",
        widget=forms.Select(attrs={"class": "cdp-input"}),
    )
    language = _several(_("Language"), (), "among")

    class Meta:
        model = CustomerStatistics
        fields: Sequence[str] = ()

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self._like: QuerySet | list[int] | None = None
        self.filters["country"].extra["choices"] = _countries()
        self.filters["language"].extra["choices"] = [
            (code, _language(code)) for code, _code in _values(Customer.objects, "language")
        ]

    def search(self, found: Found, name: str, text: str) -> Found:
        """Keep those who are called so, or whose address or number it is."""
        if self._like is None:
            self._like = self._customers_like(text)
        return found.filter(pk__in=self._like)

    def _customers_like(self, text: str) -> QuerySet | list[int]:
        """Return the keys of those a text finds, looked for once; if they are many, the question.

        A search reads every name, and the page asks it to count and again to sort.
        """
        may_see = self.request.user.has_perm("cdp.view_contact_data")
        like = Customer.objects.filter(customers_like(text, may_see_contact=may_see)).order_by()
        keys = list(like.values_list("pk", flat=True)[: FEW + 1])
        return keys if len(keys) <= FEW else like.values("pk")

    def filter_queryset(self, found: Found) -> Found:
        """Ask for all labels together: one set of customers is found faster than three compared."""
        found = super().filter_queryset(found)
        labels = {
            f"{name}__in": values
            for name in LABELS
            if (values := self.form.cleaned_data.get(name)) and NONE not in values
        }
        if labels:
            having = CustomerClassification.objects.filter(**labels)
            found = found.filter(pk__in=having.values("pk"))
        return found

    def found_without(self, name: str) -> Found:
        """Return whom the other filters find."""
        given = self.form.cleaned_data
        value = given.pop(name)
        try:
            return self.filter_queryset(self.queryset.all())
        finally:
            given[name] = value

    def labelled(self, found: Found, name: str, values: list[str]) -> Found:
        """Keep those with one of the labels or without any, as everybody is who never ordered."""
        if NONE not in values:
            return found  # Asked for together with the other labels.
        having = CustomerClassification.objects.filter(**{f"{name}__in": [*values, ""]})
        return found.filter(Q(pk__in=having.values("pk")) | Q(order_count=0))

    def at_risk(self, found: Found, name: str, values: list[str]) -> Found:
        """Keep those whose risk of staying away is one of these; others have no forecast."""
        having = CustomerForecast.objects.filter(churn_risk__in=values)
        return found.filter(pk__in=having.values("pk"))

    def expected_within(self, found: Found, name: str, value: str) -> Found:
        """Keep those whose next order is expected within so many days, or later than the most."""
        forecasts = CustomerForecast.objects.all()
        today = local_day(effective_now(timezone.now()), Shop.objects.current().zone)
        if value == LATER:
            end = today + timedelta(days=LONGEST_WAIT)
            having = forecasts.filter(Q(next_order_on=None) | Q(next_order_on__gte=end))
        else:
            having = forecasts.filter(next_order_on__lt=today + timedelta(days=int(value)))
        return found.filter(pk__in=having.values("pk"))

    def may_be_mailed(self, found: Found, name: str, value: str) -> Found:
        """Keep those who may, or may not, be sent marketing e-mail."""
        return found.filter(is_mailable__in=[value == "yes"])

    def among(self, found: Found, name: str, values: list[str]) -> Found:
        """Keep those whose column has one of the values."""
        return found.filter(**{f"{name}__in": values})

    def in_city(self, found: Found, name: str, text: str) -> Found:
        """Keep those whose city begins so, whatever its case."""
        return found.filter(city_key__startswith=key(text))

    def tagged(self, found: Found, name: str, tag: Tag) -> Found:
        """Keep those who carry the tag."""
        return found.filter(pk__in=CustomerTag.objects.filter(tag=tag).values("customer"))

    def grouped(self, found: Found, name: str, group: CustomerGroup) -> Found:
        """Keep those in the customer group."""
        members = CustomerGroupMember.objects.filter(group=group)
        return found.filter(pk__in=members.values("customer"))

    def in_segment(self, found: Found, name: str, segment: Segment) -> Found:
        """Keep the stored members of the segment."""
        members = Membership.objects.filter(segment=segment)
        return found.filter(pk__in=members.values("customer"))

    def last_order_since(self, found: Found, name: str, day: date) -> Found:
        """Keep those whose last order was on that local day or later."""
        return found.filter(last_order_at__gte=_start(day))

    def last_order_until(self, found: Found, name: str, day: date) -> Found:
        """Keep those whose last order was on that local day or before."""
        return found.filter(last_order_at__lt=_start(day + timedelta(days=1)))

    def registered_since(self, found: Found, name: str, day: date) -> Found:
        """Keep those who registered on that local day or later."""
        return found.filter(registered_at__gte=_start(day))

    def registered_until(self, found: Found, name: str, day: date) -> Found:
        """Keep those who registered on that local day or before."""
        return found.filter(registered_at__lt=_start(day + timedelta(days=1)))
