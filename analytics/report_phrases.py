"""How counts and shares of a report are written: as many decimals as they need, never a false 0."""

from __future__ import annotations

from django.utils import formats
from django.utils.translation import gettext as _

from analytics.charts.scale import figure


def amount(value: float) -> str:
    """Return a count that was scaled: whole from 3 on, else with one decimal."""
    if 0 < value < 0.05:
        return _("fewer than %(number)s") % {"number": formats.number_format(0.1, 1)}
    is_whole = value >= 3 or float(value).is_integer()
    return figure(round(value)) if is_whole else formats.number_format(round(value, 1), 1)


def percent(share: float) -> str:
    """Return a share as percent: whole from 10 % on, else with one decimal, below 1 % with two."""
    value = 100 * float(share)
    decimals = 0 if value >= 9.95 else 1 if value >= 0.995 else 2
    shown = round(value, decimals)
    if shown.is_integer():
        decimals = 0
    return f"{formats.number_format(shown, decimals)} %"


def points(error: float) -> str:
    """Return a distance in percentage points with as many decimals as it needs."""
    distance = 100 * error
    decimals = 1 if distance >= 0.1 else 2 if distance >= 0.01 else 3
    return str(formats.number_format(round(distance, decimals), decimals))


def decimal(value: float) -> str:
    """Return a figure with one decimal."""
    return str(formats.number_format(round(value, 1), 1))
