"""Writing order lines: the lines of an order that a file names are the whole set of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from cdp import bulk
from cdp.ingest import products
from cdp.ingest.changes import Changes
from cdp.ingest.context import Context, Outcome, Row, rejected
from cdp.models import CountsAs, Order, OrderLine

_COLUMNS = (
    "order_id",
    "external_id",
    "customer_id",
    "product_id",
    "placed_at",
    "quantity",
    "purchased_quantity",
    "unit_price",
    "discount",
    "amount",
)
_CENT = Decimal("0.01")
_ZERO = Decimal(0)


class _Order(NamedTuple):
    pk: int
    customer_id: int | None
    placed_at: datetime
    currency: str
    counts_as: int


def write(rows: Sequence[Row], *, context: Context) -> Outcome:
    """Store the lines of whole orders; lines of these orders that are not among `rows` are
    deleted.
    """
    found = Order.objects.filter(
        source=context.source, external_id__in={row.values["order_id"] for row in rows}
    ).values_list("external_id", "pk", "customer_id", "placed_at", "currency", "counts_as")
    orders = {external_id: _Order(*values) for external_id, *values in found}
    outcome = Outcome()
    taken = []
    for row in rows:
        if row.values["order_id"] in orders:
            taken.append(row)
        else:
            reason = "The order of this row is not known. Import the orders first."
            outcome.rejections.append(rejected(row, reason))
    product_ids = products.known_or_new(taken, context=context)
    seen: Counter[tuple[str, str]] = Counter()
    lines = []
    for row in taken:
        order = orders[row.values["order_id"]]
        name = line_id(row.values, row.values["order_id"], seen)
        product = product_ids[products.product_id(row.values)]
        lines.append(_stored(row.values, name, order, product, context))
    _write_set(lines, orders, context, outcome)
    return outcome


def line_id(values: Mapping[str, Any], parent: str, seen: Counter[tuple[str, str]]) -> str:
    """Return the line's own id or, without one, its product and which occurrence of it this is."""
    if "line_id" in values:
        return str(values["line_id"])
    product = products.product_id(values)
    seen[parent, product] += 1
    return f"{product}:{seen[parent, product]}"


def _write_set(
    lines: list[tuple[Any, ...]], orders: Mapping[str, _Order], context: Context, outcome: Outcome
) -> None:
    by_pk = {order.pk: order for order in orders.values()}
    filled = set(
        OrderLine.objects.filter(order__in=by_pk).values_list("order_id", flat=True).distinct()
    )
    fresh = bulk.merge_by_key((line for line in lines if line[0] not in filled), 2)
    repeated = [line for line in lines if line[0] in filled]
    bulk.insert_rows(OrderLine, _COLUMNS, fresh)
    result = bulk.upsert(OrderLine, _COLUMNS, repeated, key=("order_id", "external_id"))
    touched = {int(str(line[0])) for line in fresh}
    touched |= set(
        OrderLine.objects.filter(pk__in=result.touched).values_list("order_id", flat=True)
    )
    torn = {orders[name].pk for name in context.torn if name in orders}
    touched |= _delete_others(repeated, filled - torn, context)
    changes = Changes()
    for pk in touched:
        changes.add(by_pk[pk].customer_id, by_pk[pk].placed_at)
    changes.store(now=context.now)
    outcome.new += len(fresh) + len(result.new)
    outcome.changed += len(result.changed)
    outcome.unchanged += len(lines) - len(fresh) - len(result.new) - len(result.changed)


def _delete_others(lines: list[tuple[Any, ...]], order_ids: set[int], context: Context) -> set[int]:
    """Delete the stored lines of these orders that are not listed; return the orders that lost
    some.
    """
    listed = {(line[0], line[1]) for line in lines}
    gone = [
        (pk, order)
        for pk, order, name in OrderLine.objects.filter(order__in=order_ids).values_list(
            "pk", "order_id", "external_id"
        )
        if (order, name) not in listed
    ]
    OrderLine.objects.filter(pk__in=[pk for pk, _order in gone]).delete()
    context.notes.add(
        "gone_lines",
        "The stored order line is no longer in the file and was deleted.",
        len(gone),
    )
    return {order for _pk, order in gone}


def _stored(
    values: Mapping[str, Any], name: str, order: _Order, product: int, context: Context
) -> tuple[Any, ...]:
    quantity = values.get("quantity", 1)
    prices = [values[name] for name in ("unit_price", "list_price") if name in values]
    unit_price = max(prices, default=None)
    discount, total = values.get("discount"), values.get("line_total")
    if total is None and unit_price is not None:
        gross = quantity * prices[0]
        total = gross - (abs(discount or _ZERO) if quantity >= 0 else -abs(discount or _ZERO))
    if unit_price is None and total is not None and quantity:
        unit_price = ((total + (discount or _ZERO)) / quantity).quantize(_CENT / 100)
    if discount is None and total is not None and unit_price is not None and quantity > 0:
        saved = quantity * unit_price - total
        discount = saved if saved >= _CENT else None
    if total is None:
        context.notes.add("no_price", "The order line has no price; it counts in no amount.")
    currency, placed_at = order.currency, order.placed_at
    return (
        order.pk,
        name,
        order.customer_id,
        product,
        placed_at,
        quantity,
        max(quantity, 0) if order.counts_as == CountsAs.ORDER else 0,
        context.in_shop_currency(unit_price, currency, placed_at),
        context.in_shop_currency(abs(discount), currency, placed_at) if discount else _ZERO,
        context.in_shop_currency(total, currency, placed_at),
    )
