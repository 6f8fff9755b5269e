"""Which customers a chunk of a refresh is about, and what they are computed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeVar
from zoneinfo import ZoneInfo

from django.db.models import Model, QuerySet

from analytics.models import ClassificationRules, Refresh
from analytics.price_norms import UsualPrices
from cdp.periods import start_of

Rows = TypeVar("Rows", bound=Model)


@dataclass(frozen=True)
class Basis:
    """What every customer of a refresh is computed by; `predicts` says whether with predictions."""

    refresh: Refresh
    rules: ClassificationRules
    usual_prices: UsualPrices
    zone: ZoneInfo
    currency: str
    predicts: bool = True

    @property
    def now(self) -> datetime:
        """The moment that the refresh is about."""
        return self.refresh.as_of

    @property
    def today(self) -> int:
        """The local day of that moment as an ordinal."""
        day: date = self.refresh.figures_day
        return day.toordinal()

    @property
    def first_unknown_day(self) -> int:
        """The local day, as an ordinal, that predictions begin with: the first of which nothing is
        known. What was ordered earlier on the day of the refresh itself is known.
        """
        begins = start_of(self.refresh.figures_day, self.zone)
        return self.today if self.now <= begins else self.today + 1


@dataclass(frozen=True)
class Scope:
    """The customers of one chunk: ids after `after` up to `upto` (None: open), or the listed ones
    only.
    """

    after: int
    upto: int | None = None
    ids: tuple[int, ...] | None = None

    def of(self, queryset: QuerySet[Rows], column: str = "customer_id") -> QuerySet[Rows]:
        """Return the rows of these customers."""
        if self.ids is not None:
            return queryset.filter(**{f"{column}__in": self.ids})
        queryset = queryset.filter(**{f"{column}__gt": self.after})
        return queryset if self.upto is None else queryset.filter(**{f"{column}__lte": self.upto})
