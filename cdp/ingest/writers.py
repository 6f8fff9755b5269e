"""Which function stores which kind of row, and which tables it fills."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from django.db.models import Model

from cdp.ingest import carts, customers, events, order_lines, orders, products, refunds
from cdp.ingest.context import Outcome
from cdp.models import (
    Cart,
    CartLine,
    Consent,
    ConsentEvent,
    Customer,
    CustomerFieldValue,
    CustomerIdentity,
    Event,
    ImportKind,
    Order,
    OrderLine,
    Product,
    ProductAttribute,
    ProductCategory,
    Refund,
)

WRITERS: dict[str, Callable[..., Outcome]] = {
    ImportKind.CUSTOMERS: customers.write,
    ImportKind.PRODUCTS: products.write,
    ImportKind.ORDERS: orders.write,
    ImportKind.ORDER_LINES: order_lines.write,
    ImportKind.REFUNDS: refunds.write,
    ImportKind.CARTS: carts.write,
    ImportKind.CART_LINES: carts.write_lines,
    ImportKind.EVENTS: events.write,
    ImportKind.CONSENTS: events.write_consents,
}
TABLES: dict[str, Sequence[type[Model]]] = {
    ImportKind.CUSTOMERS: (Customer, CustomerIdentity, CustomerFieldValue),
    ImportKind.PRODUCTS: (Product, ProductCategory, ProductAttribute),
    ImportKind.ORDERS: (Order, Customer),
    ImportKind.ORDER_LINES: (OrderLine, Product),
    ImportKind.REFUNDS: (Refund, Order),
    ImportKind.CARTS: (Cart,),
    ImportKind.CART_LINES: (CartLine, Product),
    ImportKind.EVENTS: (Event,),
    ImportKind.CONSENTS: (ConsentEvent, Consent),
}
