"""Identifiers as ad platforms take them: normalised, then hashed once, never empty."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from hashlib import md5, sha256

from integrations.identity import normalising
from integrations.identity.people import Person

_HASH = re.compile(r"[0-9a-fA-F]{64}")
_EMPTY = sha256(b"").hexdigest()
# So many identifiers of one person does Google take.
GOOGLE_IDENTIFIERS = 10

GoogleIdentifier = dict[str, str | dict[str, str]]


def hashed(text: str, normalise: Callable[[str], str]) -> str:
    """Return the SHA-256 of the normalised text in small hexadecimal letters.

    Text that is a hash already comes back as it is; nothing usable gives an empty string.
    """
    if len(text) == 64 and _HASH.fullmatch(text):
        found = text.lower()
        return "" if found == _EMPTY else found
    normal = normalise(text) if text else ""
    return sha256(normal.encode()).hexdigest() if normal else ""


@lru_cache(maxsize=16_384)
def _hashed_often(text: str, normalise: Callable[[str], str]) -> str:
    """Remember the hashes of texts that thousands of people share."""
    return hashed(text, normalise)


def subscriber_hash(email: str) -> str:
    """Return Mailchimp's id of an address: the MD5 of it trimmed and in small letters."""
    return md5(normalising.email(email).encode(), usedforsecurity=False).hexdigest()


def google_identifiers(person: Person) -> list[GoogleIdentifier]:
    """Return the identifiers of one member for Google, at most ten; an empty list drops the person.

    Addresses and numbers each stand alone; name, country and postal code make one more, if all
    four are known.
    """
    found: list[GoogleIdentifier] = []
    for email in person.emails:
        digest = hashed(email, normalising.google_email)
        if digest:
            found.append({"emailAddress": digest})
    for phone in person.phones:
        digest = hashed(phone, normalising.e164)
        if digest:
            found.append({"phoneNumber": digest})
    found = found[: GOOGLE_IDENTIFIERS - 1]
    if person.first_name and person.last_name and person.country and person.postal_code:
        region = normalising.google_region(person.country)
        postal_code = normalising.google_postal_code(person.postal_code)
        given = _hashed_often(person.first_name, normalising.google_given_name)
        family = hashed(person.last_name, normalising.google_family_name)
        if region and postal_code and given and family:
            found.append(
                {
                    "address": {
                        "givenName": given,
                        "familyName": family,
                        "regionCode": region,
                        "postalCode": postal_code,
                    }
                }
            )
    return found


# The columns of every upload to Meta, always in this order.
META_COLUMNS = ("EXTERN_ID", "EMAIL", "PHONE", "FN", "LN", "CT", "ST", "ZIP", "COUNTRY")


def meta_row(person: Person, *, is_named: bool = True) -> list[str] | None:
    """Return one row of an upload to Meta in the order of `META_COLUMNS`, None to drop the person.

    Unknown cells are empty. Without `is_named` only our id, address and number are filled, which
    is all that a removal needs.
    """
    email = hashed(person.email, normalising.email)
    phone = hashed(person.phone, normalising.meta_phone)
    if not email and not phone:
        return None
    row = [normalising.plain_id(person.id), email, phone]
    if not is_named:
        return row + [""] * (len(META_COLUMNS) - len(row))
    state = normalising.meta_state(person.region, person.country)
    return [
        *row,
        _hashed_often(person.first_name, normalising.meta_name),
        hashed(person.last_name, normalising.meta_name),
        _hashed_often(person.city, normalising.meta_city),
        _hashed_often(state, normalising.plain_id),
        _hashed_often(person.postal_code, normalising.meta_zip),
        _hashed_often(person.country, normalising.meta_country),
    ]
