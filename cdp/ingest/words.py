"""What fields and kinds of files are called where people choose them, in their language."""

from __future__ import annotations

from collections.abc import Iterable
from functools import reduce
from typing import TYPE_CHECKING

from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _

from cdp.models import ImportKind

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

FIELD_WORDS: dict[str, StrPromise] = {
    "abandoned_at": _("date the cart was abandoned"),
    "ads_consent": _("consent to ads"),
    "ads_consent_at": _("consent to ads: date"),
    "available": _("available (yes/no)"),
    "brand": _("brand"),
    "cancelled_at": _("cancelled on"),
    "cart_id": _("cart id"),
    "category": _("category"),
    "channel": _("channel"),
    "choice": _("consent (yes/no)"),
    "city": _("city"),
    "country": _("country"),
    "currency": _("currency"),
    "customer_id": _("customer id"),
    "department": _("department"),
    "detail": _("detail"),
    "discount": _("discount"),
    "email": _("e-mail address"),
    "email_consent": _("consent to e-mail"),
    "email_consent_at": _("consent to e-mail: date"),
    "event_id": _("event id"),
    "first_name": _("first name"),
    "first_seen_at": _("first offered on"),
    "groups": _("customer groups"),
    "image_url": _("address of the image"),
    "kind": _("kind of event"),
    "language": _("language"),
    "last_name": _("last name"),
    "line_id": _("line id"),
    "line_total": _("line total"),
    "list_price": _("list price"),
    "name": _("name"),
    "occurred_at": _("date"),
    "order_id": _("order id"),
    "page_url": _("address of the page"),
    "phone": _("phone number"),
    "placed_at": _("order date"),
    "postal_code": _("postal code"),
    "price": _("price"),
    "product_id": _("product id"),
    "product_name": _("product name"),
    "profiling_consent": _("consent to profiling"),
    "profiling_consent_at": _("consent to profiling: date"),
    "proof": _("proof of the consent"),
    "purpose": _("purpose"),
    "quantity": _("quantity"),
    "query": _("search words"),
    "refund_id": _("refund id"),
    "refunded": _("amount given back"),
    "refunded_at": _("refund date"),
    "region": _("region"),
    "registered_at": _("registration date"),
    "shipping": _("shipping costs"),
    "sku": _("SKU"),
    "sms_consent": _("consent to SMS"),
    "sms_consent_at": _("consent to SMS: date"),
    "started_at": _("cart date"),
    "status": _("status"),
    "subcategory": _("subcategory"),
    "tags": _("tags"),
    "tax": _("tax"),
    "total": _("total"),
    "unit_price": _("price of one piece"),
    "updated_at": _("last changed on"),
}

# Fields that messages call by the name of their column where that differs from the words above.
COLUMN_WORDS = (
    gettext_noop("ads consent"),
    gettext_noop("ads consent at"),
    gettext_noop("available"),
    gettext_noop("cancelled at"),
    gettext_noop("email consent"),
    gettext_noop("email consent at"),
    gettext_noop("first seen at"),
    gettext_noop("groups"),
    gettext_noop("image url"),
    gettext_noop("page url"),
    gettext_noop("phone"),
    gettext_noop("profiling consent"),
    gettext_noop("profiling consent at"),
    gettext_noop("proof"),
    gettext_noop("query"),
    gettext_noop("refunded"),
    gettext_noop("shipping"),
    gettext_noop("sku"),
    gettext_noop("sms consent"),
    gettext_noop("sms consent at"),
    gettext_noop("unit price"),
    gettext_noop("updated at"),
)

# What a kind of file is good for, in the order in which files build on each other.
KIND_USES: dict[str, StrPromise] = {
    ImportKind.CUSTOMERS: _("Who they are, where they live, and what they agreed to receive."),
    ImportKind.PRODUCTS: _("Names, brands and categories: segments by what people bought."),
    ImportKind.ORDERS: _(
        "What was bought when: life cycle, importance, revenue and order figures."
    ),
    ImportKind.ORDER_LINES: _("Which products an order held: segments by product and category."),
    ImportKind.REFUNDS: _("What was given back, so that revenue is what stayed."),
    ImportKind.CARTS: _("Carts that were left behind: segments by abandoned cart."),
    ImportKind.CART_LINES: _("Which products lie in a cart."),
    ImportKind.EVENTS: _("What people did on the site or with a message: views, searches, clicks."),
    ImportKind.CONSENTS: _("Who agreed to what, when and on which channel, with proof."),
}


def either(words: Iterable[str]) -> str:
    """Return names of which one is enough, such as "customer id or e-mail address"."""
    return reduce(_one_or_other, words)


def _one_or_other(one: str, other: str) -> str:
    return gettext("%(one)s or %(other)s") % {"one": one, "other": other}
