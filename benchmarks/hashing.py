"""How many people a second one core normalises and hashes for Google and for Meta.

python -m benchmarks.hashing [PEOPLE]
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

from integrations.identity.hashing import google_identifiers, meta_row
from integrations.identity.people import Person

FIRST = ("Anna", "José", "Łukasz", "Mette", "Giulia", "Søren", "Anna Maria", "Karl")
CITIES = ("Milano", "København", "St. Louis", "München", "Aarhus")


def people(count: int) -> list[Person]:
    """Return made-up people with e-mail, phone, name and place; every third at Gmail."""
    return [
        Person(
            id=str(number),
            emails=(f"Person.{number}+news@{'gmail.com' if number % 3 == 0 else 'shop.example'}",),
            phones=(f"+45{20_000_000 + number}",),
            first_name=FIRST[number % len(FIRST)],
            last_name=f"Name{number % 50_000}",
            country="dk",
            region="Midtjylland",
            city=CITIES[number % len(CITIES)],
            postal_code=str(1000 + number % 9000),
        )
        for number in range(count)
    ]


def rate(work: Callable[[Person], object], crowd: list[Person]) -> float:
    """Return how many people a second of processor time `work` does."""
    started = time.process_time()
    for person in crowd:
        work(person)
    return len(crowd) / (time.process_time() - started)


def main() -> None:
    """Print one line per vendor."""
    crowd = people(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
    bare = [Person(id=one.id, emails=one.emails, phones=one.phones) for one in crowd]
    for name, work in (("google", google_identifiers), ("meta", meta_row)):
        print(f"{name}: e-mail and phone {rate(work, bare):,.0f} people/s, ", end="")
        print(f"with name and place {rate(work, crowd):,.0f} people/s")


if __name__ == "__main__":
    main()
