"""Text made comparable: "the same word" for every database; and words that fit into a sentence."""

from __future__ import annotations

import unicodedata

from django.utils.translation import get_language


def tidy(value: str) -> str:
    """Return `value` in NFC without surrounding or doubled blanks."""
    return " ".join(unicodedata.normalize("NFC", value).split())


def key(value: str) -> str:
    """Return the form under which `value` is compared on every database: tidy and casefolded."""
    return unicodedata.normalize("NFC", tidy(value).casefold())


def inside(label: str) -> str:
    """Return a label as it is written inside a sentence of the active language: with a small first
    letter, unless it is an abbreviation or German, where nouns keep their capital.
    """
    if (get_language() or "").startswith("de") or label[1:2].isupper():
        return label
    return label[:1].lower() + label[1:]
