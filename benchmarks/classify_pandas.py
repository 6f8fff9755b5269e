"""The yardstick of the refresh in pandas: read everything, group, label; write nothing back."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import numpy as np
import pandas as pd
from django.db import connection

NOW = datetime(2026, 11, 24, 11, 0, tzinfo=UTC)


def _read(sql: str, columns: str) -> pd.DataFrame:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return pd.DataFrame(cursor.fetchall(), columns=columns.split())


def _orders() -> tuple[pd.DataFrame, pd.DataFrame]:
    orders = _read(
        "SELECT customer_id, placed_at, amount, counts_as FROM cdp_order "
        "WHERE counts_as > 0 AND customer_id IS NOT NULL",
        "customer moment amount counts_as",
    )
    orders["moment"] = pd.to_datetime(orders["moment"], utc=True)
    paid = orders[orders.counts_as == 1].copy()
    local = paid.moment.dt.tz_convert("Europe/Copenhagen").dt.tz_localize(None)
    paid["day"] = (local.dt.normalize() - pd.Timestamp(0)).dt.days
    return orders, paid


def _cadence(paid: pd.DataFrame) -> pd.DataFrame:
    days = paid[["customer", "day"]].drop_duplicates().sort_values(["customer", "day"])
    days["gap"] = days.groupby("customer").day.diff()
    gaps = days[days.gap > 3].groupby("customer").tail(8)
    grouped = gaps.groupby("customer").gap
    cadence = pd.DataFrame({"cadence": grouped.median(), "gap_count": grouped.size()})
    away = (np.log(gaps.gap) - np.log(gaps.customer.map(cadence.cadence))) ** 2
    cadence["spread"] = np.sqrt(away.groupby(gaps.customer).mean())
    return cadence


def _prices() -> pd.DataFrame:
    lines = _read(
        "SELECT l.customer_id, l.placed_at, l.purchased_quantity, l.unit_price, l.discount, "
        "pc.category_id FROM cdp_orderline l JOIN cdp_productcategory pc "
        "ON pc.product_id = l.product_id AND pc.distance = 0 "
        "WHERE l.purchased_quantity > 0 AND l.unit_price > 0",
        "customer moment quantity price discount category",
    )
    lines["log"] = np.log(lines.price.astype(float))
    units = lines.quantity.clip(upper=3)
    weighted = (lines.log * units).groupby(lines.category).sum()
    norms = weighted / units.groupby(lines.category).sum()
    lines = lines[lines.customer.notna()]
    age = (pd.Timestamp(NOW) - pd.to_datetime(lines.moment, utc=True)).dt.total_seconds() / 86_400
    weight = lines.quantity.clip(upper=3) * 0.5 ** (age / 730)
    away = weight * (lines.log - lines.category.map(norms))
    owner = lines.customer
    regular = lines.price * lines.quantity
    return pd.DataFrame(
        {
            "index": np.exp(away.groupby(owner).sum() / (weight.groupby(owner).sum() + 3)),
            "saved": lines.discount.groupby(owner).sum() / regular.groupby(owner).sum(),
        }
    )


def classify() -> Any:
    """Return a frame with a row per customer."""
    customers = _read(
        "SELECT id, country, region_key, city_key, language, registered_at, bucket, email_consent "
        "FROM cdp_customer WHERE erased_at IS NULL",
        "customer country region city language registered bucket consent",
    ).set_index("customer")
    orders, paid = _orders()
    grouped = paid.groupby("customer")
    result = customers.join(
        pd.DataFrame(
            {
                "orders": grouped.size(),
                "first_day": grouped.day.min(),
                "last_day": grouped.day.max(),
                "first": grouped.moment.min(),
                "last": grouped.moment.max(),
                "revenue": orders.groupby("customer").amount.sum(),
            }
        )
    )
    result = result.join(_cadence(paid)).join(_prices())
    events = _read("SELECT customer_id, occurred_at FROM cdp_event", "customer moment")
    result = result.join(events.groupby("customer").moment.max().rename("activity"))
    today = (pd.Timestamp("2026-11-24") - pd.Timestamp(0)).days
    silence = today - result.last_day
    tolerance = np.exp(0.84 * result.spread).clip(1.25, 2.0)
    floor = np.where(result.gap_count < 4, 30, 14)
    slip = np.maximum(floor, result.cadence.clip(upper=540) * tolerance).fillna(180)
    result["life_cycle"] = np.select(
        [silence <= np.minimum(30, slip), silence <= slip, silence <= np.maximum(90, 2 * slip)],
        ["just_ordered", "active", "slipping_away"],
        "lost",
    )
    often = result[result.orders > 1]
    span = often.last_day - often.first_day
    pace = 365 * often.orders / (span + np.minimum(silence, slip)[often.index] + 92)
    revenue = often.revenue.astype(float)
    ranks = pd.DataFrame(
        {
            "orders": (often.orders + pace).rank(pct=True),
            "value": (revenue + pace * revenue / often.orders).rank(pct=True),
        }
    )
    result["importance"] = "one_time"
    result.loc[often.index, "importance"] = np.select(
        [ranks.min(axis=1) >= 0.85, ranks.orders >= 0.6], ["vip", "frequent"], "loyal"
    )
    result["price"] = pd.cut(result["index"], [0, 0.85, 1.15, np.inf]).cat.codes
    return result
