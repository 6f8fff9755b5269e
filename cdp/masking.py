"""Who a customer is, for those who may see it; a number for everybody else."""

from __future__ import annotations

from django.utils.translation import gettext as _

from cdp.models import Customer

MASK = "•••"


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
