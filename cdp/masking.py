"""Who a customer is, for those who may see it; a number for everybody else."""

from __future__ import annotations

import re

from django.utils.translation import gettext as _

from cdp.models import Customer

MASK = "•••"
CONTACT_IN_TEXT = re.compile(r"@|%40|(?:\d[\s().-]*){7,}")


def face(customer: Customer, *, may_see_contact: bool) -> str:
    """Return the customer's name, else e-mail, else external id; only a number without the right
    `cdp.view_contact_data`.
    """
    if may_see_contact:
        return str(customer)
    return _("Customer %(number)s") % {"number": customer.pk}


def contact(text: str, *, may_see_contact: bool) -> str:
    """Return contact data (name, e-mail, phone, postal code, street), masked without the right."""
    return text if may_see_contact or not text else MASK


def free_text(text: str, *, may_see_contact: bool) -> str:
    """Return what somebody wrote freely, masked without the right where it looks like an address
    or a phone number.
    """
    return MASK if not may_see_contact and CONTACT_IN_TEXT.search(text) else text
