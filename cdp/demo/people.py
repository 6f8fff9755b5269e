"""The people behind the shoppers of a chunk: names, addresses, labels and custom fields, nobody
real.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cdp.demo.assortment import INTERESTS
from cdp.demo.calendar import DAY_SECONDS, Calendar
from cdp.demo.draw import Choices, Flags, Integers, chance
from cdp.demo.habits import HABIT, Shoppers, Visits
from cdp.demo.places import COUNTRIES, City

Texts = npt.NDArray[np.object_]

TAGS = (
    "Newsletter reader",
    "Gift buyer",
    "Bike club",
    "Influencer",
    "Complaint 2025",
    "Trade fair 2024",
)
_TAG_SHARES = (0.16, 0.06, 0.03, 0.004, 0.01, 0.012)
GROUPS = ("Retail", "Club", "Student", "Staff", "Wholesale")
SPORTS = {
    "lifestyle": "Walking", "running": "Running", "camping": "Hiking", "skiing": "Skiing",
    "football": "Football", "fitness": "Fitness", "cycling": "Cycling",
    "home": "Gardening", "swimming": "Swimming", "racket": "Badminton", "climbing": "Climbing",
}  # fmt: skip


def _texts(values: list[str]) -> Texts:
    return np.array(values, dtype=object)


def _flat(lists: list[tuple[str, ...]]) -> tuple[Texts, Integers, Integers]:
    """Return all names in one array, and where each country's begin and how many they are."""
    lengths = np.array([len(names) for names in lists])
    return (
        _texts([name for names in lists for name in names]),
        np.cumsum(lengths) - lengths,
        lengths,
    )


def _ascii(name: str) -> str:
    """Return the name as it stands in an e-mail address."""
    spelled = name.translate(str.maketrans("æøßÆØ", "aosAO")).replace(" ", ".")
    plain = unicodedata.normalize("NFD", spelled).encode("ascii", "ignore").decode()
    return plain.replace("'", "").lower()


_FIRST, _FIRST_START, _FIRST_COUNT = _flat([country.first_names for country in COUNTRIES])
_LAST, _LAST_START, _LAST_COUNT = _flat([country.last_names for country in COUNTRIES])
_CITIES: list[City] = [city for country in COUNTRIES for city in country.cities]
_CITY_CHOICES = Choices(
    [[city.weight * (city in country.cities) for city in _CITIES] for country in COUNTRIES]
)
_PATTERNS = _texts(
    [country.postal_code_pattern for c in COUNTRIES for country in [c] * len(c.cities)]
)


@dataclass(frozen=True)
class People:
    """Who the customers of a chunk are, one entry each; tags as pairs (customer, tag)."""

    first_names: Texts
    last_names: Texts
    email_names: Texts
    has_email: Flags
    phones: Texts
    languages: Texts
    country_codes: Texts
    regions: Texts
    cities: Texts
    postal_codes: list[str]
    registered_at: Integers
    groups: Integers
    tagged: Integers
    tags: Integers
    shoe_sizes: Integers
    birthdays: npt.NDArray[np.datetime64]
    has_birthday: Flags
    is_member: Flags
    says_member: Flags
    sports: Texts


def make_people(
    rng: np.random.Generator, shoppers: Shoppers, visits: Visits, calendar: Calendar
) -> People:
    """Return the people behind `shoppers`; `visits` (sorted by customer) say when each first
    ordered.
    """
    count = len(shoppers)
    land = shoppers.countries
    first = _FIRST_START[land] + (rng.random(count) * _FIRST_COUNT[land]).astype(np.int64)
    last = _LAST_START[land] + (rng.random(count) * _LAST_COUNT[land]).astype(np.int64)
    places = _CITY_CHOICES.draw(rng, land)
    codes = _texts([country.code for country in COUNTRIES])
    languages = _texts([country.language for country in COUNTRIES])[land]
    languages = np.where(chance(rng, 0.06, count), "en", languages)
    tagged = [np.flatnonzero(chance(rng, share, count)) for share in _TAG_SHARES]
    ages = rng.integers(18 * 365, 74 * 365, count)
    return People(
        first_names=_FIRST[first],
        last_names=_LAST[last],
        email_names=_email_names(first, last),
        has_email=~chance(rng, 0.02, count),
        phones=_phones(rng, land),
        languages=np.where(chance(rng, 0.03, count), "", languages),
        country_codes=codes[land],
        regions=_texts([city.region for city in _CITIES])[places],
        cities=_texts([city.name for city in _CITIES])[places],
        postal_codes=_postal_codes(rng, places),
        registered_at=_registered_at(rng, shoppers, visits, calendar),
        groups=_groups(rng, shoppers),
        tagged=np.concatenate(tagged),
        tags=np.repeat(np.arange(len(TAGS)), [len(found) for found in tagged]),
        shoe_sizes=np.where(
            chance(rng, 0.55, count), (rng.normal(41.5, 2.8, count) * 2).round() * 5, 0
        ).astype(np.int64),
        birthdays=np.datetime64(calendar.end) - ages,
        has_birthday=chance(rng, 0.42, count),
        is_member=chance(rng, np.where(shoppers.habits > HABIT["one_time"], 0.45, 0.12), count),
        says_member=chance(rng, 0.7, count),
        sports=np.where(
            chance(rng, 0.38, count),
            _texts([SPORTS[name] for name in INTERESTS])[shoppers.interests],
            "",
        ),
    )


def _email_names(first: Integers, last: Integers) -> Texts:
    plain_first = _texts([_ascii(name) for name in _FIRST])
    plain_last = _texts([_ascii(name) for name in _LAST])
    return plain_first[first] + "." + plain_last[last]


def _phones(rng: np.random.Generator, land: Integers) -> Texts:
    prefixes = _texts([country.phone_prefix for country in COUNTRIES])[land]
    digits = np.array([country.phone_digits for country in COUNTRIES])[land]
    numbers = (rng.random(len(land)) * 10**digits).astype(np.int64).tolist()
    phones = [
        f"{prefix}{number:0{width}d}"
        for prefix, number, width in zip(prefixes, numbers, digits.tolist(), strict=True)
    ]
    return np.where(chance(rng, 0.56, len(land)), _texts(phones), "")


def _postal_codes(rng: np.random.Generator, places: Integers) -> list[str]:
    first = np.array([city.first_postal_code for city in _CITIES])[places]
    last = np.array([city.last_postal_code for city in _CITIES])[places]
    numbers = (first + rng.random(len(places)) * (last - first + 1)).astype(np.int64)
    areas = _texts([city.postal_area for city in _CITIES])[places]
    inward = rng.integers(1, 10, len(places)).tolist()
    return [
        f"{area}{number} {digit}QX" if area else pattern.format(number)
        for area, number, digit, pattern in zip(
            areas, numbers.tolist(), inward, _PATTERNS[places], strict=True
        )
    ]


def _registered_at(
    rng: np.random.Generator, shoppers: Shoppers, visits: Visits, calendar: Calendar
) -> Integers:
    """Return when each person signed up: mostly just before their first order."""
    count = len(shoppers)
    joined_at = calendar.moments(rng, shoppers.joined_on)
    who, where = np.unique(visits.customers[visits.customers >= 0], return_index=True)
    joined_at[who] = visits.moments[: len(visits.moments)][where]
    is_early = chance(rng, 0.2, count)
    ahead = np.where(
        is_early, rng.exponential(25 * DAY_SECONDS, count), rng.integers(60, 1800, count)
    )
    registered_at = np.maximum(joined_at - ahead.astype(np.int64), calendar.opened_at + 60)
    return np.minimum(registered_at, joined_at)


def _groups(rng: np.random.Generator, shoppers: Shoppers) -> Integers:
    groups = Choices((0.90, 0.055, 0.035, 0.01)).draw_many(rng, len(shoppers))
    return np.where(shoppers.habits == HABIT["wholesale"], GROUPS.index("Wholesale"), groups)
