"""How the builder shows its rows: the draft beside the fields that change it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.conf import settings
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from segments.criteria import Criterion, criteria
from segments.criteria.base import (
    ACTIVITY,
    CARTS,
    CLASSIFICATION,
    CONSENT,
    ORDERS,
    PREDICTIONS,
    PRODUCTS,
    PROFILE,
    SEGMENTS,
)
from segments.criteria.custom_fields import CustomField
from segments.drafting.drafts import Draft, DraftRow
from segments.drafting.presets import Preset, presets
from segments.drafting.preview import RowFigures
from segments.views.builder.inputs import TUCKED, WINDOW, Input, Offer, inputs_of

# As a marketer looks for them: what was bought first, how the machine sorts it last.
GROUPS = (
    ORDERS,
    PRODUCTS,
    PREDICTIONS,
    CLASSIFICATION,
    PROFILE,
    CONSENT,
    CARTS,
    ACTIVITY,
    SEGMENTS,
)


@dataclass(frozen=True)
class Group:
    """Criteria under the name of their group; custom fields come after what every shop has."""

    name: str
    criteria: tuple[Criterion, ...]


def groups() -> list[Group]:
    """Return all criteria as the picker lists them."""
    in_order = sorted(criteria, key=lambda one: isinstance(one, CustomField))
    return [
        Group(str(group), tuple(one for one in in_order if str(one.group) == str(group)))
        for group in GROUPS
    ]


@dataclass(frozen=True)
class Problem:
    """A mistake, and the id of the field it was made in."""

    place: str
    text: str


@dataclass(frozen=True)
class ShownRow:
    """A row with its fields. `position` counts from one as the rows stand now."""

    draft: DraftRow
    position: int
    inputs: tuple[Input, ...]
    presets: tuple[Preset, ...]
    figures: RowFigures | None = None
    is_checked: bool = False

    @property
    def prefix(self) -> str:
        """What the names of its fields begin with."""
        return f"c-{self.draft.number}"

    @property
    def is_broken(self) -> bool:
        """Whether this version does not know what it asks."""
        return bool(self.draft.criterion) and self.draft.asked is None

    @property
    def kept(self) -> str:
        """The values of a broken row, so that nothing is lost by looking at it."""
        return json.dumps(dict(self.draft.values), ensure_ascii=False)

    @property
    def has_window(self) -> bool:
        """Whether a period may be chosen."""
        return self.draft.asked is not None and self.draft.asked.has_window

    @property
    def line(self) -> list[Input]:
        """The inputs that continue the sentence: what the row cannot do without, and its unit."""
        return [one for one in self._open if not one.is_wide and self._is_spoken(one)]

    @property
    def wide(self) -> list[Input]:
        """The inputs that take the width of the row."""
        wide = [one for one in self._open if one.is_wide]
        return sorted(wide, key=lambda one: one.name.endswith("-keywords"))

    @property
    def rest(self) -> list[Input]:
        """Short inputs that may be left out."""
        return [one for one in self._open if not one.is_wide and not self._is_spoken(one)]

    @property
    def more(self) -> list[Input]:
        """The inputs that lie behind "More"."""
        return [one for one in self.inputs if self._lies_in(one, TUCKED)]

    @property
    def window(self) -> list[Input]:
        """The inputs of the period."""
        return [one for one in self.inputs if self._lies_in(one, self._window())]

    @property
    def is_open(self) -> bool:
        """Whether something behind "More" is filled in."""
        return any(one.value or one.chosen or one.error for one in self.more)

    @property
    def takes_days(self) -> str:
        """Which days the presets fill: "start end", "day day", "since until" or none."""
        names = {one.name.rpartition("-v-")[2] for one in self.inputs}
        for pair in (("start", "end"), ("day", "day"), ("since", "until")):
            if names.issuperset(pair):
                return " ".join(pair)
        return ""

    @property
    def row_error(self) -> str:
        """What is wrong with the row as a whole."""
        if self.draft.errors.get(""):
            return self.draft.errors[""]
        if self.is_checked and self.draft.is_empty:
            return gettext("Choose what to ask, or remove this condition.")
        asked = self.draft.asked
        if (
            self.is_checked
            and asked is not None
            and set(asked.needs_one_of) & {*self.draft.missing}
        ):
            labels = [one.label for one in self.inputs if self._lies_in(one, asked.needs_one_of)]
            return gettext("Fill in at least one of these: %(names)s.") % {
                "names": ", ".join(labels)
            }
        return ""

    @property
    def problems(self) -> list[Problem]:
        """Every mistake of the row with its place."""
        found = [Problem(f"id-{self.prefix}-criterion", self.row_error)] if self.row_error else []
        for one in self.inputs:
            if text := error_of(one, is_checked=self.is_checked):
                found.append(Problem(one.id, text))
        return found

    @property
    def is_limited(self) -> bool:
        """Whether a period is filled in."""
        return any((one.value and not one.is_unit) or one.error for one in self.window)

    @property
    def _open(self) -> list[Input]:
        return [one for one in self.inputs if not self._lies_in(one, (*self._window(), *TUCKED))]

    @staticmethod
    def _is_spoken(one: Input) -> bool:
        return one.is_required or one.is_unit

    def _window(self) -> tuple[str, ...]:
        return WINDOW if self.has_window else ()

    @staticmethod
    def _lies_in(one: Input, names: Sequence[str]) -> bool:
        return one.name.rpartition("-v-")[2] in names


def error_of(one: Input, *, is_checked: bool) -> str:
    """Return what is wrong with an input; a missing value only once the form was to be saved."""
    if one.error or not (is_checked and one.is_missing):
        return one.error
    return gettext("“%(label)s” is missing.") % {"label": one.label}


def shown_row(
    row: DraftRow, position: int, offer: Offer, *, today: date, is_checked: bool = False
) -> ShownRow:
    """Return a row for the template."""
    prefix = f"c-{row.number}"
    return ShownRow(
        row, position, tuple(inputs_of(row, prefix, offer)), tuple(presets(today)), None, is_checked
    )


def shown_rows(
    draft: Draft, offer: Offer, *, today: date, is_checked: bool = False
) -> list[ShownRow]:
    """Return the rows of a draft for the template."""
    return [
        shown_row(row, position, offer, today=today, is_checked=is_checked)
        for position, row in enumerate(draft.rows, start=1)
    ]


def used_words(count: int) -> str:
    """Return how many of the allowed rows there are."""
    return gettext("%(count)s of %(limit)s conditions used") % {
        "count": count,
        "limit": settings.SEGMENT_MAX_CONDITIONS,
    }


LIMIT_HELP = _(
    "An administrator can allow more with the setting SEGMENT_MAX_CONDITIONS. Several values in "
    "one condition count as one, and a condition can ask for another segment."
)
