"""Numbers and alternatives as people write them, in the active language."""

from __future__ import annotations

from decimal import Decimal

from django.utils import formats
from django.utils.translation import gettext


def either(items: list[str]) -> str:
    """Return "a, b or c" in the active language."""
    if len(items) < 2:
        return "".join(items)
    return gettext("%(list)s or %(last)s") % {"list": ", ".join(items[:-1]), "last": items[-1]}


def number_words(value: Decimal | int) -> str:
    """Return a number in the active language, without needless decimals."""
    exact = Decimal(value)
    is_whole = exact == exact.to_integral_value()
    return formats.number_format(int(exact) if is_whole else exact.normalize())


def figure_words(value: Decimal | int) -> str:
    """Return a figure in the active language: separators, two decimals at most."""
    exact = round(Decimal(value), 2)
    is_whole = exact == exact.to_integral_value()
    return formats.number_format(int(exact) if is_whole else exact, force_grouping=True)


def percent_words(percent: Decimal | int) -> str:
    """Return a percentage; a sign would depend on the language."""
    return gettext("%(number)s percent") % {"number": number_words(percent)}


def share_words(share: Decimal | float) -> str:
    """Return a share of 0 to 1 as percentage."""
    return percent_words(round(Decimal(str(share)) * 100, 1))
