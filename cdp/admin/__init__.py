"""The plain pages of the record: lists and rows in the admin shell."""

from cdp.admin import background, customers, desk, orders, products, shop, users

__all__ = ["background", "customers", "desk", "orders", "products", "shop", "users"]
