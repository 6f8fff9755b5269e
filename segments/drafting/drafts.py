"""A segment while somebody is making it: rows that may be unfinished or wrong, checked one by one.

The live result and saving read the same checked rows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext

from cdp.exceptions import RegularsError
from cdp.text import tidy
from segments.criteria import Criterion, criteria
from segments.criteria.base import ORDERED_PAIRS
from segments.criteria.operators import Operator
from segments.criteria.params import REFERENCE, Params
from segments.definitions import NAME_LENGTH, Definition, RowDefinition, make_row, too_many
from segments.exceptions import ConditionError
from segments.models import Match
from segments.rows import Row
from segments.spelling import suggest
from segments.storing import refuse_circle

_EMPTY: tuple[object, ...] = ("", None, [])
# What a value begins with where neither the criterion nor the person has said anything.
COMMON_START: Mapping[str, object] = {
    "amount": 30,
    "unit": "days",
    "days": 14,
    "horizon_days": "30",
    "strength": "high",
}


@dataclass(frozen=True)
class DraftRow:
    """A row as it was typed. `number` stays its own whatever happens to the rows around it.

    `segment_names` are those it may ask for.
    """

    number: int
    criterion: str = ""
    operator: str = ""
    values: Mapping[str, object] = field(default_factory=dict)
    is_negated: bool = False
    segment_names: Sequence[str] = ()

    @property
    def asked(self) -> Criterion | None:
        """The criterion, if there is one of this key."""
        return criteria.get(self.criterion) if self.criterion in criteria else None

    @property
    def how(self) -> Operator | None:
        """The operator, if the criterion has one of this key."""
        known = self.asked.operators if self.asked is not None else ()
        return next((operator for operator in known if operator.key == self.operator), None)

    @property
    def given(self) -> dict[str, object]:
        """The values that were given, only those that the row takes."""
        if self.asked is None or self.how is None:
            return {}
        taken = self.asked.fields(self.how)
        return {name: self.values[name] for name in taken if self.values.get(name) not in _EMPTY}

    @cached_property
    def missing(self) -> tuple[str, ...]:
        """The names of the values that the row cannot do without and lacks."""
        if self.asked is None or self.how is None:
            return ()
        lacking = tuple(
            name
            for name, taken in self.asked.fields(self.how).items()
            if taken.required and name not in self.given
        )
        one_of = self.asked.needs_one_of
        return lacking if any(name in self.given for name in one_of) else (*lacking, *one_of)

    @cached_property
    def errors(self) -> dict[str, str]:
        """What is wrong, by the name of the value; "" is the row as a whole."""
        if not self.criterion:
            return {}
        if self.asked is None:
            problem = gettext(
                "This condition cannot be used: “%(criterion)s” no longer exists. Choose what else "
                "to ask, or remove the condition."
            )
            return {"": problem % {"criterion": self.criterion}}
        if self.how is None:
            problem = gettext(
                "“%(criterion)s” cannot be asked with “%(operator)s”. Choose another one."
            )
            return {"": problem % {"criterion": self.asked.label, "operator": self.operator}}
        found: dict[str, str] = {}
        params: Params = {}
        for name, taken in self.asked.fields(self.how).items():
            if name not in self.given:
                continue
            try:
                params[name] = taken.clean(self.given[name])
            except ValidationError as error:
                found[name] = " ".join(error.messages).strip()
        if not found and not self.missing:
            found = self._contradictions(self.asked, self.how, params)
        return found

    def _contradictions(
        self, criterion: Criterion, operator: Operator, params: Params
    ) -> dict[str, str]:
        for low, high in ORDERED_PAIRS:
            if low in params and high in params and params[low] > params[high]:  # type: ignore[operator]
                return {high: gettext("This is less than the first value. Exchange the two.")}
        if problems := criterion.contradictions(operator, params):
            return {"": " ".join(problems)}
        wanted = params.get(REFERENCE)
        if wanted is not None and wanted not in self.segment_names:
            problem = gettext("There is no segment “%(name)s”.") % {"name": wanted}
            hint = suggest(str(wanted), self.segment_names)
            return {REFERENCE: f"{problem} {hint}".strip()}
        return {}

    @property
    def is_empty(self) -> bool:
        """Whether nothing has been chosen yet."""
        return not self.criterion

    @property
    def is_incomplete(self) -> bool:
        """Whether something has still to be filled in."""
        return self.is_empty or bool(self.missing)

    @cached_property
    def definition(self) -> RowDefinition | None:
        """The row in its stored form, None while it cannot be used."""
        if self.is_incomplete or self.errors:
            return None
        try:
            return make_row(self.criterion, self.operator, self.given, is_negated=self.is_negated)
        except ConditionError as error:
            self.errors[""] = str(error)
            return None

    @cached_property
    def understood(self) -> Row | None:
        """The row for the compiler, None while it cannot be used."""
        return None if self.definition is None else self.definition.understood


@dataclass(frozen=True)
class Draft:
    """A segment as it was typed. `stored_name` is the name it has had so far, empty for a new one.

    `excluded` names another segment.
    """

    name: str = ""
    note: str = ""
    is_starred: bool = False
    match: str = Match.ALL
    excluded: str = ""
    rows: tuple[DraftRow, ...] = ()
    stored_name: str = ""
    segment_names: Sequence[str] = ()

    @cached_property
    def usable(self) -> list[DraftRow]:
        """The rows that count: complete and without mistake."""
        return [row for row in self.rows if row.understood is not None]

    @property
    def understood(self) -> list[Row]:
        """The rows that count, for the compiler."""
        return [row.understood for row in self.usable if row.understood is not None]

    @property
    def definition(self) -> Definition:
        """What the rows that count define."""
        rows = tuple(row.definition for row in self.usable if row.definition is not None)
        name = tidy(self.name)
        return Definition(name, rows, self.match, self.excluded, self.note.strip())

    @cached_property
    def problem(self) -> str:
        """What is wrong with the segment as a whole, whatever its name; empty if nothing."""
        if len(self.rows) > settings.SEGMENT_MAX_CONDITIONS:
            return too_many(len(self.rows))
        if self.excluded and self.excluded not in self.segment_names:
            gone = gettext("There is no segment “%(name)s”.") % {"name": self.excluded}
            return f"{gone} {suggest(self.excluded, self.segment_names)}".strip()
        definition = self.definition
        if not definition.asks_for:
            return ""
        try:
            # A new segment is asked for by nobody: only its stored name can close a circle.
            known_as = self.stored_name or "\x00"
            refuse_circle(Definition(known_as, definition.rows, self.match, definition.excluded))
        except RegularsError as error:
            return str(error)
        return ""

    @property
    def name_problem(self) -> str:
        """What is wrong with the name itself; empty if nothing."""
        name = tidy(self.name)
        if not name:
            return gettext("Give the segment a name.")
        if len(name) > NAME_LENGTH or "\x00" in name:
            return gettext("The name is longer than %(limit)s characters. Shorten it.") % {
                "limit": NAME_LENGTH
            }
        return ""


def beginning(
    criterion: Criterion, operator: Operator | None
) -> tuple[Operator, dict[str, object]]:
    """Return how a new row of the criterion begins: with what it proposes, or with `operator`."""
    proposed, values = criterion.proposed or (criterion.operators[0], {})
    chosen = operator or proposed
    start = dict(values) if chosen is proposed else {}
    for name, taken in criterion.fields(chosen).items():
        if name in COMMON_START and (taken.required or name == "unit"):
            start.setdefault(name, COMMON_START[name])
    return chosen, start


def draft_rows(definition: Definition, segment_names: Sequence[str]) -> tuple[DraftRow, ...]:
    """Return the rows of a definition for changing them."""
    return tuple(
        DraftRow(
            number,
            row.criterion,
            row.operator,
            dict(row.values),
            row.is_negated,
            segment_names,
        )
        for number, row in enumerate(definition.rows, start=1)
    )
