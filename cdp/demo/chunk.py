"""One chunk of the demo shop: its customers and everything they did, drawn from its own seed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cdp.demo.baskets import Lines
from cdp.demo.browsing import Carts, Events, make_carts, make_events
from cdp.demo.calendar import Calendar
from cdp.demo.catalogue import Catalogue
from cdp.demo.consents import WAYS, Statements, make_consents
from cdp.demo.draw import joined
from cdp.demo.habits import make_guest_visits, make_shoppers, make_visits
from cdp.demo.people import People, make_people
from cdp.demo.plan import Plan
from cdp.demo.purchases import Purchases, make_purchases

GUEST_SHARE = 0.05  # orders without an account, for each order with one
_EMAIL = next(number for number, way in enumerate(WAYS) if way.purpose == "email")


@dataclass(frozen=True)
class Chunk:
    """The facts of some thousand customers; they are numbered from 0 here."""

    people: People
    purchases: Purchases
    consents: Statements
    carts: Carts
    cart_lines: Lines
    events: Events


def make_chunk(plan: Plan, number: int, *, catalogue: Catalogue, calendar: Calendar) -> Chunk:
    """Return chunk `number` of the shop; equal arguments give equal facts."""
    rng = np.random.default_rng([plan.seed, number])
    shoppers = make_shoppers(rng, plan.chunk_size(number), calendar)
    visits = make_visits(rng, shoppers, calendar)
    people = make_people(rng, shoppers, visits, calendar)
    if number == 0:
        # The very first customer signs up as the history begins: an existing demo shop tells its
        # end by it.
        people.registered_at[0] = calendar.opened_at
    guests = make_guest_visits(rng, round(GUEST_SHARE * len(visits.moments)), calendar)
    purchases = make_purchases(
        rng, shoppers, joined(visits, guests), catalogue=catalogue, calendar=calendar
    )
    consents = make_consents(rng, people, calendar)
    carts, cart_lines = make_carts(
        rng, shoppers, people, purchases, catalogue=catalogue, calendar=calendar
    )
    subscribed = consents.is_last & consents.is_granted & (consents.ways == _EMAIL)
    events = make_events(
        rng,
        shoppers,
        people,
        purchases,
        carts,
        cart_lines,
        mailable=consents.customers[subscribed],
        catalogue=catalogue,
        calendar=calendar,
    )
    return Chunk(people, purchases, consents, carts, cart_lines, events)
