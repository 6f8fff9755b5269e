"""The audit log: who changed settings, exported, handed out links and read them."""

from __future__ import annotations

from datetime import date, timedelta

import django_filters
from django import forms
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseBase
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cdp.models import AuditAction, AuditEntry, Shop
from cdp.pages import page, show
from cdp.periods import start_of

ROWS = 50
INPUT = {"class": "cdp-input"}


class AuditFilter(django_filters.FilterSet):
    """Narrows the log by what, who and when (days of the shop, both included)."""

    action = django_filters.ChoiceFilter(
        label=gettext_lazy("Action"), choices=AuditAction.choices, widget=forms.Select(INPUT)
    )
    actor = django_filters.CharFilter(
        label=gettext_lazy("User"), lookup_expr="iexact", widget=forms.TextInput(INPUT)
    )
    subject = django_filters.CharFilter(
        label=gettext_lazy("Subject"), lookup_expr="icontains", widget=forms.TextInput(INPUT)
    )
    since = django_filters.DateFilter(
        label=gettext_lazy("From"),
        method="filter_since",
        widget=forms.DateInput({**INPUT, "type": "date"}, format="%Y-%m-%d"),
    )
    until = django_filters.DateFilter(
        label=gettext_lazy("Until"),
        method="filter_until",
        widget=forms.DateInput({**INPUT, "type": "date"}, format="%Y-%m-%d"),
    )

    class Meta:
        model = AuditEntry
        fields = ("action", "actor", "subject")

    def filter_since(self, entries: QuerySet, name: str, day: date) -> QuerySet:
        """Leave out what happened before a day."""
        return entries.filter(occurred_at__gte=start_of(day, Shop.objects.current().zone))

    def filter_until(self, entries: QuerySet, name: str, day: date) -> QuerySet:
        """Leave out what happened after a day."""
        after = start_of(day + timedelta(days=1), Shop.objects.current().zone)
        return entries.filter(occurred_at__lt=after)


@page("cdp.view_auditentry")
def entries(request: HttpRequest) -> HttpResponseBase:
    """Show the log, newest first."""
    found = AuditFilter(request.GET, queryset=AuditEntry.objects.order_by("-pk"))
    rows = Paginator(found.qs, ROWS).get_page(request.GET.get("page"))
    context = {"filter": found, "rows": rows, "is_filtered": any(request.GET.values())}
    return show(request, "cdp/audit/entries.html", context, title=_("Audit log"))
