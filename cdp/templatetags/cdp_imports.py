"""What the importer made of a cell, as the preview shows it."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from django import template
from django.utils import formats
from django.utils.translation import gettext as _

from cdp.ingest.records import FIELD_PREFIX
from cdp.ingest.words import FIELD_WORDS
from cdp.templatetags.cdp_pages import NOTHING, day, moment

register = template.Library()


@register.filter
def understood(value: object) -> str:
    """Return a value that was read from a cell in words; a dash for nothing."""
    if value is None:
        return NOTHING
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, datetime):
        return moment(value)
    if isinstance(value, date):
        return day(value)
    if isinstance(value, Decimal):
        exponent = value.as_tuple().exponent
        decimals = max(-exponent, 2) if isinstance(exponent, int) and exponent < 0 else 0
        return formats.number_format(value, decimals, force_grouping=True)
    if isinstance(value, int):
        return formats.number_format(value, force_grouping=True)
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    return str(value)


@register.filter
def delimiter_words(sign: str) -> str:
    """Return what separates the cells, in words."""
    words = {",": _("comma"), ";": _("semicolon"), "\t": _("tab"), "|": _("bar")}
    return words.get(sign, sign)


@register.filter
def field_words(stored: str) -> str:
    """Return what a field is called that a column is taken for."""
    name = stored.partition("|")[0]
    prefix, colon, key = name.partition(":")
    if not colon:
        return str(FIELD_WORDS.get(name, name))
    if f"{prefix}:" == FIELD_PREFIX:
        return _("custom field %(name)s") % {"name": key}
    return key
