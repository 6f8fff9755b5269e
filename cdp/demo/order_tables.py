"""What the customers of a chunk did as tables: orders, lines, refunds, carts and events."""

from __future__ import annotations

import numpy as np

from cdp.demo.assortment import LEAVES
from cdp.demo.baskets import Lines
from cdp.demo.browsing import KIND, KINDS, Carts, Events
from cdp.demo.draw import Integers
from cdp.demo.places import COUNTRIES
from cdp.demo.plan import Plan
from cdp.demo.purchases import CHANNELS, STATUSES, Purchases
from cdp.demo.tables import (
    Numbers,
    Table,
    constant,
    ids,
    moments,
    moments_or_none,
    money,
    numbered,
    texts,
)
from cdp.models import Cart, CartLine, Event, Order, OrderLine, Refund

_LINE_NUMBERS = np.array([str(number) for number in range(100)], dtype=object)


def purchase_tables(
    plan: Plan, purchases: Purchases, customers: Integers, products: Integers, numbers: Numbers
) -> tuple[Integers, list[Table]]:
    """Return the primary keys of the orders, and orders, lines and refunds."""
    orders, lines, refunds = purchases.orders, purchases.lines, purchases.refunds
    count = len(orders)
    keys, running = numbers.take(Order, count)
    buyers = ids(orders.customers, customers)
    placed_at = moments(orders.placed_at)
    is_return = (orders.totals < 0).tolist()
    external_ids = [
        f"R{number:08d}" if back else f"O{number:08d}"
        for number, back in zip(running, is_return, strict=True)
    ]
    order_table = Table(
        Order,
        {
            "id": keys.tolist(),
            "source": constant(plan.source, count),
            "external_id": external_ids,
            "customer_id": buyers,
            "status": texts(np.array(STATUSES, dtype=object)[orders.statuses]),
            "placed_at": placed_at,
            "cancelled_at": moments_or_none(orders.cancelled_at),
            "currency": constant(plan.currency, count),
            "total": money(orders.totals),
            "discount": money(np.abs(orders.discounts)),
            "shipping": money(orders.shipping),
            "tax": money(orders.taxes),
            "refunded": money(orders.refunded),
            "amount": money(orders.totals - orders.refunded),
            "channel": texts(np.array(CHANNELS, dtype=object)[orders.channels]),
            "country": texts(
                np.array([country.code for country in COUNTRIES], dtype=object)[orders.countries]
            ),
        },
    )
    own, _running = numbers.take(OrderLine, len(lines.baskets))
    bought = np.where(orders.is_paid[lines.baskets], np.maximum(lines.quantities, 0), 0)
    line_table = Table(
        OrderLine,
        {
            "id": own.tolist(),
            "order_id": keys[lines.baskets].tolist(),
            "external_id": texts(_LINE_NUMBERS[lines.numbers]),
            "customer_id": ids(orders.customers[lines.baskets], customers),
            "product_id": products[lines.products].tolist(),
            "placed_at": np.array(placed_at, dtype=object)[lines.baskets].tolist(),
            "quantity": lines.quantities.tolist(),
            "purchased_quantity": bought.tolist(),
            "unit_price": money(lines.unit_prices),
            "discount": money(np.abs(lines.discounts)),
            "amount": money(lines.amounts),
        },
    )
    given, given_running = numbers.take(Refund, len(refunds.orders))
    refund_table = Table(
        Refund,
        {
            "id": given.tolist(),
            "source": constant(plan.source, len(given)),
            "external_id": numbered("F", given_running),
            "order_id": keys[refunds.orders].tolist(),
            "customer_id": ids(orders.customers[refunds.orders], customers),
            "refunded_at": moments(refunds.moments),
            "total": money(refunds.totals),
        },
    )
    return keys, [order_table, line_table, refund_table]


def cart_tables(
    plan: Plan,
    carts: Carts,
    lines: Lines,
    *,
    customers: Integers,
    orders: Integers,
    products: Integers,
    numbers: Numbers,
) -> list[Table]:
    """Return carts and their lines."""
    count = len(carts)
    keys, running = numbers.take(Cart, count)
    totals = money(lines.sums(lines.amounts, count))
    own, _running = numbers.take(CartLine, len(lines.baskets))
    return [
        Table(
            Cart,
            {
                "id": keys.tolist(),
                "source": constant(plan.source, count),
                "external_id": numbered("B", running),
                "customer_id": ids(carts.customers, customers),
                "started_at": moments(carts.started_at),
                "abandoned_at": moments_or_none(carts.abandoned_at),
                "recovered_order_id": ids(carts.orders, orders),
                "currency": constant(plan.currency, count),
                "total": totals,
                "amount": totals,
            },
        ),
        Table(
            CartLine,
            {
                "id": own.tolist(),
                "cart_id": keys[lines.baskets].tolist(),
                "external_id": texts(_LINE_NUMBERS[lines.numbers]),
                "customer_id": ids(carts.customers[lines.baskets], customers),
                "product_id": products[lines.products].tolist(),
                "quantity": lines.quantities.tolist(),
                "unit_price": money(lines.unit_prices),
            },
        ),
    ]


def event_table(
    plan: Plan, events: Events, customers: Integers, products: Integers, numbers: Numbers
) -> Table:
    """Return the events; searches carry the words, page views the page of a category."""
    count = len(events.customers)
    own, running = numbers.take(Event, count)
    words = np.array([leaf.noun.lower() for leaf in LEAVES], dtype=object)
    pages = np.array(
        ["/" + "/".join(part.lower().replace(" ", "-") for part in leaf.path) for leaf in LEAVES],
        dtype=object,
    )
    has_leaf = events.leaves >= 0
    is_search = has_leaf & (events.kinds == KIND["search"])
    is_page = has_leaf & (events.kinds == KIND["page_view"])
    return Table(
        Event,
        {
            "id": own.tolist(),
            "source": constant(plan.source, count),
            "external_id": numbered("E", running),
            "customer_id": customers[events.customers].tolist(),
            "kind": texts(np.array(KINDS, dtype=object)[events.kinds]),
            "occurred_at": moments(events.moments),
            "product_id": ids(events.products, products),
            "query": np.where(is_search, words[events.leaves], "").tolist(),
            "detail": np.where(is_page, pages[events.leaves], "").tolist(),
        },
    )
