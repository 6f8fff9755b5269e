"""The only road from querysets to arrays: columns of whole numbers, sorted by customer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

import numpy as np
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import BigIntegerField, ExpressionWrapper, F, QuerySet, TextField, Value
from django.db.models.functions import Cast, Coalesce, Extract
from django.db.models.sql.compiler import SQLCompiler
from numpy.typing import NDArray

from cdp.models import CountsAs
from cdp.periods import start_of

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

EPOCH_DAY = date(1970, 1, 1).toordinal()
MICROSECOND = 1_000_000
MISSING = -(2**62)
ROWS_AT_ONCE = 20_000


class _Undecoded(ExpressionWrapper):
    """A value as the driver gives it: Django's decoding costs more than the reading itself."""

    def get_db_converters(self, connection: BaseDatabaseWrapper) -> list:
        """Decode nothing."""
        return []


class _UndecodedMoment(_Undecoded):
    """A moment as what costs least to read: text on SQLite, microseconds on PostgreSQL."""

    def as_sqlite(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **context: object
    ) -> tuple[str, Sequence[object]]:
        """Compile as text; the cast keeps the driver from decoding it."""
        return compiler.compile(Cast(self.expression, TextField()))

    def as_postgresql(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **context: object
    ) -> tuple[str, Sequence[object]]:
        """Compile as a whole number."""
        seconds = Extract(self.expression, "epoch", tzinfo=UTC).resolve_expression(compiler.query)
        return compiler.compile(Cast(seconds * Value(MICROSECOND), BigIntegerField()))


def raw(path: str) -> ExpressionWrapper:
    """Return a moment column undecoded, for `moments`."""
    return _UndecodedMoment(F(path), output_field=TextField())


def units(path: str) -> ExpressionWrapper:
    """Return a money column as whole 1/10,000 of the currency unit, MISSING where it is NULL."""
    number = BigIntegerField()
    known = Coalesce(F(path), Value(MISSING, output_field=number), output_field=number)
    return _Undecoded(known, output_field=number)


def moments(values: Sequence[str] | Sequence[int]) -> Integers:
    """Return undecoded moments, none of them NULL, as microseconds since 1970."""
    if values and isinstance(values[0], str):
        return np.array(values, dtype="datetime64[us]").astype(np.int64)
    return np.array(values, np.int64)


def optional_moments(values: Sequence[str | int | None]) -> tuple[Integers, Flags]:
    """Return undecoded moments (0 for NULL) and where they are known."""
    known = np.fromiter((value is not None for value in values), np.bool_, len(values))
    result = np.zeros(len(values), np.int64)
    result[known] = moments([value for value in values if value is not None])  # type: ignore[arg-type]
    return result, known


def aware(at: Integers, known: Flags) -> list[datetime | None]:
    """Return moments in microseconds as aware datetimes, None where `known` is false."""
    naive: list[datetime] = at.astype("datetime64[us]").tolist()
    return [
        value.replace(tzinfo=UTC) if is_known else None
        for value, is_known in zip(naive, known.tolist(), strict=True)
    ]


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
    return np.array(values, np.int64)


def columns(queryset: QuerySet, *names: str | ExpressionWrapper) -> list[tuple]:
    """Return the columns of a queryset as tuples of equal length."""
    rows = list(queryset.values_list(*names).iterator(chunk_size=ROWS_AT_ONCE))
    return list(zip(*rows, strict=True)) if rows else [() for _ in names]


def positions(customer: Integers, ids: Integers) -> tuple[Integers, Flags]:
    """Return the places of those customers that are among the sorted `ids`, and which ones those
    are.
    """
    if not ids.size:
        return np.empty(0, np.int64), np.zeros(customer.size, np.bool_)
    place = np.minimum(np.searchsorted(ids, customer), ids.size - 1)
    present = ids[place] == customer
    return place[present], present


@dataclass(frozen=True)
class Orders:
    """Paid orders and returns sorted by customer and moment; all arrays have one entry per order.

    `at` in microseconds since 1970, `day` an ordinal local day, `amount` in 1/10,000 of the shop
    currency (0 where `has_amount` is false because no exchange rate is known).
    """

    customer: Integers
    at: Integers
    day: Integers
    is_return: Flags
    amount: Integers
    has_amount: Flags

    def where(self, chosen: Flags) -> Orders:
        """Return the chosen orders."""
        return Orders(
            self.customer[chosen],
            self.at[chosen],
            self.day[chosen],
            self.is_return[chosen],
            self.amount[chosen],
            self.has_amount[chosen],
        )


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
    amounts = integers(amount)
    has_amount = amounts != MISSING
    return Orders(
        integers(customer),
        at,
        days_of(at, zone),
        integers(kind) == CountsAs.RETURN,
        np.where(has_amount, amounts, 0),
        has_amount,
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
    prices, amounts = integers(unit_price), integers(amount)
    has_amount = amounts != MISSING
    return Lines(
        integers(customer),
        integers(product),
        days_of(moments(placed_at), zone),
        integers(quantity),
        np.where(prices != MISSING, prices, 0),
        np.where(has_amount, amounts, 0),
        has_amount,
    )
