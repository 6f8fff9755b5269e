"""Example files: for each kind one that can be imported as it is, written from the declarations."""

from __future__ import annotations

import csv
import io

from cdp.ingest.records import RECORDS, Field

# The two rows of an example; a field that stands here under its name or its type.
_BY_NAME: dict[str, tuple[str, str]] = {
    "customer_id": ("1001", "1002"),
    "email": ("anna@example.com", "ben@example.com"),
    "first_name": ("Anna", "Ben"),
    "last_name": ("Larsen", "Rossi"),
    "name": ("", ""),
    "phone": ("+4520123456", ""),
    "language": ("da", "it"),
    "country": ("DK", "Italy"),
    "region": ("Hovedstaden", "Lombardia"),
    "city": ("København", "Milano"),
    "postal_code": ("2100", "20121"),
    "tags": ("newsletter, fair 2025", "wholesale"),
    "groups": ("Regular", "Business"),
    "product_id": ("P-1", "P-2"),
    "sku": ("TENT-2", "SHOE-42"),
    "product_name": ("Igloo tent", "Trail shoe"),
    "brand": ("Nordisk", "Fellrunner"),
    "department": ("Outdoor", "Sport"),
    "category": ("Tents", "Running"),
    "subcategory": ("Family tents", "Shoes"),
    "image_url": ("https://shop.example/tent.jpg", "https://shop.example/shoe.jpg"),
    "page_url": ("https://shop.example/tent", "https://shop.example/shoe"),
    "order_id": ("5001", "5002"),
    "line_id": ("1", "2"),
    "refund_id": ("R-1", "R-2"),
    "cart_id": ("C-1", "C-2"),
    "event_id": ("E-1", "E-2"),
    "status": ("completed", "processing"),
    "channel": ("web", "shop"),
    "purpose": ("email", "sms"),
    "kind": ("product_view", "search"),
    "query": ("", "running shoes"),
    "detail": ("/tents", "/search"),
    "proof": ("form on the home page", "checkout"),
    "discount": ("10.00", ""),
    "shipping": ("4.90", "0.00"),
    "tax": ("23.78", "19.80"),
    "refunded": ("", ""),
    "cancelled_at": ("", ""),
}
_BY_TYPE: dict[str, tuple[str, str]] = {
    "money": ("118.90", "99.00"),
    "quantity": ("1", "2"),
    "flag": ("yes", "no"),
    "moment": ("2026-03-01 10:15", "2026-03-02 18:40"),
    "past": ("2026-03-01 10:15", "2026-03-02 18:40"),
    "currency": ("EUR", "EUR"),
}
_BY_KIND: dict[tuple[str, str], tuple[str, str]] = {
    ("products", "name"): ("Igloo tent", "Trail shoe"),
    ("products", "list_price"): ("139.00", "99.00"),
    ("carts", "status"): ("", ""),
    ("carts", "order_id"): ("", ""),
    ("consents", "channel"): ("email", "sms"),
}


def example(kind: str) -> str:
    """Return the example file of a kind as CSV."""
    fields = RECORDS[kind].fields
    columns = [_values(kind, field) for field in fields]
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow([field.name for field in fields])
    writer.writerows(zip(*columns, strict=True))
    return buffer.getvalue()


def _values(kind: str, field: Field) -> tuple[str, str]:
    found = _BY_KIND.get((kind, field.name)) or _BY_NAME.get(field.name)
    return found or _BY_TYPE.get(field.type, ("", ""))
