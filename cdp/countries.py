"""Countries as people read them."""

from __future__ import annotations

from django_countries import countries


def country_name(code: str) -> str:
    """Return the name of a country in the active language, its code if it has none."""
    return str(countries.name(code)) or code
