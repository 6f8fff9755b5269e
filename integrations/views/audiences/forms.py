"""What is asked when an audience is made or changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_countries import countries

from cdp.text import tidy
from integrations.connecting.connections import declared
from integrations.identity.profile_fields import PROFILE_FIELDS
from integrations.models import Audience, AudienceState, Connection, Schedule
from integrations.models.audience import LARGEST_HOLDOUT
from integrations.outside_names import is_own_name, warnings
from segments.models import Segment

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

INPUT = {"class": "cdp-input"}
MEANINGS: dict[str, StrOrPromise] = {
    "life_cycle": gettext_lazy("Where the customer stands: new, active, slipping away, lost."),
    "importance": gettext_lazy("How much the customer means to the shop, the best called VIP."),
    "predicted_value": gettext_lazy("What is expected to be spent within the next 12 months."),
    "next_order_on": gettext_lazy("The day around which the next order is expected."),
    "recommended": gettext_lazy("The names of the first three products to recommend."),
}


class PairForm(forms.Form):
    """Which segment is to be kept where."""

    segment = forms.ModelChoiceField(
        label=gettext_lazy("Segment"),
        queryset=Segment.objects.none(),
        empty_label=gettext_lazy("Choose a segment"),
        widget=forms.Select(INPUT),
    )
    connection = forms.ModelChoiceField(
        label=gettext_lazy("Connection"),
        queryset=Connection.objects.none(),
        empty_label=gettext_lazy("Choose a connection"),
        widget=forms.Select(INPUT),
    )

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        segments = cast("forms.ModelChoiceField", self.fields["segment"])
        segments.queryset = Segment.objects.filter(is_archived=False).order_by("name")
        connections = cast("forms.ModelChoiceField", self.fields["connection"])
        connections.queryset = Connection.objects.order_by("name")
        self.existing: Audience | None = None

    def clean(self) -> dict[str, object]:
        """Refuse a second living audience of the same segment at the same connection."""
        cleaned = super().clean() or {}
        if cleaned.get("segment") and cleaned.get("connection"):
            living = Audience.objects.exclude(state=AudienceState.ENDED)
            self.existing = living.filter(
                segment=cleaned["segment"], connection=cleaned["connection"]
            ).first()
        if self.existing is not None:
            raise forms.ValidationError(
                _("This segment is kept at this connection already, as “%(name)s”."),
                params={"name": self.existing.outside_name},
            )
        return cleaned


class AudienceForm(forms.ModelForm):
    """The settings of an audience. Once it was made over there, its name is fixed.

    `name_warnings` say which words of the name ad platforms may flag; it is then to be confirmed.
    """

    keeps_name = forms.BooleanField(
        label=gettext_lazy("Use this name all the same"), required=False
    )
    profile_fields = forms.MultipleChoiceField(
        label=gettext_lazy("Extra profile fields"),
        required=False,
        choices=[(one.key, one.label) for one in PROFILE_FIELDS.values()],
    )

    class Meta:
        model = Audience
        fields = (
            "outside_name",
            "schedule",
            "daily_at",
            "holdout_percent",
            "brake_percent",
            "profile_fields",
        )
        labels = {
            "outside_name": gettext_lazy("Name over there"),
            "schedule": gettext_lazy("Brought up to date"),
            "daily_at": gettext_lazy("Time of day"),
            "holdout_percent": gettext_lazy("Kept out to compare with (%)"),
            "brake_percent": gettext_lazy("Removal brake (%)"),
        }
        widgets = {
            "outside_name": forms.TextInput(INPUT | {"autocomplete": "off"}),
            "schedule": forms.Select(INPUT),
            "daily_at": forms.TimeInput(INPUT | {"type": "time"}, format="%H:%M"),
            "holdout_percent": forms.NumberInput(INPUT | {"min": 0, "max": LARGEST_HOLDOUT}),
            "brake_percent": forms.NumberInput(INPUT | {"min": 1, "max": 100}),
        }

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.destination = declared(self.instance.connection)
        self.name_warnings: list[str] = []
        texts = {
            "outside_name": _(
                "The service and whoever works with it reads this name. Say nothing about the "
                "people in it."
            ),
            "daily_at": _("In the time zone of the shop."),
            "holdout_percent": _(
                "A share of 0 to 50 % who are not reached, always the same people, so that you "
                "can see what reaching the others brings."
            ),
            "brake_percent": _(
                "A run that would take out more than this share of the people there stops and "
                "asks first. 100 never asks."
            ),
        }
        for name, text in texts.items():
            self.fields[name].help_text = text
        if not self.destination.takes_fields:
            del self.fields["profile_fields"]
        if self.instance.remote_id:
            self.fields["outside_name"].disabled = True
            self.fields["outside_name"].help_text = _(
                "It has been made over there under this name, so it can no longer be changed."
            )

    def clean_outside_name(self) -> str:
        """Refuse the segment's own name, and a name that another audience there has."""
        if self.fields["outside_name"].disabled:
            return self.instance.outside_name
        name = tidy(self.cleaned_data["outside_name"])
        segment = self.instance.segment
        if segment is not None and is_own_name(name, segment.name):
            raise forms.ValidationError(
                _("This is the name of the segment, which stays in the house. Choose another one.")
            )
        others = Audience.objects.filter(connection=self.instance.connection, outside_name=name)
        if others.exclude(pk=self.instance.pk).exists():
            raise forms.ValidationError(
                _("Another audience of this connection has this name. Choose another one.")
            )
        if name != self.instance.outside_name or self.instance.pk is None:
            self.name_warnings = warnings(name)
        return name

    def clean_brake_percent(self) -> int:
        """Refuse what would stop every run."""
        percent: int = self.cleaned_data["brake_percent"]
        if not 1 <= percent <= 100:
            raise forms.ValidationError(_("Write a share from 1 to 100."))
        return percent

    def clean_holdout_percent(self) -> int:
        """Refuse to keep out more than half."""
        percent: int = self.cleaned_data["holdout_percent"]
        if percent > LARGEST_HOLDOUT:
            raise forms.ValidationError(_("Write a share from 0 to 50."))
        return percent

    def clean(self) -> dict[str, object]:
        """Ask for the time of day where one is needed, and whether a flagged name is meant."""
        cleaned = super().clean() or {}
        if self.name_warnings and not cleaned.get("keeps_name"):
            hint = _("Ad platforms may block the audience. Choose another name, or tick the box.")
            self.add_error("outside_name", forms.ValidationError([*self.name_warnings, hint]))
        if cleaned.get("schedule") == Schedule.DAILY and not cleaned.get("daily_at"):
            self.add_error("daily_at", _("Say at what time of the day."))
        return cleaned

    def field_choices(self) -> list[tuple[str, StrOrPromise, StrOrPromise, bool]]:
        """Return key, label, meaning of each extra field, and whether it is chosen."""
        if "profile_fields" not in self.fields:
            return []
        chosen = self["profile_fields"].value() or []
        return [
            (one.key, one.label, MEANINGS.get(one.key, ""), one.key in chosen)
            for one in PROFILE_FIELDS.values()
        ]


class LookalikeForm(forms.Form):
    """A lookalike to be made: where, and how large."""

    country = forms.ChoiceField(
        label=gettext_lazy("Country"),
        choices=lambda: [("", _("Choose a country")), *countries],
        widget=forms.Select(INPUT),
        error_messages={"required": gettext_lazy("Choose the country to find people in.")},
    )
    percent = forms.IntegerField(
        label=gettext_lazy("Share of the country's people (%)"),
        min_value=1,
        max_value=20,
        initial=1,
        help_text=gettext_lazy("1 finds those most alike; 20 finds more people, less alike."),
        widget=forms.NumberInput(INPUT),
    )
