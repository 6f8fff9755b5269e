"""Writing carts and their lines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.db.models import OuterRef, Subquery
from django.utils.translation import gettext as _

from cdp import bulk
from cdp.ingest import products
from cdp.ingest.changes import Changes
from cdp.ingest.context import Context, Outcome, Row, rejected, without_older
from cdp.ingest.order_lines import line_id
from cdp.ingest.orders import customers_named
from cdp.models import Cart, CartLine, Order

_COLUMNS = (
    "source",
    "external_id",
    "source_updated_at",
    "customer_id",
    "started_at",
    "abandoned_at",
    "recovered_order_id",
    "currency",
    "total",
    "amount",
)
_LINE_COLUMNS = ("cart_id", "external_id", "customer_id", "product_id", "quantity", "unit_price")
_ZERO = Decimal(0)


def write(rows: Sequence[Row], *, context: Context) -> Outcome:
    """Store carts; one without customer is an anonymous visitor's."""
    outcome = Outcome()
    sound = []
    for row in rows:
        reason = _fault(row.values)
        if reason:
            outcome.rejections.append(rejected(row, reason))
        else:
            sound.append(row)
    stored = Cart.objects.filter(
        source=context.source, external_id__in=[row.values["cart_id"] for row in sound]
    )
    moments = dict(stored.values_list("external_id", "source_updated_at"))
    before = dict(stored.values_list("pk", "customer_id"))
    currencies = dict(stored.values_list("external_id", "currency"))
    fresh = without_older(sound, lambda values: values["cart_id"], context, moments)
    customers = customers_named(fresh, context=context)
    orders = _orders_named(fresh, context)
    result = bulk.upsert(
        Cart,
        _COLUMNS,
        [
            _row(row.values, customer, orders, currencies, context)
            for row, customer in zip(fresh, customers, strict=True)
        ],
        key=("source", "external_id"),
        newer_by="source_updated_at",
    )
    cart = Cart.objects.filter(pk=OuterRef("cart_id"))
    CartLine.objects.filter(cart__in=result.changed).update(
        customer_id=Subquery(cart.values("customer_id")[:1])
    )
    changes = Changes()
    changes.add_all(before.get(pk) for pk in result.changed)
    changes.add_all(
        Cart.objects.filter(pk__in=result.touched).values_list("customer_id", flat=True)
    )
    changes.store(now=context.now)
    written = Outcome.of(result, len(sound))
    return Outcome(written.new, written.changed, written.unchanged, outcome.rejections)


def _fault(values: Mapping[str, Any]) -> str:
    if values.get("total", _ZERO) < 0:
        return _("The cart total is negative. Write what the cart was worth.")
    if values.get("abandoned_at") and values["abandoned_at"] < values["started_at"]:
        return _("The cart was abandoned before it was started. Check the two dates.")
    return ""


def _orders_named(rows: Sequence[Row], context: Context) -> dict[str, int]:
    names = {row.values["order_id"] for row in rows if "order_id" in row.values}
    found = dict(
        Order.objects.filter(source=context.source, external_id__in=names).values_list(
            "external_id", "pk"
        )
    )
    context.notes.add(
        "unknown_order",
        _("The order that the cart became is not known; import the carts again after the orders."),
        len(names - set(found)),
    )
    return found


def _row(
    values: Mapping[str, Any],
    customer_id: int | None,
    orders: Mapping[str, int],
    currencies: Mapping[str, str],
    context: Context,
) -> tuple[object, ...]:
    started_at, total = values["started_at"], values.get("total")
    abandoned_at = values.get("abandoned_at")
    if abandoned_at is None and "abandon" in values.get("status", "").casefold():
        abandoned_at = max(values.get("updated_at", started_at), started_at)
    currency = values.get("currency") or currencies.get(values["cart_id"]) or context.shop.currency
    return (
        context.source,
        values["cart_id"],
        values.get("updated_at"),
        customer_id,
        started_at,
        abandoned_at,
        orders.get(values.get("order_id", "")),
        currency,
        total,
        context.in_shop_currency(total, currency, started_at),
    )


def write_lines(rows: Sequence[Row], *, context: Context) -> Outcome:
    """Store the lines of whole carts; their other lines are deleted."""
    carts = {
        cart.external_id: cart
        for cart in Cart.objects.filter(
            source=context.source, external_id__in={row.values["cart_id"] for row in rows}
        )
    }
    outcome = Outcome()
    taken = []
    for row in rows:
        if row.values["cart_id"] not in carts:
            reason = _("The cart of this row is not known. Import the carts first.")
            outcome.rejections.append(rejected(row, reason))
        elif not row.values.get("quantity", 1) >= 0:
            reason = _("The quantity in a cart cannot be negative.")
            outcome.rejections.append(rejected(row, reason))
        else:
            taken.append(row)
    product_ids = products.known_or_new(taken, context=context)
    seen: Counter[tuple[str, str]] = Counter()
    lines: list[tuple[Any, ...]] = []
    for row in taken:
        cart = carts[row.values["cart_id"]]
        price = row.values.get("unit_price")
        lines.append(
            (
                cart.pk,
                line_id(row.values, cart.external_id, seen),
                cart.customer_id,
                product_ids[products.product_id(row.values)],
                row.values.get("quantity", 1),
                None if price is None else abs(price),
            )
        )
    result = bulk.upsert(CartLine, _LINE_COLUMNS, lines, key=("cart_id", "external_id"))
    torn = {carts[name].pk for name in context.torn if name in carts}
    kept = [(line[0], line[1]) for line in lines if line[0] not in torn]
    gone = bulk.delete_unlisted(CartLine, ("cart_id", "external_id"), kept, scope="cart_id")
    context.notes.add(
        "gone_lines", _("The stored cart line is no longer in the file and was deleted."), len(gone)
    )
    if result.touched or gone:
        _settle_totals(carts.values(), context)
    written = Outcome.of(result, len(lines))
    return Outcome(written.new, written.changed, written.unchanged, outcome.rejections)


def _settle_totals(carts: Collection[Cart], context: Context) -> None:
    """Note the customers; carts without total get that of their lines."""
    missing = {cart.pk: cart for cart in carts if not cart.total}
    worth: dict[int, Decimal] = {}
    for pk, quantity, price in CartLine.objects.filter(cart__in=missing).values_list(
        "cart_id", "quantity", "unit_price"
    ):
        if price is not None:
            worth[pk] = worth.get(pk, _ZERO) + quantity * price
    rows = [
        (
            pk,
            total,
            context.in_shop_currency(total, missing[pk].currency, missing[pk].started_at),
        )
        for pk, total in worth.items()
    ]
    bulk.upsert(Cart, ("id", "total", "amount"), rows, key=("id",))
    changes = Changes()
    changes.add_all(cart.customer_id for cart in carts)
    changes.store(now=context.now)
