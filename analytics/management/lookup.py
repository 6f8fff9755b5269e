"""Finding the customer whom a command line names."""

from __future__ import annotations

from django.core.management.base import CommandError
from django.db.models import Q, QuerySet

from cdp.exceptions import RegularsError
from cdp.ingest.values import parse_email
from cdp.models import Customer, CustomerIdentity


def customer_named(name: str) -> Customer:
    """Return the customer with this e-mail address, id of the shop or #number.

    Refuses with a sentence that repeats no e-mail address.
    """
    wanted = name.strip()
    is_email = "@" in wanted
    for candidates in _candidates(wanted, is_email=is_email):
        found = list(candidates[:2])
        if len(found) > 1:
            sources = ", ".join(sorted({customer.source for customer in found}))
            raise CommandError(
                f"Several customers have this id (sources: {sources}). Use the e-mail address or "
                "the number: " + ", ".join(f"#{customer.pk}" for customer in found) + "."
            )
        if found:
            return found[0]
    what = "e-mail address" if is_email else "id"
    raise CommandError(
        f"No customer has this {what}. Look for spelling mistakes; erased customers are not shown."
    )


def _candidates(wanted: str, *, is_email: bool) -> list[QuerySet[Customer]]:
    customers = Customer.objects.present().order_by("pk")
    if is_email:
        try:
            email = parse_email(wanted)
        except (RegularsError, ValueError):
            return []
        known = CustomerIdentity.objects.filter(kind=CustomerIdentity.Kind.EMAIL, value=email)
        return [customers.filter(email=email), customers.filter(pk__in=known.values("customer"))]
    known = CustomerIdentity.objects.filter(kind=CustomerIdentity.Kind.EXTERNAL_ID, value=wanted)
    by_id = customers.filter(Q(external_id=wanted) | Q(pk__in=known.values("customer")))
    number = wanted.removeprefix("#")
    if not (number.isascii() and number.isdigit() and len(number) < 19):
        return [by_id]
    by_number = customers.filter(pk=int(number))
    return [by_number] if wanted.startswith("#") else [by_id, by_number]
