"""Figures, money and moments as our pages show them: in the reader's language, the shop's zone."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from django import template
from django.utils import formats, timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cdp import masking
from cdp.models import Customer

register = template.Library()
NOTHING = "–"
Number = int | float | Decimal


@register.filter
def number(value: Number | None, decimals: int = 0) -> str:
    """Return a number with separators, rounded to `decimals`; a dash for None."""
    if value is None:
        return NOTHING
    return formats.number_format(
        round(Decimal(str(value)), decimals), decimals, force_grouping=True
    )


@register.filter
def money(value: Number | None, currency: str) -> str:
    """Return an amount with two decimals and its currency; a dash for None."""
    return NOTHING if value is None else f"{number(value, 2)} {currency}".strip()


@register.filter
def share(value: Number | None, decimals: int = 0) -> str:
    """Return a fraction as percent: 0.347 is 35 %."""
    return NOTHING if value is None else f"{number(float(value) * 100, decimals)} %"


@register.filter
def change(value: Number | None) -> str:
    """Return a relative change with its sign: 0.12 is +12 %, with a true minus below zero."""
    if value is None:
        return NOTHING
    percent = round(float(value) * 100)
    sign = "+" if percent > 0 else "−" if percent < 0 else "±"
    return f"{sign}{number(abs(percent))} %"


@register.filter
def day(value: date | datetime | None) -> str:
    """Return the day in the shop's zone, in words; a dash for None."""
    if value is None:
        return NOTHING
    if isinstance(value, datetime):
        value = timezone.localtime(value)
    return formats.date_format(value, "DATE_FORMAT")


@register.filter
def moment(value: datetime | None) -> str:
    """Return day and time in the shop's zone; a dash for None."""
    if value is None:
        return NOTHING
    return formats.date_format(timezone.localtime(value), "DATETIME_FORMAT")


@register.filter
def ago(value: datetime | None) -> str:
    """Return how long ago a moment is, in the largest unit that fits; a dash for None."""
    if value is None:
        return NOTHING
    minutes = int((timezone.now() - value).total_seconds() // 60)
    if minutes < 1:
        return _("just now")
    if minutes < 60:
        return ngettext("%(count)d minute ago", "%(count)d minutes ago", minutes) % {
            "count": minutes
        }
    if minutes < 60 * 48:
        hours = minutes // 60
        return ngettext("%(count)d hour ago", "%(count)d hours ago", hours) % {"count": hours}
    days = minutes // (60 * 24)
    return ngettext("%(count)d day ago", "%(count)d days ago", days) % {"count": days}


@register.filter
def file_size(value: int | None) -> str:
    """Return a size in bytes in the unit that fits; a dash for None."""
    if value is None:
        return NOTHING
    size, unit = float(value), "B"
    for unit in ("B", "kB", "MB", "GB"):
        if size < 1000 or unit == "GB":
            break
        size /= 1000
    return f"{number(size, 0 if unit == 'B' else 1)} {unit}"


@register.filter
def face(customer: Customer, may_see_contact: bool) -> str:
    """Return who a customer is: `{{ customer|face:perms.cdp.view_contact_data }}`."""
    return masking.face(customer, may_see_contact=bool(may_see_contact))


@register.filter
def contact(text: str, may_see_contact: bool) -> str:
    """Return contact data, masked for those who may not see it."""
    return masking.contact(text, may_see_contact=bool(may_see_contact))


@register.filter
def free_text(text: str, may_see_contact: bool) -> str:
    """Return free text, masked where it looks like contact data for those who may not see that."""
    return masking.free_text(text, may_see_contact=bool(may_see_contact))
