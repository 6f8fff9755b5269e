"""Who the customers of a chunk are as shoppers, and on which days they order."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cdp.demo.assortment import BRANDS, INTERESTS, LEAVES, SEASONS
from cdp.demo.calendar import HISTORY_DAYS, Calendar, Demand
from cdp.demo.draw import Choices, Floats, Integers, chance
from cdp.demo.places import COUNTRIES


@dataclass(frozen=True)
class Habit:
    """A way to shop: its share of customers, usual days between orders, their spread, and how many
    quit after each.

    `lines` is the mean number of further lines in an order; `lean` above 1 makes first orders
    earlier.
    """

    key: str
    share: float
    period_days: float
    period_spread: float
    gap_spread: float
    quits: float
    lines: float
    lean: float = 1.0
    follows_demand: bool = False


HABITS = (
    Habit("prospect", 0.105, 0, 0, 0, 1.0, 0),
    Habit("one_time", 0.560, 0, 0, 0, 1.0, 0.85),
    Habit("irregular", 0.236, 115, 0.60, 0.75, 0.165, 1.05, 1.1, True),
    Habit("monthly", 0.010, 30, 0.05, 0.12, 0.05, 0.7, 1.2),
    Habit("quarterly", 0.026, 91, 0.04, 0.10, 0.09, 1.2, 1.3),
    Habit("half_yearly", 0.020, 182, 0.03, 0.09, 0.12, 1.4, 1.4),
    Habit("yearly", 0.024, 365, 0.0, 0.035, 0.12, 1.6, 1.6),
    Habit("keen", 0.018, 34, 0.30, 0.55, 0.035, 1.35, 1.3, True),
    Habit("wholesale", 0.001, 60, 0.30, 0.30, 0.05, 3.0, 1.4),
)
HABIT = {habit.key: number for number, habit in enumerate(HABITS)}
_FOLLOW_UP = 0.05  # an accessory that was forgotten, one to three days after an order

_INTEREST_SHARES = {
    "lifestyle": 3.0, "running": 1.7, "camping": 1.7, "skiing": 1.4, "football": 1.3,
    "fitness": 1.3, "cycling": 1.1, "home": 1.2, "swimming": 0.8, "racket": 0.7, "climbing": 0.3,
}  # fmt: skip
_STAPLES = ("Protein powder", "Socks", "Inner tubes", "Candles", "Shuttlecocks", "Chalk")
_LEAF_NUMBER = {leaf.path[2]: number for number, leaf in enumerate(LEAVES)}


def _seasons_of(interest: str) -> Floats:
    """Return how the demand of people with this interest runs through the year, 1 on average."""
    months = sum(
        leaf.popularity * np.array(SEASONS[leaf.season])
        for leaf in LEAVES
        if leaf.interest == interest
    )
    return np.asarray(months / np.mean(months), dtype=np.float64)


SEASONS_OF_INTERESTS: Floats = np.array([_seasons_of(interest) for interest in INTERESTS])


@dataclass(frozen=True)
class Shoppers:
    """What makes the customers of a chunk shop as they do, one entry each."""

    habits: Integers
    interests: Integers
    price_levels: Integers
    brands: Integers
    staples: Integers
    countries: Integers
    joined_on: Integers

    def __len__(self) -> int:
        return len(self.habits)


@dataclass(frozen=True)
class Visits:
    """The orders of a chunk before they have content: who, when, and as which order of that
    customer (from 0).
    """

    customers: Integers
    moments: Integers


def make_shoppers(rng: np.random.Generator, count: int, calendar: Calendar) -> Shoppers:
    """Return `count` new shoppers."""
    demand = Demand(calendar, SEASONS_OF_INTERESTS)
    habits = Choices([habit.share for habit in HABITS]).draw_many(rng, count)
    interests = Choices([_INTEREST_SHARES[name] for name in INTERESTS]).draw_many(rng, count)
    loyal_to = Choices(
        [[brand.popularity * bool(brand.serves & {name}) for brand in BRANDS] for name in INTERESTS]
    ).draw(rng, interests)
    leans = np.array([habit.lean for habit in HABITS])[habits]
    staples = np.array([_LEAF_NUMBER[name] for name in _STAPLES])
    return Shoppers(
        habits=habits,
        interests=interests,
        price_levels=Choices((0.27, 0.50, 0.23)).draw_many(rng, count),
        brands=np.where(chance(rng, 0.45, count), loyal_to, -1),
        staples=np.where(habits == HABIT["monthly"], rng.choice(staples, count), -1),
        countries=Choices([country.share for country in COUNTRIES]).draw_many(rng, count),
        joined_on=demand.draw(rng, interests, lean=leans),
    )


def _per_habit(name: str) -> Floats:
    return np.array([getattr(habit, name) for habit in HABITS], dtype=np.float64)


def make_visits(rng: np.random.Generator, shoppers: Shoppers, calendar: Calendar) -> Visits:
    """Return when the shoppers order: round by round, until everybody has quit or reached the end
    of the history.
    """
    everybody = np.flatnonzero(shoppers.habits != HABIT["prospect"])
    spread = rng.normal(size=len(shoppers)) * _per_habit("period_spread")[shoppers.habits]
    periods = _per_habit("period_days")[shoppers.habits] * np.exp(spread)
    gap_spreads = _per_habit("gap_spread")[shoppers.habits]
    quits = _per_habit("quits")[shoppers.habits]
    customers, days = everybody, shoppers.joined_on[everybody].astype(np.float64)
    all_customers, all_days = [customers], [days]
    while len(customers):
        goes_on = ~chance(rng, quits[customers], len(customers))
        customers, days = customers[goes_on], days[goes_on]
        gaps = periods[customers] * np.exp(rng.normal(size=len(customers)) * gap_spreads[customers])
        follows_up = chance(rng, _FOLLOW_UP, len(customers)) & (gap_spreads[customers] > 0.2)
        gaps = np.where(follows_up, rng.integers(1, 4, len(customers)), np.maximum(gaps, 2))
        days = days + gaps
        is_past = days < HISTORY_DAYS
        customers, days = customers[is_past], days[is_past]
        all_customers.append(customers)
        all_days.append(days)
    who = np.concatenate(all_customers)
    when = np.concatenate(all_days).astype(np.int64)
    demand = Demand(calendar, SEASONS_OF_INTERESTS)
    bends = _per_habit("follows_demand")[shoppers.habits[who]] > 0
    bends &= chance(rng, 0.65, len(who)) & (when > shoppers.joined_on[who])
    when = np.where(bends, demand.bend(rng, shoppers.interests[who], when, within=15), when)
    when = np.maximum(when, shoppers.joined_on[who])
    moments = calendar.moments(rng, when)
    order = np.lexsort((moments, who))
    return Visits(who[order], moments[order])


def make_guest_visits(rng: np.random.Generator, count: int, calendar: Calendar) -> Visits:
    """Return orders of people without an account, customer -1."""
    days = Demand(calendar, np.ones((1, 12))).draw(rng, np.zeros(count, dtype=np.int64), lean=1.0)
    return Visits(np.full(count, -1, dtype=np.int64), np.sort(calendar.moments(rng, days)))
