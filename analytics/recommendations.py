"""Which products to recommend to whom: the stored lists, and lists among products of one's choice.

Pages, the REST interface and destinations ask here. Neither list names what is sold out, and a
product that the shop has removed since the last refresh is left out.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from django.db.models import Q, QuerySet
from django.utils.module_loading import import_string

from analytics.models import Recommendation
from analytics.models import RecommendationList as Lists
from cdp.models import Category, Product, ProductCategory
from cdp.text import key

# Computing loads numpy, so it is imported when somebody asks for it.
CHOOSE = "analytics.personal_choice.choose"
CUSTOMERS_AT_ONCE = 2_000


@dataclass(frozen=True)
class Recommended:
    """A recommended product: from which of the two lists, and its place from 1 on.

    `reason` is the product bought earlier that speaks most for it; None where the product is known
    to the customer, or simply popular.
    """

    product: Product
    list: str
    position: int
    reason: Product | None = None


@dataclass(frozen=True)
class Choice:
    """A recommended product before it is looked up: ids of it and of what speaks for it."""

    product_id: int
    list: str
    reason_id: int | None = None


PerCustomer = dict[int, list[Recommended]]
Choices = dict[int, list[Choice]]


def recommended(customer_ids: Iterable[int], *, most: int, list: str | None = None) -> PerCustomer:
    """Return what the last refresh recommends: up to `most` products of each list per customer.

    `list` asks for one of the `RecommendationList`; otherwise *buy again* comes first, then *new
    for you*, each with places from 1 on. Every asked customer has an entry, maybe an empty one.
    Two queries for up to 2,000 customers.
    """
    wanted = Lists.values if list is None else [list]
    known: dict[int, Product] = {}
    result: PerCustomer = {}
    for part in _parts(dict.fromkeys(customer_ids)):
        found: Choices = {customer_id: [] for customer_id in part}
        rows = Recommendation.objects.filter(
            customer__in=part, list__in=wanted, product__is_available=True
        ).order_by("customer_id", "list", "position")
        for customer_id, kind, product_id, reason_id in rows.values_list(
            "customer_id", "list", "product_id", "reason_id"
        ):
            found[customer_id].append(Choice(product_id, kind, reason_id))
        _look_up(known, found)
        for customer_id, choices in found.items():
            result[customer_id] = [
                one
                for kind in wanted
                for one in _named((one for one in choices if one.list == kind), known)[:most]
            ]
    return result


def recommended_among(
    customer_ids: Iterable[int],
    among: Collection[int] | QuerySet[Product],
    *,
    most: int,
    now: datetime,
) -> PerCustomer:
    """Return up to `most` of the products `among` for each customer: the best of a brand, a
    category or a keyword (see `products_about`) for this customer.

    `among` are ids or a queryset of products. What is due to be bought again comes first, then what
    is new for the customer, then what else they know, then what most people bought lately; places
    run through from 1 on. Nobody's list is empty while one of the products is available. Computed
    as of `now` from what the last refresh learned, 2,000 customers at once: ask in parts if the
    answer for all would be too large to hold.
    """
    chosen = (
        among.filter(is_available=True)
        if isinstance(among, QuerySet)
        else Product.objects.filter(is_available=True, pk__in=among)
    )
    product_ids = set(chosen.order_by().values_list("pk", flat=True))
    choose = import_string(CHOOSE)
    known: dict[int, Product] = {}
    result: PerCustomer = {}
    for part in _parts(dict.fromkeys(customer_ids)):
        found: Choices = choose(part, product_ids, most=most, now=now)
        _look_up(known, found)
        for customer_id in part:
            result[customer_id] = _named(found[customer_id], known)
    return result


def _look_up(known: dict[int, Product], found: Mapping[int, Sequence[Choice]]) -> None:
    """Add the products that the choices speak of to the known ones."""
    ids = {choice.product_id for mine in found.values() for choice in mine}
    ids |= {choice.reason_id for mine in found.values() for choice in mine if choice.reason_id}
    for part in _parts(sorted(ids.difference(known))):
        known.update(Product.objects.in_bulk(part))


def _named(choices: Iterable[Choice], known: Mapping[int, Product]) -> list[Recommended]:
    """Return the choices with their products; one that has gone meanwhile is left out."""
    present = [choice for choice in choices if choice.product_id in known]
    return [
        Recommended(known[choice.product_id], choice.list, place, known.get(choice.reason_id or 0))
        for place, choice in enumerate(present, start=1)
    ]


def products_about(*, keyword: str = "", brand: str = "", category: str = "") -> QuerySet[Product]:
    """Return the products that match everything named: a word in name, number, brand, category or
    attributes; a brand; a category (name or path) with all below it.
    """
    products = Product.objects.all()
    if keyword:
        products = products.filter(search_key__contains=key(keyword))
    if brand:
        products = products.filter(brand_key=key(brand))
    if category:
        named = Category.objects.filter(Q(name_key=key(category)) | Q(path_key=key(category)))
        placed = ProductCategory.objects.filter(category__in=named.order_by().values("pk"))
        products = products.filter(pk__in=placed.values("product_id"))
    return products


def _parts(ids: Iterable[int]) -> Iterator[list[int]]:
    source = iter(ids)
    while part := [*islice(source, CUSTOMERS_AT_ONCE)]:
        yield part
