"""Names that people write by hand: finding the meant one, or the nearest ones to suggest."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from django.utils.translation import gettext

from cdp.text import key


def find(name: str, known: Iterable[str]) -> str | None:
    """Return the known name that is meant: the same, or the only one that differs in case alone."""
    names = list(known)
    if name in names:
        return name
    alike = [candidate for candidate in names if key(candidate) == key(name)]
    return alike[0] if len(alike) == 1 else None


def suggest(name: str, known: Iterable[str]) -> str:
    """Return a hint with the nearest known names, all of them if they are few, or nothing."""
    by_key = {key(candidate): candidate for candidate in known}
    near = get_close_matches(key(name), by_key, n=3, cutoff=0.5)
    near += [found for found in by_key if key(name) in found and found not in near][:2]
    if near:
        quoted = ", ".join(f"“{by_key[found]}”" for found in near)
        return gettext("Did you mean %(names)s?") % {"names": quoted}
    if 0 < len(by_key) <= 12:
        return gettext("Possible: %(names)s.") % {"names": ", ".join(by_key.values())}
    return ""
