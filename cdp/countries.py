"""Countries as people read and write them."""

from __future__ import annotations

from functools import lru_cache

from django.utils import translation
from django_countries import countries

from cdp.text import key

ALIASES = {
    "uk": "GB", "england": "GB", "scotland": "GB", "wales": "GB", "great britain": "GB",
    "northern ireland": "GB", "united kingdom": "GB", "channel islands": "JE", "eire": "IE",
    "ireland": "IE", "usa": "US", "u.s.a.": "US", "u.s.": "US", "united states": "US",
    "united states of america": "US", "america": "US", "rsa": "ZA", "uae": "AE", "holland": "NL",
    "the netherlands": "NL", "netherlands": "NL", "czech republic": "CZ", "czechia": "CZ",
    "south korea": "KR", "korea": "KR", "russia": "RU", "turkey": "TR", "türkiye": "TR",
    "viet nam": "VN", "vietnam": "VN", "taiwan": "TW", "hong kong": "HK", "macau": "MO",
    "swiss": "CH", "deutschland": "DE", "danmark": "DK", "italia": "IT", "österreich": "AT",
    "schweiz": "CH", "suisse": "CH", "españa": "ES", "sverige": "SE", "norge": "NO", "suomi": "FI",
    "iran": "IR", "syria": "SY", "bolivia": "BO", "venezuela": "VE", "tanzania": "TZ",
    "moldova": "MD", "macedonia": "MK", "laos": "LA", "brunei": "BN", "ivory coast": "CI",
    "vatican": "VA", "palestine": "PS", "cape verde": "CV", "swaziland": "SZ", "burma": "MM",
}  # fmt: skip


def country_name(code: str) -> str:
    """Return the name of a country in the active language, its code if it has none."""
    return str(countries.name(code)) or code


def country_code(text: str) -> str | None:
    """Return the ISO 3166 alpha-2 code of a country's code or name in any of our languages, None if
    there is no such country.
    """
    return _codes().get(key(text))


@lru_cache(maxsize=1)
def _codes() -> dict[str, str]:
    codes: dict[str, str] = {}
    for language in ("it", "de", "da", "en"):  # Where two languages differ, the last one counts.
        with translation.override(language):
            codes |= {key(str(name)): code for code, name in countries}
    codes |= {code.casefold(): code for code, _name in countries}
    codes |= {countries.alpha3(code).casefold(): code for code, _name in countries}
    return codes | ALIASES
