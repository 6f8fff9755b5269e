"""What the customers of a chunk allowed and withdrew over the years, per purpose and channel."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cdp.demo.calendar import DAY_SECONDS, Calendar
from cdp.demo.draw import Flags, Integers, chance
from cdp.demo.people import People


@dataclass(frozen=True)
class Way:
    """A purpose on a channel: how many allow it at once, how many refuse, how many of a hundred
    withdraw a year.
    """

    purpose: str
    channel: str
    granted: float
    refused: float
    withdrawn_a_year: float
    needs_phone: bool = False


WAYS = (
    Way("email", "email", 0.60, 0.14, 0.10),
    Way("sms", "sms", 0.30, 0.25, 0.14, needs_phone=True),
    Way("ads", "none", 0.34, 0.26, 0.06),
    Way("profiling", "none", 0.46, 0.20, 0.05),
    Way("messages", "messenger", 0.06, 0.0, 0.12),
    Way("messages", "viber", 0.03, 0.0, 0.12, needs_phone=True),
    Way("messages", "push", 0.05, 0.0, 0.20),
    Way("messages", "post", 0.08, 0.03, 0.02),
)
PROOFS = ("checkout box", "double opt-in", "preference page", "unsubscribe link")


@dataclass(frozen=True)
class Statements:
    """Grants and withdrawals, sorted by customer, way and time; `is_last` marks what holds now."""

    customers: Integers
    ways: Integers
    moments: Integers
    is_granted: Flags
    proofs: Integers
    is_last: Flags


def make_consents(rng: np.random.Generator, people: People, calendar: Calendar) -> Statements:
    """Return everything these people said about the use of their data."""
    parts = [_said(rng, number, people, calendar) for number in range(len(WAYS))]
    customers, ways, moments, is_granted, proofs = (
        np.concatenate([part[column] for part in parts]) for column in range(5)
    )
    order = np.lexsort((moments, ways, customers))
    customers, ways = customers[order], ways[order]
    following = customers * len(WAYS) + ways
    is_last = np.r_[following[1:] != following[:-1], True][: len(following)]
    return Statements(
        customers, ways, moments[order], is_granted[order].astype(bool), proofs[order], is_last
    )


def _said(
    rng: np.random.Generator, number: int, people: People, calendar: Calendar
) -> tuple[Integers, Integers, Integers, Integers, Integers]:
    """Return customers, way, moments, grants (1 or 0) and proofs for one way."""
    way = WAYS[number]
    count = len(people.registered_at)
    can = people.phones != "" if way.needs_phone else people.has_email
    luck = rng.random(count)
    grants = np.flatnonzero(can & (luck < way.granted))
    refuses = np.flatnonzero(can & (luck >= way.granted) & (luck < way.granted + way.refused))
    start = people.registered_at
    granted_at = start[grants] + np.where(
        chance(rng, 0.8, len(grants)), 5, rng.integers(60, 200 * DAY_SECONDS, len(grants))
    )
    kept = granted_at < calendar.end_at
    grants, granted_at = grants[kept], granted_at[kept]
    patience = rng.exponential(365 * DAY_SECONDS / way.withdrawn_a_year, len(grants))
    withdrawn_at = granted_at + 3600 + patience.astype(np.int64)
    leaves = withdrawn_at < calendar.end_at
    withdraws, withdrawn_at = grants[leaves], withdrawn_at[leaves]
    again_at = withdrawn_at + rng.integers(DAY_SECONDS, 300 * DAY_SECONDS, len(withdraws))
    returns = chance(rng, 0.09, len(withdraws)) & (again_at < calendar.end_at)
    customers = np.concatenate([grants, refuses, withdraws, withdraws[returns]])
    moments = np.concatenate([granted_at, start[refuses] + 5, withdrawn_at, again_at[returns]])
    sizes = (len(grants), len(refuses), len(withdraws), int(returns.sum()))
    granted = np.repeat([1, 0, 0, 1], sizes)
    proofs = np.repeat([1, 0, 3, 2], sizes)
    return customers, np.full(len(customers), number), moments, granted, proofs
