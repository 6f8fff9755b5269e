"""Finding customers by what people remember of them: part of a name, an address, a number."""

from __future__ import annotations

import re

from django.db.models import Q

from cdp.ingest.identity import EMAIL_ID_PREFIX
from cdp.text import tidy

MAX_WORDS = 5
_PHONE = re.compile(r"[+()\d\s./-]{4,}")
_FEWEST_DIGITS = 4
_LARGEST_KEY = 2**63 - 1


def customers_like(text: str, *, may_see_contact: bool) -> Q:
    """Return the customers (as Q) in whose name, e-mail, external id or phone every word occurs.

    Without the right to see contact data: those whose number it is or whose external id begins with
    it, unless that id is or was made of an e-mail address.
    """
    text = tidy(text)
    if not may_see_contact:
        return _by_number(text) | (
            Q(external_id__istartswith=text)
            & ~Q(external_id__contains="@")
            & ~Q(external_id__istartswith=EMAIL_ID_PREFIX)
        )
    found = Q()
    for word in text.split()[:MAX_WORDS]:
        found &= _with_word(word)
    digits = re.sub(r"\D", "", text).lstrip("0")
    if _PHONE.fullmatch(text) and len(digits) >= _FEWEST_DIGITS:
        found |= Q(phone__contains=digits)
    return found | _by_number(text)


def _by_number(text: str) -> Q:
    is_key = text.isdecimal() and int(text) <= _LARGEST_KEY
    return Q(pk=int(text)) if is_key else Q(pk__in=[])


def _with_word(word: str) -> Q:
    found = Q(email__contains=word.lower()) | Q(external_id__icontains=word)
    for spelling in _spellings(word):
        found |= Q(first_name__icontains=spelling) | Q(last_name__icontains=spelling)
    return found


def _spellings(word: str) -> set[str]:
    """Return the word with its letters beyond ASCII in the cases that names have.

    SQLite takes only ASCII letters for equal in either case, other databases all of them.
    """
    if word.isascii():
        return {word}
    return {word, word.lower(), word.upper(), word.title()}
