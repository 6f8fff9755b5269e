"""What the record says about one customer beside what they did: identifiers, labels, consents."""

from __future__ import annotations

from dataclasses import dataclass

from cdp.models import (
    Consent,
    ConsentChoice,
    ConsentEvent,
    Customer,
    CustomerFieldValue,
    CustomerGroup,
    CustomerIdentity,
    CustomerTag,
    Purpose,
)

IDENTITIES_SHOWN = 50
CONSENT_EVENTS_SHOWN = 50


@dataclass(frozen=True)
class PurposeState:
    """What a customer said about a purpose: granted on any channel is granted, nothing said is
    not allowed.
    """

    purpose: Purpose
    channels: list[Consent]

    @property
    def is_granted(self) -> bool:
        """Whether the purpose is granted on some channel."""
        return any(consent.state == ConsentChoice.GRANTED for consent in self.channels)

    @property
    def is_withdrawn(self) -> bool:
        """Whether it was withdrawn and is granted on no channel."""
        return bool(self.channels) and not self.is_granted


@dataclass(frozen=True)
class Profile:
    """The facts of one customer; of what may be long, the latest."""

    identities: list[CustomerIdentity]
    tags: list[CustomerTag]
    groups: list[CustomerGroup]
    fields: list[CustomerFieldValue]
    consents: list[PurposeState]
    consent_events: list[ConsentEvent]


def profile(customer: Customer) -> Profile:
    """Return the facts of a customer."""
    identities = customer.identities.order_by("is_former", "kind", "source", "-first_seen_at")
    carried = CustomerTag.objects.filter(customer=customer).select_related("tag")
    values = customer.field_values.select_related("field").order_by("field__label")
    said = list(customer.consents.order_by("channel"))
    return Profile(
        identities=list(identities[:IDENTITIES_SHOWN]),
        tags=list(carried.order_by("tag__name")),
        groups=list(customer.groups.all()),
        fields=list(values),
        consents=[
            PurposeState(purpose, [consent for consent in said if consent.purpose == purpose])
            for purpose in Purpose
        ],
        consent_events=list(
            customer.consent_events.order_by("-occurred_at", "-pk")[:CONSENT_EVENTS_SHOWN]
        ),
    )
