"""People who share an identifier: taking one out at a service that matches by any takes both."""

from __future__ import annotations

from collections.abc import Sequence

from cdp.models import CustomerIdentity
from integrations.models import AudienceMember, MemberState
from integrations.sync.rows import AT_ONCE, slices_of
from integrations.sync.work import Work

_KINDS = (CustomerIdentity.Kind.EMAIL, CustomerIdentity.Kind.PHONE)


def send_sharers_again(work: Work, gone: Sequence[AudienceMember]) -> None:
    """Mark to be added whoever is in and shares an address or a number with somebody who is out.

    Only where people are matched by every identifier, as ad platforms do.
    """
    if not work.kind.is_hashed:
        return
    customers = [one.customer_id for one in gone if one.customer_id is not None]
    for start in range(0, len(customers), AT_ONCE):
        some = customers[start : start + AT_ONCE]
        shared = CustomerIdentity.objects.filter(customer__in=some, kind__in=_KINDS).values("value")
        others = CustomerIdentity.objects.filter(
            kind__in=_KINDS, is_former=False, value__in=shared
        ).exclude(customer__in=some)
        rows = work.audience.members.filter(
            state=MemberState.IN, batch__isnull=True, customer__in=others.values("customer")
        )
        for part in slices_of(work.audience, list(rows.values_list("pk", flat=True))):
            part.update(state=MemberState.PENDING_ADD, changed_at=work.now)
