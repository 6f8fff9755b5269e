"""Takes people and secrets out of texts that are logged, stored or shown."""

from __future__ import annotations

import re

HIDDEN = "…"
_PATTERNS = (
    re.compile(r"(?i)\b(?:bearer|basic|klaviyo-api-key)\s+\S+"),
    re.compile(r"(?i)\bpk_[a-z0-9_]{6,}"),
    re.compile(r"(?i)[?][^\s\"'<>]*=[^\s\"'<>]*"),  # the query of an address
    re.compile(r"(?i)[^\s@\"'<>()\[\],;:/|=]+(?:@|%40)[^\s@\"'<>()\[\],;:/|=]+"),
    re.compile(r"(?i)\b[0-9a-f]{32,}(?:-[a-z]{2,4}\d{1,3})?\b"),  # hashes, keys with a data centre
    re.compile(r"[A-Za-z0-9_\-]{40,}={0,2}"),  # tokens
    re.compile(r"\+\d[\d\s().-]{5,}\d|(?<![\w-])\d[\d\s().-]{7,}\d(?![\w-])"),  # phone numbers
)


def discreet(text: str, *, longest: int = 300) -> str:
    """Return the text with dots in place of addresses, numbers, hashes, tokens and queries.

    At most `longest` characters of one line: what a service answers is somebody else's text.
    """
    line = " ".join(text[: 4 * longest].split())
    for pattern in _PATTERNS:
        line = pattern.sub(HIDDEN, line)
    return line if len(line) <= longest else line[: longest - 1] + HIDDEN


def discreet_path(path: str) -> str:
    """Return the path of a request without its query and without hashes or addresses in it."""
    return discreet(path.partition("?")[0], longest=120)
