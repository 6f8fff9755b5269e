"""The counted facts of customers: orders, revenue, discounts, gaps, last activity, and copied
profile columns.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from django.db.models import Max, Q, QuerySet

from analytics.predictive.cadence import Days
from analytics.predictive.frames import (
    Flags,
    Floats,
    Integers,
    Lines,
    Orders,
    aware,
    columns,
    integers,
    moment_of,
    moments,
    optional_moments,
    positions,
    raw,
    units,
)
from analytics.scope import Basis, Scope
from cdp.models import Cart, ConsentFlag, Customer, Event, Order
from cdp.money import from_units

COLUMNS = (
    "customer_id",
    "order_count",
    "return_count",
    "revenue",
    "average_order_value",
    "discount_share",
    "first_order_at",
    "last_order_at",
    "mean_gap_days",
    "last_activity_at",
    "country",
    "region_key",
    "city_key",
    "language",
    "registered_at",
    "bucket",
    "email_consent",
    "is_mailable",
)
NEVER = np.iinfo(np.int64).min


@dataclass(frozen=True)
class Profiles:
    """The customers of a chunk who are not erased, sorted by id, with their copied columns as
    lists.
    """

    ids: Integers
    copied: list[Sequence]

    @property
    def count(self) -> int:
        """How many there are."""
        return int(self.ids.size)


def read_profiles(scope: Scope) -> Profiles:
    """Return the present customers of the scope."""
    customers = scope.of(Customer.objects.present(), "pk").order_by("pk")
    ids, registered, email, *copied, bucket, consent = columns(
        customers,
        "pk",
        raw("registered_at"),
        "email",
        "country",
        "region_key",
        "city_key",
        "language",
        "bucket",
        "email_consent",
    )
    granted = ConsentFlag.GRANTED
    mailable = [
        bool(address) and state == granted for address, state in zip(email, consent, strict=True)
    ]
    registered_at = aware(*optional_moments(registered))
    return Profiles(integers(ids), [*copied, registered_at, bucket, consent, mailable])


@dataclass(frozen=True)
class OrderFacts:
    """Per customer 0..n-1: counts and sums of orders; positions of the first and last order where
    `has_orders`.
    """

    order_count: Integers
    priced_count: Integers
    return_count: Integers
    revenue: Integers
    gross: Integers
    capped_revenue: Integers
    first: Integers
    last: Integers
    has_orders: Flags


def order_facts(orders: Orders, position: Integers, *, count: int, cap: int | None) -> OrderFacts:
    """Count the orders and returns; `position` tells the customer of each, sorted.

    In `capped_revenue` a single order counts up to the cap and a return down to minus the cap, so
    that a giant order and its cancelling return leave nothing.
    """
    paid = np.flatnonzero(~orders.is_return)
    buyer = position[paid]

    def total(values: Integers, of: Integers = position) -> Integers:
        result = np.zeros(count, np.int64)
        np.add.at(result, of, values)
        return result

    capped = orders.amount if cap is None else np.clip(orders.amount, -cap, cap)
    places = np.arange(count)
    first = np.searchsorted(buyer, places, side="left")
    last = np.searchsorted(buyer, places, side="right") - 1
    has_orders = last >= first
    padded = paid if paid.size else np.zeros(1, np.int64)
    return OrderFacts(
        order_count=np.bincount(buyer, minlength=count),
        priced_count=np.bincount(buyer[orders.has_amount[paid]], minlength=count),
        return_count=np.bincount(position[orders.is_return], minlength=count),
        revenue=total(orders.amount),
        gross=total(orders.amount[paid], buyer),
        capped_revenue=total(capped),
        first=padded[np.where(has_orders, first, 0)],
        last=padded[np.where(has_orders, last, 0)],
        has_orders=has_orders,
    )


def read_activity(scope: Scope, basis: Basis, ids: Integers) -> tuple[Integers, set[int]]:
    """Return per customer the latest moment of a cart or event in microseconds (NEVER without).

    The second value names the customers of whom something lies in the future.
    """
    latest = np.full(ids.size, NEVER)
    ahead: set[int] = set()
    limit = moment_of(basis.now)
    carts = scope.of(Cart.objects.filter(customer__isnull=False))
    sources: tuple[tuple[QuerySet, str], ...] = (
        (carts, "started_at"),
        (carts.filter(abandoned_at__isnull=False), "abandoned_at"),
        (scope.of(Event.objects.all()), "occurred_at"),
    )
    for rows, column in sources:
        customer, past, newest = columns(
            rows.order_by()
            .values("customer_id")
            .annotate(
                past=Max(raw(column), filter=Q(**{f"{column}__lt": basis.now})),
                newest=Max(raw(column)),
            ),
            "customer_id",
            "past",
            "newest",
        )
        owner = integers(customer)
        ahead.update(owner[moments(newest) >= limit].tolist())
        at, known = optional_moments(past)
        place, present = positions(owner[known], ids)
        np.maximum.at(latest, place, at[known][present])
    return latest, ahead


def discount_share(
    scope: Scope, basis: Basis, ids: Integers, lines: Lines, line_owner: Integers, facts: OrderFacts
) -> Floats:
    """Return the share of the regular price that was not paid, 0..1, NaN where no price is known.

    Shops write discounts on lines, on orders or on both: the larger share counts.
    """
    count = ids.size
    priced = lines.has_amount & (lines.unit_price > 0)
    regular = (lines.unit_price * lines.quantity)[priced].astype(np.float64)
    owner = line_owner[priced]
    full = np.bincount(owner, weights=regular, minlength=count)
    paid = np.bincount(owner, weights=lines.amount[priced].astype(np.float64), minlength=count)
    by_lines = np.divide(full - paid, full, out=np.full(count, np.nan), where=full > 0)
    orders = scope.of(
        Order.objects.paid().filter(
            discount__gt=0, currency=basis.currency, placed_at__lt=basis.now, customer__isnull=False
        )
    )
    customer, discount = columns(orders, "customer_id", units("discount"))
    place, present = positions(integers(customer), ids)
    given = np.bincount(place, weights=integers(discount)[present], minlength=count)
    whole = facts.gross + given
    by_orders = np.divide(
        given, whole, out=np.full(count, np.nan), where=(whole > 0) & facts.has_orders
    )
    return np.clip(np.fmax(by_lines, by_orders), 0.0, 1.0)


def optional(values: Floats, digits: int) -> list[float | None]:
    """Return rounded numbers as a list, None for NaN."""
    result = np.round(values, digits).astype(object)
    result[np.isnan(values)] = None
    return list(result)


def statistics_rows(
    profiles: Profiles,
    orders: Orders,
    facts: OrderFacts,
    days: Days,
    discounts: Floats,
    activity: Integers,
) -> list[tuple]:
    """Return the rows of `CustomerStatistics` in the order of `COLUMNS`."""
    count = profiles.count
    day_count = np.bincount(days.customer, minlength=count)
    bought = facts.has_orders
    span = np.zeros(count)
    order_day = orders.day if orders.day.size else np.zeros(1, np.int64)
    order_at = orders.at if orders.at.size else np.zeros(1, np.int64)
    span[bought] = (order_day[facts.last] - order_day[facts.first])[bought]
    mean_gap = np.divide(span, day_count - 1, out=np.full(count, np.nan), where=day_count > 1)
    last_at = np.where(bought, order_at[facts.last], NEVER)
    active_at = np.maximum(last_at, activity)
    average = [
        from_units(round(revenue / number)) if number else None
        for revenue, number in zip(facts.revenue.tolist(), facts.priced_count.tolist(), strict=True)
    ]
    return list(
        zip(
            profiles.ids.tolist(),
            facts.order_count.tolist(),
            facts.return_count.tolist(),
            [from_units(value) for value in facts.revenue.tolist()],
            average,
            optional(discounts, 4),
            aware(order_at[facts.first], bought),
            aware(last_at, bought),
            optional(mean_gap, 2),
            aware(active_at, active_at != NEVER),
            *profiles.copied,
            strict=True,
        )
    )
