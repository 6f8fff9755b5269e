"""The only road from querysets to arrays: columns of whole numbers, sorted by customer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

import numpy as np
from django.db.models import BigIntegerField, ExpressionWrapper, F, QuerySet, TextField
from numpy.typing import NDArray

from cdp.models import CountsAs
from cdp.periods import start_of

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

EPOCH_DAY = date(1970, 1, 1).toordinal()
MICROSECOND = 1_000_000


def raw(path: str) -> ExpressionWrapper:
    """Return a column as the driver gives it (text on SQLite), which is several times faster."""
    return ExpressionWrapper(F(path), output_field=TextField())


def units(path: str) -> ExpressionWrapper:
    """Return a money column as whole 1/10,000 of the currency unit."""
    return ExpressionWrapper(F(path), output_field=BigIntegerField())


def moments(values: Sequence[str] | Sequence[datetime]) -> Integers:
    """Return moments as the driver gives them (UTC text or aware datetimes) as microseconds since
    1970.
    """
    if not values:
        return np.empty(0, np.int64)
    if isinstance(values[0], str):
        return np.array(values, dtype="datetime64[us]").astype(np.int64)
    seconds = np.fromiter((value.timestamp() for value in values), np.float64, len(values))  # type: ignore[union-attr]
    return np.rint(seconds * MICROSECOND).astype(np.int64)


def moment_of(value: datetime) -> int:
    """Return one aware moment as microseconds since 1970."""
    return round(value.timestamp() * MICROSECOND)


@lru_cache(maxsize=256)
def _days_of_year(zone: ZoneInfo, year: int) -> Integers:
    first, after = date(year, 1, 1).toordinal(), date(year + 1, 1, 1).toordinal()
    starts = (start_of(date.fromordinal(day), zone) for day in range(first, after))
    return np.fromiter((moment_of(start) for start in starts), np.int64, after - first)


def days_of(at: Integers, zone: ZoneInfo) -> Integers:
    """Return the shop's local day (an ordinal as of `date.toordinal`) of each moment in
    microseconds.
    """
    if not at.size:
        return at
    first = datetime.fromtimestamp(int(at.min()) // MICROSECOND, zone).year
    last = datetime.fromtimestamp(int(at.max()) // MICROSECOND, zone).year
    starts = np.concatenate([_days_of_year(zone, year) for year in range(first, last + 1)])
    return date(first, 1, 1).toordinal() - 1 + np.searchsorted(starts, at, side="right")


def dates(days: Integers, known: Flags | None = None) -> list[date | None]:
    """Return ordinal days as dates, None where `known` is false."""
    result = (days - EPOCH_DAY).astype("datetime64[D]")
    if known is not None:
        result[~known] = np.datetime64("NaT")
    return result.tolist()


def integers(values: Sequence[int]) -> Integers:
    """Return whole numbers as an array."""
    return np.fromiter(values, np.int64, len(values))


def optional_integers(values: Sequence[int | None]) -> tuple[Integers, Flags]:
    """Return whole numbers (0 for None) and where they are known."""
    known = np.fromiter((value is not None for value in values), np.bool_, len(values))
    numbers = np.fromiter((value or 0 for value in values), np.int64, len(values))
    return numbers, known


def columns(queryset: QuerySet, *names: str | ExpressionWrapper) -> list[list]:
    """Return the columns of a queryset as lists of equal length."""
    rows = list(queryset.values_list(*names))
    return [list(column) for column in zip(*rows, strict=True)] if rows else [[] for _ in names]


@dataclass(frozen=True)
class Orders:
    """Paid orders and returns sorted by customer and moment; all arrays have one entry per order.

    `at` in microseconds since 1970, `day` an ordinal local day, `amount` in 1/10,000 of the shop
    currency (0 where `has_amount` is false because no exchange rate is known), `moment` as the
    driver gives it.
    """

    customer: Integers
    at: Integers
    day: Integers
    is_return: Flags
    amount: Integers
    has_amount: Flags
    moment: NDArray[np.object_]

    def where(self, chosen: Flags) -> Orders:
        """Return the chosen orders."""
        return Orders(
            self.customer[chosen],
            self.at[chosen],
            self.day[chosen],
            self.is_return[chosen],
            self.amount[chosen],
            self.has_amount[chosen],
            self.moment[chosen],
        )


def objects(values: Sequence[object]) -> NDArray[np.object_]:
    """Return any Python values as an array of objects."""
    result = np.empty(len(values), dtype=object)
    result[:] = values
    return result


def read_orders(queryset: QuerySet, zone: ZoneInfo) -> Orders:
    """Return the paid orders and returns of a queryset of orders that all have a customer."""
    customer, moment, kind, amount = columns(
        queryset.filter(counts_as__gt=CountsAs.NOTHING).order_by("customer_id", "placed_at"),
        "customer_id",
        raw("placed_at"),
        "counts_as",
        units("amount"),
    )
    at = moments(moment)
    amounts, has_amount = optional_integers(amount)
    return Orders(
        integers(customer),
        at,
        days_of(at, zone),
        integers(kind) == CountsAs.RETURN,
        amounts,
        has_amount,
        objects(moment),
    )


@dataclass(frozen=True)
class Lines:
    """Purchased order lines; money in 1/10,000 of the shop currency, 0 where it is not known."""

    customer: Integers
    product: Integers
    day: Integers
    quantity: Integers
    unit_price: Integers
    amount: Integers
    has_amount: Flags

    def where(self, chosen: Flags) -> Lines:
        """Return the chosen lines."""
        return Lines(
            self.customer[chosen],
            self.product[chosen],
            self.day[chosen],
            self.quantity[chosen],
            self.unit_price[chosen],
            self.amount[chosen],
            self.has_amount[chosen],
        )


def read_lines(queryset: QuerySet, zone: ZoneInfo) -> Lines:
    """Return the lines that count as purchases of a queryset of lines that all have a customer."""
    customer, product, placed_at, quantity, unit_price, amount = columns(
        queryset.filter(purchased_quantity__gt=0).order_by(
            "customer_id", "product_id", "placed_at"
        ),
        "customer_id",
        "product_id",
        raw("placed_at"),
        "purchased_quantity",
        units("unit_price"),
        units("amount"),
    )
    amounts, has_amount = optional_integers(amount)
    return Lines(
        integers(customer),
        integers(product),
        days_of(moments(placed_at), zone),
        integers(quantity),
        optional_integers(unit_price)[0],
        amounts,
        has_amount,
    )
