"""Small demo shops for tests."""

from __future__ import annotations

from datetime import UTC, date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from cdp.demo.calendar import Calendar
from cdp.demo.catalogue import Catalogue, make_catalogue
from cdp.demo.chunk import Chunk, make_chunk
from cdp.demo.plan import Plan
from cdp.demo.shop import Figures, store

END = date(2026, 11, 24)
NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


def plan(customers: int = 300, seed: int = 1, end: date = END) -> Plan:
    return Plan(customers, seed, end, ZoneInfo("Europe/Copenhagen"))


def store_shop(wanted: Plan) -> Figures:
    figures = Figures()
    for _written in store(wanted, now=NOW, figures=figures):
        pass
    return figures


@lru_cache(maxsize=2)
def made(customers: int = 10_000, seed: int = 1) -> tuple[Chunk, Catalogue, Calendar]:
    """The first chunk of a shop, without any database."""
    wanted = plan(customers, seed)
    calendar = Calendar(wanted.end, wanted.zone)
    catalogue = make_catalogue(customers, seed, calendar)
    return make_chunk(wanted, 0, catalogue=catalogue, calendar=calendar), catalogue, calendar
