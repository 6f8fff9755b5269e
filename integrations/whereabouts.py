"""Whether a person is in an audience: found by address, number or shop id; if not, why not."""

from __future__ import annotations

import re
from dataclasses import dataclass

from django.db.models import Q
from django.utils.translation import gettext as _

from cdp.ingest.values import BadValue, parse_email, parse_phone
from cdp.models import ConsentFlag, Customer, CustomerIdentity, Purpose
from integrations.audience_words import Standing, member_standing
from integrations.connecting.connections import declared
from integrations.models import Audience, AudienceMember
from integrations.reach import consent_column
from integrations.wanted import held_out, wanted
from segments.models import Membership

MOST_PEOPLE = 5
_LONGEST = 254
_FEWEST_DIGITS = 6
_KINDS = CustomerIdentity.Kind


@dataclass(frozen=True)
class Whereabouts:
    """A customer, where they stand in an audience, and why they do not belong in (empty: they do).

    `member` is None for somebody who was never to be added.
    """

    customer: Customer
    member: AudienceMember | None
    standing: Standing
    reasons: tuple[str, ...]


def people_called(text: str) -> list[Customer]:
    """Return the customers with exactly this e-mail address, phone number, shop id or number of
    ours, present or former, the first few.
    """
    text = text.replace("\x00", "").strip()[:_LONGEST]
    if not text:
        return []
    identities = CustomerIdentity.objects.filter(_identified(text)).values("customer")
    found = Q(pk__in=identities) | Q(external_id=text)
    try:
        found |= Q(email=parse_email(text))
    except BadValue:
        found |= _numbered(text)
    return list(Customer.objects.filter(found).order_by("pk")[:MOST_PEOPLE])


def _identified(text: str) -> Q:
    found = Q(kind=_KINDS.EXTERNAL_ID, value=text)
    try:
        return found | Q(kind=_KINDS.EMAIL, value=parse_email(text))
    except BadValue:
        pass
    try:
        return found | Q(kind=_KINDS.PHONE, value=parse_phone(text, ""))
    except BadValue:
        return found


def _numbered(text: str) -> Q:
    """Return who has this number with us, or a phone number that ends so: written without code."""
    found = Q()
    if text.isdecimal() and len(text) < 19:
        found |= Q(pk=int(text))
    digits = re.sub(r"\D", "", text).lstrip("0")
    if len(digits) >= _FEWEST_DIGITS and re.fullmatch(r"[+()\d\s./-]+", text):
        found |= Q(phone__endswith=digits)
    return found or Q(pk__in=[])


def whereabouts_of(audience: Audience, customers: list[Customer]) -> list[Whereabouts]:
    """Return where these customers stand in the audience, in four queries for all of them."""
    keys = [customer.pk for customer in customers]
    members = {one.customer_id: one for one in audience.members.filter(customer__in=keys)}
    inside = set(wanted(audience).filter(pk__in=keys).values_list("pk", flat=True))
    kept_out = set(held_out(audience).filter(pk__in=keys).values_list("pk", flat=True))
    joined = Membership.objects.filter(segment=audience.segment_id, customer__in=keys)
    belonging = set(joined.values_list("customer_id", flat=True)) if audience.segment_id else set()
    found = []
    for customer in customers:
        member = members.get(customer.pk)
        reasons: list[str] = []
        if customer.pk not in inside:
            reasons = _reasons(
                audience,
                customer,
                is_member=customer.pk in belonging,
                is_held_out=customer.pk in kept_out,
            )
        found.append(Whereabouts(customer, member, _standing(member), tuple(reasons)))
    return found


def _standing(member: AudienceMember | None) -> Standing:
    if member is not None:
        return member_standing(member)
    return Standing(_("never sent"), "", _("This person has never been sent to this audience."))


def _reasons(
    audience: Audience, customer: Customer, *, is_member: bool, is_held_out: bool
) -> list[str]:
    if customer.erased_at is not None:
        return [_("This person's data were erased.")]
    if is_held_out:
        words = _("Kept out to compare with: one of the %(percent)s %% who are not reached.")
        return [words % {"percent": audience.holdout_percent}]
    found = []
    if audience.segment is None:
        found.append(_("The audience has no segment any more."))
    elif not is_member:
        words = _("Not a member of the segment “%(name)s”.")
        found.append(words % {"name": audience.segment.name})
    purpose = declared(audience.connection).purpose
    consent = getattr(customer, consent_column(audience))
    if consent == ConsentFlag.WITHDRAWN:
        words = _("Withdrew consent to %(purpose)s.")
        found.append(words % {"purpose": purpose.label})
    elif consent != ConsentFlag.GRANTED:
        words = _("There is no consent to %(purpose)s.")
        found.append(words % {"purpose": purpose.label})
    if purpose == Purpose.EMAIL and not customer.email:
        found.append(_("There is no e-mail address."))
    elif purpose == Purpose.SMS and not customer.phone:
        found.append(_("There is no phone number."))
    elif not customer.email and not customer.phone:
        found.append(_("There is no e-mail address and no phone number."))
    return found
