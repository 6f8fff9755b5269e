"""What is asked before customers are handed out: columns in their order, form, reader, end."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast
from zoneinfo import ZoneInfo

from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from cdp.models import User
from cdp.periods import local_day, start_of
from segments.handouts.export import Column
from segments.handouts.exporting import default_columns, default_dialect, offered_columns
from segments.models import ExportDialect, LinkFormat, SecretLink

NEVER, ON_A_DAY = "never", "day"


@dataclass(frozen=True)
class Choice:
    """A column that may be chosen."""

    column: Column
    is_chosen: bool


class ColumnsForm(forms.Form):
    """Columns of a file, in the order in which they are sent."""

    columns = forms.MultipleChoiceField(
        label=_("Columns"),
        error_messages={
            "required": _("Choose at least one column."),
            "invalid_choice": _(
                "There is no column “%(value)s”, or your role does not include it."
            ),
        },
    )

    def __init__(self, *args: object, user: User, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self._offered = offered_columns(user)
        self._usual = default_columns(user)
        field = cast("forms.MultipleChoiceField", self.fields["columns"])
        field.choices = [(column.key, str(column.label)) for column in self._offered]

    def choices(self) -> list[Choice]:
        """Return the columns, chosen ones first and in their order."""
        chosen = self._usual
        if self.is_bound:
            chosen = self.data.getlist("columns")  # type: ignore[attr-defined]
        places = {key: place for place, key in enumerate(chosen)}
        offered = sorted(
            self._offered, key=lambda column: places.get(column.key, len(self._offered))
        )
        return [Choice(column, column.key in places) for column in offered]


class ExportForm(ColumnsForm):
    """A file to be written."""

    dialect = forms.ChoiceField(label=_("Format"), choices=ExportDialect.choices)

    def __init__(self, *args: object, user: User, **kwargs: object) -> None:
        super().__init__(*args, user=user, **kwargs)
        self.fields["dialect"].initial = default_dialect(user)


class LinkForm(ColumnsForm):
    """A secret link to be made."""

    label = forms.CharField(
        label=_("Who is it for?"),
        max_length=80,
        help_text=_(
            "A person, agency or program. It tells your links apart; readers do not see it."
        ),
        widget=forms.TextInput(attrs={"class": "cdp-input", "autocomplete": "off"}),
    )
    format = forms.ChoiceField(label=_("Format"), choices=LinkFormat.choices)
    ends = forms.ChoiceField(
        label=_("Until when does it work?"),
        choices=[
            ("30", _("30 days")),
            ("90", _("90 days")),
            ("365", _("a year")),
            (ON_A_DAY, _("until the end of a day")),
            (NEVER, _("until it is revoked")),
        ],
        initial="90",
    )
    last_day = forms.DateField(
        label=_("Last day"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date", "class": "cdp-input"}, format="%Y-%m-%d"),
    )

    def __init__(
        self,
        *args: object,
        user: User,
        segment_id: int,
        zone: ZoneInfo,
        now: datetime,
        **kw: object,
    ) -> None:
        super().__init__(*args, user=user, **kw)
        self._segment_id, self._zone, self._now = segment_id, zone, now
        self.fields["format"].initial = LinkFormat.CSV

    def clean_label(self) -> str:
        """Refuse a second living link for the same reader: nobody could tell them apart."""
        label = str(self.cleaned_data["label"])
        living = SecretLink.objects.filter(
            Q(expires_at__isnull=True) | Q(expires_at__gt=self._now),
            segment_id=self._segment_id,
            label__iexact=label,
            revoked_at__isnull=True,
        )
        if living.exists():
            raise forms.ValidationError(
                _(
                    "This segment has a link for “%(label)s” already. Rotate or revoke that one, "
                    "or say for whom this one is."
                ),
                params={"label": label},
            )
        return label

    def clean(self) -> dict[str, object]:
        """Ask for the day where one is needed."""
        cleaned = super().clean() or {}
        day = cleaned.get("last_day")
        if cleaned.get("ends") == ON_A_DAY and "last_day" not in self.errors:
            if day is None:
                self.add_error("last_day", _("Say until the end of which day the link works."))
            elif day < local_day(self._now, self._zone):
                self.add_error("last_day", _("This day has passed. Choose today or a later day."))
        return cleaned

    def expires_at(self) -> datetime | None:
        """Return the moment at which the link ends, if it does: the end of a day of the shop."""
        ends = self.cleaned_data["ends"]
        if ends == NEVER:
            return None
        day = self.cleaned_data["last_day"]
        if ends != ON_A_DAY:
            day = local_day(self._now, self._zone) + timedelta(days=int(ends))
        return start_of(day + timedelta(days=1), self._zone)
