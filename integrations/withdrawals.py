"""Unsubscribes come home: what somebody told a service counts as if they had told the shop."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from cdp.ingest import consent_events
from cdp.ingest.changes import Changes
from cdp.ingest.consent_events import Statement
from cdp.ingest.values import BadValue, parse_email
from cdp.models import Channel, Consent, ConsentChoice, Customer, CustomerIdentity, Purpose
from integrations.destinations import destinations
from integrations.destinations.base import Withdrawal
from integrations.models import Connection

logger = logging.getLogger(__name__)


@transaction.atomic
def take_withdrawals(
    connection: Connection, found: Iterable[Withdrawal], *, now: datetime
) -> set[int]:
    """Store who withdrew consent to e-mail at a service; return the customers for whom that is new.

    Passed over are people the shop does not know, customers who have withdrawn already, and whoever
    granted consent again after they had unsubscribed over there. Nothing is ever granted here.
    """
    moments = _latest(found, now=now)
    customers = _customers_with(moments)
    settled = {
        customer_id: (state == ConsentChoice.WITHDRAWN, since)
        for customer_id, state, since in Consent.objects.filter(
            customer__in=customers, purpose=Purpose.EMAIL, channel=Channel.EMAIL
        ).values_list("customer_id", "state", "since")
    }
    proof = _("Unsubscribed at %(service)s.") % {
        "service": destinations.get(connection.destination).label
    }
    statements = []
    for customer_id, occurred_at in customers.items():
        has_withdrawn, since = settled.get(customer_id, (False, occurred_at))
        if not has_withdrawn and since <= occurred_at:
            statements.append(
                Statement(
                    customer_id, Purpose.EMAIL, Channel.EMAIL, False, occurred_at, proof[:300]
                )
            )
    result = consent_events.record(statements, source=connection.destination)
    taken = consent_events.customers_of(result.new)
    changes = Changes()
    changes.add_all(taken)
    changes.store(now=now)
    logger.info("connection=%s withdrawals=%s taken=%s", connection.pk, len(moments), len(taken))
    return taken


def _latest(found: Iterable[Withdrawal], *, now: datetime) -> dict[str, datetime]:
    """Return the last moment per address, spelled as the shop's; none in the future."""
    moments: dict[str, datetime] = {}
    for one in found:
        try:
            address = parse_email(one.email)
        except BadValue:
            continue  # Nobody has it: the shop's addresses passed the same test.
        moment = min(one.occurred_at, now)
        moments[address] = max(moments.get(address, moment), moment)
    return moments


def _customers_with(moments: Mapping[str, datetime]) -> dict[int, datetime]:
    """Return the customers with these addresses and their moments, in two queries.

    An address that somebody had before counts too, unless it is somebody else's now: letters may
    still have gone there.
    """
    present = Customer.objects.present().filter(email__in=moments)
    owners = {address: {pk} for pk, address in present.values_list("pk", "email")}
    known = CustomerIdentity.objects.filter(
        kind=CustomerIdentity.Kind.EMAIL, value__in=moments, customer__erased_at__isnull=True
    )
    former = []
    for address, customer_id, is_former in known.values_list("value", "customer_id", "is_former"):
        if is_former:
            former.append((address, customer_id))
        else:
            owners.setdefault(address, set()).add(customer_id)
    taken = set(owners)
    for address, customer_id in former:
        if address not in taken:
            owners.setdefault(address, set()).add(customer_id)
    customers: dict[int, datetime] = {}
    for address, ids in owners.items():
        for pk in ids:
            customers[pk] = max(customers.get(pk, moments[address]), moments[address])
    return customers
