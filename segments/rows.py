"""Condition rows understood: from what is stored or written to criterion, operator and values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q
from django.utils.translation import gettext

from cdp.exceptions import RegularsError
from segments.criteria import Criterion, criteria
from segments.criteria.operators import Operator
from segments.criteria.params import REFERENCE, Params
from segments.exceptions import ConditionError
from segments.models import Condition, Segment
from segments.spelling import suggest


@dataclass(frozen=True)
class Row:
    """A condition row understood: criterion, operator, clean parameters, perhaps negated."""

    criterion: Criterion
    operator: Operator
    params: Params
    is_negated: bool = False

    def q(self, *, now: datetime) -> Q:
        """Return the row as Q; negated it is the complement, customers without value included."""
        asked = self.criterion.q(self.operator, self.params, now=now)
        return ~asked if self.is_negated else asked

    def unknown(self, *, now: datetime) -> Q | None:
        """Return the customers without the value asked for, or None if everybody has one."""
        return self.criterion.unknown(self.operator, self.params, now=now)

    @property
    def depends_on_day(self) -> bool:
        """Whether the answer may change at midnight without any new fact."""
        return self.criterion.depends_on_day(self.operator, self.params)

    def describe(self, *, currency: str = "") -> str:
        """Return the row as a sentence without full stop, in the active language."""
        said = self.criterion.describe(self.operator, self.params, currency=currency)
        return gettext("not (%(said)s)") % {"said": said} if self.is_negated else said

    def notices(self) -> list[str]:
        """Return what is worth knowing about the values, such as names that do not exist yet."""
        return self.criterion.notices(self.operator, self.params)

    def track_record(self) -> list[str]:
        """Return how well a predicted answer did when it was last tested, as sentences."""
        return self.criterion.track_record(self.operator, self.params)


def row_of(
    criterion: str, operator: str, values: Mapping[str, object], *, is_negated: bool = False
) -> Row:
    """Return the row behind keys and raw values; raise `ConditionError` saying what is wrong."""
    if criterion not in criteria:
        raise ConditionError(
            gettext("There is no criterion “%(name)s”.") % {"name": criterion},
            hint=suggest(criterion, [entry.key for entry in criteria]),
        )
    found = criteria.get(criterion)
    asked = found.operator(operator)
    return Row(found, asked, found.clean(asked, values), is_negated)


def understand(condition: Condition) -> Row:
    """Return the row behind a stored condition; raise `ConditionError` naming what is wrong.

    A segment asked for has the name it has now. One that is gone is an error: its row, negated,
    would hold for everybody.
    """
    values = dict(condition.parameters) if isinstance(condition.parameters, dict) else {}
    try:
        if _refers(condition):
            values[REFERENCE] = _name_of(condition.referenced_segment)
        return row_of(
            condition.criterion, condition.operator, values, is_negated=condition.is_negated
        )
    except RegularsError as error:
        raise ConditionError(
            gettext("Condition %(position)s (%(criterion)s): %(problem)s")
            % {
                "position": condition.position,
                "criterion": condition.criterion,
                "problem": error.message,
            },
            hint=error.hint,
        ) from error


def _refers(condition: Condition) -> bool:
    return condition.criterion in criteria and criteria.get(condition.criterion).refers_to_segments


def _name_of(segment: Segment | None) -> str:
    if segment is None:
        raise ConditionError(
            gettext("The segment asked for does not exist."),
            hint=gettext("Choose another one, or remove the condition."),
        )
    return segment.name
