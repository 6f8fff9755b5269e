"""The operator table: how a criterion may be asked, as immutable objects."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Text: TypeAlias = str | Promise


@dataclass(frozen=True)
class Operator:
    """One way of asking: `takes` names its values, `sentence` says it with {subject} and values.

    `depends_on_day` says that the answer changes by the calendar alone.
    """

    key: str
    label: Text
    sentence: Text
    takes: tuple[str, ...] = ()
    depends_on_day: bool = False

    def __str__(self) -> str:
        return self.key


# Numbers and money
AT_LEAST = Operator("at_least", _("is at least"), _("{subject} is at least {value}"), ("value",))
AT_MOST = Operator("at_most", _("is at most"), _("{subject} is at most {value}"), ("value",))
MORE_THAN = Operator(
    "more_than", _("is more than"), _("{subject} is more than {value}"), ("value",)
)
LESS_THAN = Operator(
    "less_than", _("is less than"), _("{subject} is less than {value}"), ("value",)
)
EQUALS = Operator("equals", _("is exactly"), _("{subject} is exactly {value}"), ("value",))
BETWEEN = Operator(
    "between",
    _("is between"),
    _("{subject} is between {low} and {high}"),
    ("low", "high"),
)
NUMBER = (AT_LEAST, AT_MOST, MORE_THAN, LESS_THAN, EQUALS, BETWEEN)
LOOKUPS = {
    "at_least": "gte",
    "at_most": "lte",
    "more_than": "gt",
    "less_than": "lt",
    "equals": "exact",
}

# Choices, text, yes/no
IS_ANY_OF = Operator("is_any_of", _("is"), _("{subject} is {values}"), ("values",))
CONTAINS = Operator("contains", _("contains"), _("{subject} contains {values}"), ("values",))
STARTS_WITH = Operator(
    "starts_with", _("starts with"), _("{subject} starts with {values}"), ("values",)
)
IS_KNOWN = Operator("is_known", _("is known"), _("{subject} is known"))
IS_UNKNOWN = Operator("is_unknown", _("is unknown"), _("{subject} is unknown"))
IS_YES = Operator("is_yes", _("yes"), _("{subject}: yes"))
IS_NO = Operator("is_no", _("no"), _("{subject}: no"))

# Moments, in the shop's local days
WITHIN_LAST = Operator(
    "within_last",
    _("was within the last"),
    _("{subject} was within the last {period}"),
    ("amount", "unit"),
    depends_on_day=True,
)
MORE_THAN_AGO = Operator(
    "more_than_ago",
    _("was more than … ago"),
    _("{subject} was more than {period} ago"),
    ("amount", "unit"),
    depends_on_day=True,
)
EXACTLY_AGO = Operator(
    "exactly_ago",
    _("was exactly … ago"),
    _("{subject} was exactly {period} ago"),
    ("amount", "unit"),
    depends_on_day=True,
)
ON_DAYS_BETWEEN = Operator(
    "on_days_between",
    _("was between"),
    _("{subject} was between {start} and {end}"),
    ("start", "end"),
)
BEFORE = Operator("before", _("was before"), _("{subject} was before {day}"), ("day",))
AFTER = Operator("after", _("was after"), _("{subject} was after {day}"), ("day",))
SINCE = Operator("since", _("was on or after"), _("{subject} was on or after {day}"), ("day",))
ANNIVERSARY = Operator(
    "anniversary_within",
    _("has its anniversary within the next"),
    _("{subject} has its anniversary within the next {days}"),
    ("days",),
    depends_on_day=True,
)
WITHIN_NEXT = Operator(
    "within_next",
    _("is within the next"),
    _("{subject} is within the next {period}"),
    ("amount", "unit"),
    depends_on_day=True,
)
NEVER = Operator("never", _("never happened"), _("{subject} never happened"))
RELATIVE = (WITHIN_LAST, MORE_THAN_AGO, EXACTLY_AGO)
FIXED = (ON_DAYS_BETWEEN, BEFORE, AFTER, SINCE)
MOMENT = (*RELATIVE, *FIXED, ANNIVERSARY, NEVER)

UNITS = (
    ("days", _("days")),
    ("weeks", _("weeks")),
    ("months", _("months")),
    ("years", _("years")),
)

NAMED = (IS_ANY_OF, IS_KNOWN, IS_UNKNOWN)
