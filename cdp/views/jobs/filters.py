"""What the list of jobs can be narrowed by."""

from __future__ import annotations

import django_filters
from django import forms
from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from cdp.jobs import job_kinds
from cdp.jobs.progress import kind_label
from cdp.models import Job, JobState, User
from cdp.models.job import LIVE_STATES

GROUPS: dict[str, tuple[str, ...]] = {
    "live": LIVE_STATES,
    "failed": (JobState.FAILED, JobState.STUCK),
    "done": (JobState.DONE,),
    "cancelled": (JobState.CANCELLED,),
}
GROUP_LABELS = [
    ("live", _("under way")),
    ("failed", _("failed")),
    ("done", _("done")),
    ("cancelled", _("cancelled")),
]


def kind_choices() -> list[tuple[str, str]]:
    """Return the kinds of jobs that exist in this version."""
    return [(kind.key, kind_label(kind.key)) for kind in job_kinds]


def _select() -> forms.Select:
    return forms.Select(attrs={"class": "cdp-input", "data-submit": ""})


class JobFilter(django_filters.FilterSet):
    """State, kind and owner; a wrong value in the address narrows nothing."""

    state = django_filters.ChoiceFilter(
        label=_("State"),
        choices=GROUP_LABELS,
        method="in_group",
        empty_label=_("all"),
        widget=_select(),
    )
    kind = django_filters.ChoiceFilter(
        label=_("Kind"), choices=kind_choices, empty_label=_("all"), widget=_select()
    )
    mine = django_filters.BooleanFilter(
        label=_("Only mine"),
        method="of_user",
        widget=forms.CheckboxInput(attrs={"data-submit": ""}),
    )

    class Meta:
        model = Job
        fields: tuple[str, ...] = ()

    def __init__(self, data: QueryDict, queryset: QuerySet[Job], *, user: User) -> None:
        super().__init__(data, queryset)
        self.user = user

    def in_group(self, jobs: QuerySet[Job], name: str, value: str) -> QuerySet[Job]:
        """Narrow to the states that people mean by one word."""
        return jobs.filter(state__in=GROUPS[value])

    def of_user(self, jobs: QuerySet[Job], name: str, value: bool) -> QuerySet[Job]:
        """Narrow to the jobs of the reader, if asked to."""
        return jobs.filter(user=self.user) if value else jobs
