"""Facts of a customer in words: places, languages, numbers as they are, times of day."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from django import template
from django.utils import formats, timezone
from django.utils.translation import get_language_info

from cdp.countries import country_name

register = template.Library()
register.filter(country_name)


@register.filter
def clock(value: datetime) -> str:
    """Return the time of day in the shop's zone."""
    return formats.time_format(timezone.localtime(value), "TIME_FORMAT")


@register.filter
def language_name(code: str) -> str:
    """Return the name of a language, its code if it has none."""
    try:
        return str(get_language_info(code)["name_translated"])
    except KeyError:
        return code


@register.filter
def exact_number(value: Decimal) -> str:
    """Return a number with the decimals it has, no more."""
    is_whole = value == value.to_integral_value()
    shown = int(value) if is_whole else value.normalize()
    return formats.number_format(shown, force_grouping=True)
