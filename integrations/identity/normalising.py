"""Identifiers in the one spelling that each service compares, empty where nothing usable is left.

The spellings differ between services for the same person; `tests/integrations/test_normalising.py`
holds examples of each.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

import phonenumbers
from phonenumbers import PhoneNumberFormat

_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_NOT_DIGITS = re.compile(r"[^0-9]")
_TITLE = re.compile(r"^(?:mr|mrs|ms|miss|dr|prof)\.?\s+(?=\S)")
_SUFFIX = re.compile(r"(?<=\S)[\s,]+(?:jr|sr|ii|iii|iv|phd|md)\.?$")
_US_ZIP = re.compile(r"(\d{5})-?\d{4}")
_GMAIL = ("gmail.com", "googlemail.com")
_LONGEST_ADDRESS = 254
_US_STATES = {
    "alabama": "al", "alaska": "ak", "arizona": "az", "arkansas": "ar", "california": "ca",
    "colorado": "co", "connecticut": "ct", "delaware": "de", "districtofcolumbia": "dc",
    "florida": "fl", "georgia": "ga", "hawaii": "hi", "idaho": "id", "illinois": "il",
    "indiana": "in", "iowa": "ia", "kansas": "ks", "kentucky": "ky", "louisiana": "la",
    "maine": "me", "maryland": "md", "massachusetts": "ma", "michigan": "mi", "minnesota": "mn",
    "mississippi": "ms", "missouri": "mo", "montana": "mt", "nebraska": "ne", "nevada": "nv",
    "newhampshire": "nh", "newjersey": "nj", "newmexico": "nm", "newyork": "ny",
    "northcarolina": "nc", "northdakota": "nd", "ohio": "oh", "oklahoma": "ok", "oregon": "or",
    "pennsylvania": "pa", "rhodeisland": "ri", "southcarolina": "sc", "southdakota": "sd",
    "tennessee": "tn", "texas": "tx", "utah": "ut", "vermont": "vt", "virginia": "va",
    "washington": "wa", "westvirginia": "wv", "wisconsin": "wi", "wyoming": "wy",
}  # fmt: skip


def email(text: str) -> str:
    """Return the address trimmed and in small letters; the rule of Mailchimp, Klaviyo, Meta."""
    address = text.strip().lower()
    if not address.isascii():
        address = unicodedata.normalize("NFC", address)
    return address if _ADDRESS.fullmatch(address) and len(address) <= _LONGEST_ADDRESS else ""


def google_email(text: str) -> str:
    """Return the address as Google compares it: at Gmail without dots and without +tag."""
    address = email(text)
    if address.endswith(_GMAIL):
        name, _, domain = address.rpartition("@")
        if domain in _GMAIL:
            name = name.partition("+")[0].replace(".", "")
            return f"{name}@{domain}" if name else ""
    return address


def e164(text: str, country: str = "") -> str:
    """Return a phone number with + and country code; a national one needs its country (ISO)."""
    number = text.strip()
    if number.startswith("+"):
        digits = _NOT_DIGITS.sub("", number)
        return f"+{digits}" if digits and digits[0] != "0" else ""
    if not country or not any(map(str.isdigit, number)):
        return ""
    try:
        parsed = phonenumbers.parse(number, country.upper())
    except phonenumbers.NumberParseException:
        return ""
    return phonenumbers.format_number(parsed, PhoneNumberFormat.E164)


def meta_phone(text: str) -> str:
    """Return the digits of a number with country code, without plus sign and leading zeros."""
    return _NOT_DIGITS.sub("", text).lstrip("0")


def google_given_name(text: str) -> str:
    """Return a first name trimmed, in small letters, without title."""
    return _TITLE.sub("", _lower(text))


def google_family_name(text: str) -> str:
    """Return a last name trimmed, in small letters, without suffix such as Jr."""
    return _SUFFIX.sub("", _lower(text))


@lru_cache(maxsize=1024)
def google_region(text: str) -> str:
    """Return a country code of two capital letters."""
    code = text.strip().upper()
    return code if len(code) == 2 and code.isascii() and code.isalpha() else ""


def google_postal_code(text: str) -> str:
    """Return a postal code trimmed, as it is."""
    return text.strip()[:20]


def meta_name(text: str) -> str:
    """Return a name in small letters without punctuation."""
    name = _lower(text)
    if name.isalpha():
        return name
    return " ".join("".join(c for c in name if c.isalnum() or c.isspace()).split())


@lru_cache(maxsize=16_384)
def meta_city(text: str) -> str:
    """Return a city in small letters without spaces and punctuation."""
    return "".join(filter(str.isalnum, _lower(text)))


@lru_cache(maxsize=4096)
def meta_state(text: str, country: str = "") -> str:
    """Return a region like a city; a state of the US, if the country allows, by its two letters."""
    state = meta_city(text)
    return _US_STATES.get(state, state) if country.strip().upper() in ("", "US") else state


@lru_cache(maxsize=16_384)
def meta_zip(text: str) -> str:
    """Return a postal code in small letters without spaces and dashes; of a US one, five digits."""
    code = text.strip().lower().replace(" ", "")
    us = _US_ZIP.fullmatch(code)
    return us[1] if us else code.replace("-", "")


@lru_cache(maxsize=1024)
def meta_country(text: str) -> str:
    """Return a country code of two small letters."""
    return google_region(text).lower()


def meta_gender(text: str) -> str:
    """Return m or f."""
    first = text.strip().lower()[:1]
    return first if first in ("m", "f") else ""


def meta_year(text: str) -> str:
    """Return a year of four digits."""
    digits = text.strip()
    return digits if len(digits) == 4 and digits.isdecimal() else ""


def meta_two_digits(text: str) -> str:
    """Return a month or a day with two digits."""
    digits = text.strip()
    return digits.zfill(2) if digits.isdecimal() and 0 < int(digits) <= 31 else ""


def plain_id(text: str) -> str:
    """Return an id of ours: sent as it is, never hashed."""
    return text.strip()


def _lower(text: str) -> str:
    name = text.strip().lower()
    return name if name.isascii() else unicodedata.normalize("NFC", name)
