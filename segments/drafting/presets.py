"""Days that people name rather than look up: today, last month, before last Christmas."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.translation import gettext

from cdp.periods import months_before


@dataclass(frozen=True)
class Preset:
    """A name for the days from `start` to `end`, both included."""

    label: str
    start: date
    end: date


def presets(today: date) -> list[Preset]:
    """Return the named days, seen from the shop's local day `today`."""
    yesterday = today - timedelta(days=1)
    month = today.replace(day=1)
    last_month = months_before(month, 1)
    year = today.replace(month=1, day=1)
    last_year = date(today.year - 1, 1, 1)
    christmas = today.year if today > date(today.year, 12, 24) else today.year - 1
    return [
        Preset(gettext("Today"), today, today),
        Preset(gettext("Yesterday"), yesterday, yesterday),
        Preset(gettext("This week"), today - timedelta(days=today.weekday()), today),
        Preset(gettext("This month"), month, today),
        Preset(gettext("Last month"), last_month, month - timedelta(days=1)),
        Preset(gettext("This year"), year, today),
        Preset(gettext("Last year"), last_year, year - timedelta(days=1)),
        Preset(
            gettext("Before Christmas %(year)s (1–24 December)") % {"year": christmas},
            date(christmas, 12, 1),
            date(christmas, 12, 24),
        ),
        Preset(
            gettext("Black week %(year)s") % {"year": _black_year(today)},
            *_black_week(_black_year(today)),
        ),
    ]


def _black_week(year: int) -> tuple[date, date]:
    """Return Monday to Sunday of the week of the fourth Thursday in November."""
    first = date(year, 11, 1)
    thursday = first + timedelta(days=(3 - first.weekday()) % 7 + 21)
    return thursday - timedelta(days=3), thursday + timedelta(days=3)


def _black_year(today: date) -> int:
    """Return the year of the last such week that is over."""
    return today.year if today > _black_week(today.year)[1] else today.year - 1
