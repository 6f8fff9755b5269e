"""What is kept of a person: what they were sent as, and a hash of all that was sent."""

from __future__ import annotations

import json
from dataclasses import replace
from hashlib import blake2b

from integrations.destinations import Destination
from integrations.identity.people import Person
from integrations.identity.profile_fields import steady
from integrations.models import AudienceMember


def digest_of(destination: Destination, person: Person) -> str:
    """Return a hash that is equal as long as nothing worth sending has changed of the person."""
    known = replace(person, fields=steady(person.fields))
    outline = json.dumps(destination.outline(known), sort_keys=True, default=str)
    return blake2b(outline.encode(), digest_size=16).hexdigest()


def traces_of(destination: Destination, person: Person) -> dict[str, list[str]]:
    """Return what a person can be taken out by later."""
    kept = destination.traces(person)
    return {"emails": list(kept.emails), "phones": list(kept.phones)}


def as_sent(member: AudienceMember) -> Person:
    """Return the person as they were sent, to take them out."""
    return Person(
        id=member.person_id,
        emails=tuple(member.sent.get("emails", ())),
        phones=tuple(member.sent.get("phones", ())),
        remote_id=member.remote_id,
    )
