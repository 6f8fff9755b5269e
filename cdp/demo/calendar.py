"""The four years the demo shop looks back on: its local days, their demand and their sales
campaigns.
"""

from __future__ import annotations

from datetime import date, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from cdp.demo.draw import Choices, Floats, Integers
from cdp.periods import start_of

HISTORY_DAYS = 4 * 365 + 1
DAY_SECONDS = 86_400
GROWTH_PER_YEAR = 0.20

# Relative demand from January to December and from Monday to Sunday, and by hour of the day.
_MONTHS = (0.95, 0.80, 0.90, 0.95, 1.05, 1.10, 0.95, 0.85, 0.90, 0.95, 1.25, 1.45)
_WEEKDAYS = (1.10, 1.02, 0.98, 0.98, 0.90, 0.88, 1.14)
_HOURS = (2, 1, 1, 1, 1, 2, 5, 12, 20, 26, 28, 28, 30, 28, 26, 26, 28, 30, 36, 48, 56, 50, 30, 10)


def black_friday(year: int) -> date:
    """Return the Friday after the fourth Thursday of November."""
    first = date(year, 11, 1)
    thursday = first + timedelta(days=(3 - first.weekday()) % 7 + 21)
    return thursday + timedelta(days=1)


def _occasion(day: date) -> float:
    """Return how much more than usual is ordered on this day of the year."""
    away = (day - black_friday(day.year)).days
    if away == 0:
        return 6.0
    if -4 <= away <= 3:
        return 2.6
    if day.month == 12:
        return 1.65 if day.day <= 19 else 0.75 if day.day <= 23 else 0.4
    if day.month == 1 and day.day <= 12:
        return 1.25
    return 1.0


def _campaign(day: date) -> float:
    """Return the share of lines sold at a reduced price on this day."""
    away = (day - black_friday(day.year)).days
    if -4 <= away <= 3:
        return 0.62
    if (day.month, day.day) >= (12, 27) or (day.month == 1 and day.day <= 20):
        return 0.42
    if (day.month == 6 and day.day >= 24) or (day.month == 7 and day.day <= 20):
        return 0.36
    return 0.11


class Calendar:
    """Local days numbered from 0; everything happens before the start of `end`."""

    def __init__(self, end: date, zone: ZoneInfo) -> None:
        self.end = end
        self.first = end - timedelta(days=HISTORY_DAYS)
        self.days = [self.first + timedelta(days=number) for number in range(HISTORY_DAYS)]
        self.midnights: Integers = np.array(
            [int(start_of(day, zone).timestamp()) for day in [*self.days, end]], dtype=np.int64
        )
        self.opened_at = int(self.midnights[0]) + 9 * 3600
        self.end_at = int(self.midnights[-1])
        self.months: Integers = np.array([day.month - 1 for day in self.days], dtype=np.int64)
        self.campaigns: Floats = np.array([_campaign(day) for day in self.days])
        ages = np.arange(HISTORY_DAYS) / 365.0
        base = [_MONTHS[d.month - 1] * _WEEKDAYS[d.weekday()] * _occasion(d) for d in self.days]
        self.demand: Floats = np.array(base) * (1 + GROWTH_PER_YEAR) ** ages
        self._hours = Choices(_HOURS)

    def moments(self, rng: np.random.Generator, days: Integers) -> Integers:
        """Return a moment (seconds since 1970) on each of these days, by the hours at which people
        shop.
        """
        hours = self._hours.draw_many(rng, len(days))
        seconds = hours * 3600 + rng.integers(0, 3600, len(days))
        return np.minimum(self.midnights[days] + seconds, self.midnights[days + 1] - 1)

    def days_of(self, moments: Integers) -> Integers:
        """Return the day numbers on which these moments fall."""
        found = np.searchsorted(self.midnights, moments, side="right") - 1
        return np.clip(found, 0, HISTORY_DAYS - 1)


class Demand:
    """On which days orders are placed: a row per group of customers with seasons of its own."""

    def __init__(self, calendar: Calendar, seasons: npt.ArrayLike) -> None:
        table: Floats = np.asarray(seasons, dtype=np.float64)
        weights = table[:, calendar.months] * calendar.demand
        shares: Floats = np.cumsum(weights, axis=1)
        shares /= shares[:, -1:]
        # Row r climbs from r to r + 1, so that one ascending array serves all rows.
        before = np.hstack([np.zeros((len(shares), 1)), shares[:, :-1]])
        rows: Floats = np.arange(len(shares), dtype=np.float64)
        self._before: Floats = (before + rows[:, None]).ravel()

    def draw(self, rng: np.random.Generator, rows: Integers, *, lean: Floats | float) -> Integers:
        """Return a day by the demand of each row; a `lean` above 1 prefers early ones."""
        return self._at(rows, rows + rng.random(len(rows)) ** lean)

    def bend(
        self, rng: np.random.Generator, rows: Integers, days: Integers, *, within: int
    ) -> Integers:
        """Return days moved by at most `within` to where the demand of each row is."""
        last = HISTORY_DAYS - 1
        low = self._before[rows * HISTORY_DAYS + np.clip(days - within, 0, last)]
        high = self._before[rows * HISTORY_DAYS + np.clip(days + within, 0, last)]
        return self._at(rows, low + rng.random(len(days)) * (high - low))

    def _at(self, rows: Integers, wanted: Floats) -> Integers:
        found = np.searchsorted(self._before, wanted, side="right") - 1
        return np.clip(found - rows * HISTORY_DAYS, 0, HISTORY_DAYS - 1)
