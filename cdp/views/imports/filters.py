"""Narrowing the list of past imports."""

from __future__ import annotations

import django_filters
from django import forms
from django.utils.translation import gettext_lazy as _

from cdp.models import ImportKind, ImportRun, JobState


def _select() -> forms.Select:
    return forms.Select(attrs={"class": "cdp-input", "data-submit": ""})


class ImportFilter(django_filters.FilterSet):
    """What was imported, and how it ended."""

    kind = django_filters.ChoiceFilter(
        label=_("Kind"),
        choices=ImportKind.choices,
        empty_label=_("All kinds"),
        widget=_select(),
    )
    state = django_filters.ChoiceFilter(
        label=_("State"),
        field_name="job__state",
        choices=JobState.choices,
        empty_label=_("Every state"),
        widget=_select(),
    )

    class Meta:
        model = ImportRun
        fields = ("kind", "state")
