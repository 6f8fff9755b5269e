"""Forms for condition rows: every mistake is shown at the row it was made in."""

from __future__ import annotations

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.forms.models import BaseInlineFormSet
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget

from segments.criteria import criteria
from segments.criteria.params import REFERENCE
from segments.definitions import (
    Definition,
    RowDefinition,
    make_row,
    refers_to_segment,
    too_many,
)
from segments.exceptions import SegmentError
from segments.models import Condition, Segment
from segments.spelling import find, suggest
from segments.storing import refuse_circle


def criterion_choices() -> list[tuple[str, list[tuple[str, str]]]]:
    """Return the criteria under their groups."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for criterion in criteria:
        groups.setdefault(str(criterion.group), []).append((criterion.key, str(criterion.label)))
    return [("", [("", "—")]), *groups.items()]


def operator_choices() -> list[tuple[str, str]]:
    """Return every operator of any criterion once."""
    labels = {
        operator.key: str(operator.label)
        for criterion in criteria
        for operator in criterion.operators
    }
    return [("", "—"), *sorted(labels.items(), key=lambda choice: choice[1])]


class ConditionForm(forms.ModelForm):
    """One condition row; the criterion's own fields check its values."""

    criterion = forms.ChoiceField(
        label=_("criterion"), choices=criterion_choices, widget=UnfoldAdminSelectWidget
    )
    operator = forms.ChoiceField(
        label=_("operator"), choices=operator_choices, widget=UnfoldAdminSelectWidget
    )
    parameters = forms.JSONField(
        label=_("values"),
        required=False,
        initial=dict,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3, "cols": 50}),
        help_text=_('An object such as {"amount": 30, "unit": "days"} (docs/criteria.md).'),
    )

    class Meta:
        model = Condition
        fields = ("criterion", "operator", "parameters", "is_negated")

    row: RowDefinition | None = None

    def clean(self) -> dict[str, object]:
        """Check the row as a whole and take its values in their stored form."""
        data = super().clean() or self.cleaned_data
        values = data.get("parameters") or {}
        if not isinstance(values, dict):
            self.add_error("parameters", _("Write an object in braces, {…}."))
        if self.errors:
            return data
        try:
            row = make_row(
                data["criterion"],
                data["operator"],
                values,
                is_negated=bool(data.get("is_negated")),
            )
        except SegmentError as error:
            raise ValidationError(str(error)) from error
        data["parameters"] = self._with_segment(row)
        self.row = make_row(
            row.criterion, row.operator, data["parameters"], is_negated=row.is_negated
        )
        return data

    def _with_segment(self, row: RowDefinition) -> dict[str, object]:
        """Return the values with the segment's proper name; keep the segment beside them."""
        self.instance.referenced_segment = None
        if not refers_to_segment(row.criterion):
            return dict(row.values)
        names = list(Segment.objects.values_list("name", flat=True))
        name = find(row.segment, names)
        if name is None:
            problem = _("There is no segment “%(name)s”. %(hint)s")
            hint = suggest(row.segment, names)
            raise ValidationError(problem, params={"name": row.segment, "hint": hint})
        self.instance.referenced_segment = Segment.objects.get(name=name)
        return {**row.values, REFERENCE: name}


class ConditionFormSet(BaseInlineFormSet):
    """The rows of a segment: not too many, and no circle of segments."""

    def clean(self) -> None:
        """Check what no single row can see."""
        super().clean()
        if any(self.errors):
            return
        kept = [form for form in self.forms if form not in self.deleted_forms]
        rows = [row for form in kept if (row := getattr(form, "row", None)) is not None]
        if len(rows) > settings.SEGMENT_MAX_CONDITIONS:
            raise ValidationError(too_many(len(rows)))
        stored = Segment.objects.filter(pk=self.instance.pk).first()
        name = self.instance.name if stored is None else stored.name
        excluded = self.instance.excluded_segment
        try:
            refuse_circle(
                Definition(name, tuple(rows), excluded="" if excluded is None else excluded.name)
            )
        except SegmentError as error:
            raise ValidationError(str(error)) from error

    def save_new(self, form: forms.ModelForm, commit: bool = True) -> Condition:
        """Put a new row behind the others."""
        if not form.instance.position:
            taken = [other.instance.position or 0 for other in self.forms]
            form.instance.position = max(taken, default=0) + 1
        saved: Condition = super().save_new(form, commit=commit)
        return saved
