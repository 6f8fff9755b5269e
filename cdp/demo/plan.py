"""Which demo shop is wanted: everything that decides what it contains."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

CHUNK = 10_000
SOURCE = "shop"
SHOP_NAME = "Fjord & Field"
CURRENCY = "EUR"
TIME_ZONE = "Europe/Copenhagen"


@dataclass(frozen=True)
class Plan:
    """A demo shop: so many customers, this seed, everything before the start of `end`."""

    customers: int
    seed: int
    end: date
    zone: ZoneInfo
    currency: str = CURRENCY
    source: str = SOURCE

    @property
    def chunk_count(self) -> int:
        """How many chunks of customers there are."""
        return -(-self.customers // CHUNK)

    def chunk_size(self, number: int) -> int:
        """How many customers the chunk has."""
        return min(CHUNK, self.customers - number * CHUNK)

    @property
    def email_domain(self) -> str:
        """Where the customers of this feed have their e-mail: never a real address, never another
        feed's.
        """
        return "example.com" if self.source == SOURCE else f"{self.source}.example.com"
