"""Writing order lines: the lines of an order that a file names are the whole set of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

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
_NO_PRICE = gettext_lazy("The order line has no price; it counts in no amount.")
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
            reason = _("The order of this row is not known. Import the orders first.")
            outcome.rejections.append(rejected(row, reason))
    product_ids = products.known_or_new(taken, context=context)
    seen: Counter[tuple[str, str]] = Counter()
    prices, purchase = _Prices(context), CountsAs.ORDER.value
    lines = []
    for _line, values, _cells in taken:
        parent = values["order_id"]
        order = orders[parent]
        product = products.product_id(values)
        name = values["line_id"] if "line_id" in values else _numbered(parent, product, seen)
        quantity = values.get("quantity", 1)
        purchased = quantity if quantity > 0 and order.counts_as == purchase else 0
        lines.append(
            (
                order.pk,
                name,
                order.customer_id,
                product_ids[product],
                order.placed_at,
                quantity,
                purchased,
                *prices.of(values, quantity, order),
            )
        )
    _write_set(lines, orders, context, outcome)
    return outcome


def line_id(values: Mapping[str, Any], parent: str, seen: Counter[tuple[str, str]]) -> str:
    """Return the line's own id or, without one, its product and which occurrence of it this is."""
    if "line_id" in values:
        return str(values["line_id"])
    return _numbered(parent, products.product_id(values), seen)


def _numbered(parent: str, product: str, seen: Counter[tuple[str, str]]) -> str:
    number = seen[parent, product] = seen.get((parent, product), 0) + 1
    return f"{product}:{number}"


def _write_set(
    lines: list[tuple[Any, ...]], orders: Mapping[str, _Order], context: Context, outcome: Outcome
) -> None:
    by_pk = {order.pk: order for order in orders.values()}
    filled = set(
        OrderLine.objects.filter(order__in=by_pk).values_list("order_id", flat=True).distinct()
    )
    fresh = bulk.merge_by_key((line for line in lines if line[0] not in filled), 2)
    repeated = bulk.merge_by_key((line for line in lines if line[0] in filled), 2)
    bulk.insert_rows(OrderLine, _COLUMNS, fresh)
    key = ("order_id", "external_id")
    found = bulk.compare(OrderLine, _COLUMNS, repeated, key=key)
    result = bulk.upsert(OrderLine, _COLUMNS, found.differing, key=key)
    touched: set[Any] = {line[0] for line in fresh}
    touched |= set(
        OrderLine.objects.filter(pk__in=result.touched).values_list("order_id", flat=True)
    )
    torn = {orders[name].pk for name in context.torn if name in orders}
    gone = {pk: order for pk, order in found.unlisted.items() if order not in torn}
    OrderLine.objects.filter(pk__in=gone).delete()
    context.notes.add(
        "gone_lines",
        _("The stored order line is no longer in the file and was deleted."),
        len(gone),
    )
    touched |= set(gone.values())
    changes = Changes()
    for pk in touched:
        changes.add(by_pk[pk].customer_id, by_pk[pk].placed_at)
    changes.store(now=context.now)
    outcome.new += len(fresh) + len(result.new)
    outcome.changed += len(result.changed)
    outcome.unchanged += len(lines) - len(fresh) - len(result.new) - len(result.changed)


class _Prices:
    """Unit price, discount and amount of lines, in shop currency; equal lines are worked out
    once.
    """

    def __init__(self, context: Context) -> None:
        self._context = context
        self._known: dict[tuple[object, ...], tuple[Decimal | None, ...]] = {}

    def of(
        self, values: Mapping[str, Any], quantity: int, order: _Order
    ) -> tuple[Decimal | None, ...]:
        """Return the three figures of one line."""
        said = values.get
        given = (
            quantity,
            said("unit_price"),
            said("list_price"),
            said("discount"),
            said("line_total"),
        )
        figures = self._known.get(given)
        if figures is None:
            figures = self._known[given] = _figures(*given)
        unit_price, discount, total = figures
        context, currency = self._context, order.currency
        if total is None:
            context.notes.add("no_price", _NO_PRICE)
        if not currency or currency == context.shop.currency:
            return figures
        moment = order.placed_at
        return (
            context.in_shop_currency(unit_price, currency, moment),
            context.in_shop_currency(discount, currency, moment) if discount else _ZERO,
            context.in_shop_currency(total, currency, moment),
        )


def _figures(
    quantity: int,
    unit_price: Decimal | None,
    list_price: Decimal | None,
    discount: Decimal | None,
    total: Decimal | None,
) -> tuple[Decimal | None, ...]:
    """Return the regular price, the discount and what was paid, as far as they can be told."""
    prices = [price for price in (unit_price, list_price) if price is not None]
    regular = max(prices, default=None)
    if total is None and regular is not None:
        gross = quantity * prices[0]
        total = gross - (abs(discount or _ZERO) if quantity >= 0 else -abs(discount or _ZERO))
    if regular is None and total is not None and quantity:
        regular = ((total + (discount or _ZERO)) / quantity).quantize(_CENT / 100)
    if discount is None and total is not None and regular is not None and quantity > 0:
        saved = quantity * regular - total
        discount = saved if saved >= _CENT else None
    return regular, abs(discount) if discount else _ZERO, total
