"""Text made comparable: the one definition of "the same word" for every database."""

from __future__ import annotations

import unicodedata


def tidy(value: str) -> str:
    """Return `value` in NFC without surrounding or doubled blanks."""
    return " ".join(unicodedata.normalize("NFC", value).split())


def key(value: str) -> str:
    """Return the form under which `value` is compared on every database: tidy and casefolded."""
    return unicodedata.normalize("NFC", tidy(value).casefold())
