"""Which function stores which kind of row, and which tables it fills."""

from __future__ import annotations

from collections.abc import Callable

from django.db.models import Model

from cdp.ingest import customers, order_lines, orders, products
from cdp.ingest.context import Outcome
from cdp.models import (
    Customer,
    CustomerFieldValue,
    CustomerIdentity,
    ImportKind,
    Order,
    OrderLine,
    Product,
    ProductAttribute,
    ProductCategory,
)

WRITERS: dict[str, Callable[..., Outcome]] = {
    ImportKind.CUSTOMERS: customers.write,
    ImportKind.PRODUCTS: products.write,
    ImportKind.ORDERS: orders.write,
    ImportKind.ORDER_LINES: order_lines.write,
}
TABLES: dict[str, tuple[type[Model], ...]] = {
    ImportKind.CUSTOMERS: (Customer, CustomerIdentity, CustomerFieldValue),
    ImportKind.PRODUCTS: (Product, ProductCategory, ProductAttribute),
    ImportKind.ORDERS: (Order, Customer),
    ImportKind.ORDER_LINES: (OrderLine, Product),
}
