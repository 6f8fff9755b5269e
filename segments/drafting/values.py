"""The shop's real values that condition rows are made of, with how many customers or products."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from django.core.cache import cache
from django.db.models import Count, Q, QuerySet
from django.utils.translation import get_language_info

from analytics.clock import latest_refresh
from analytics.models import CustomerClassification, CustomerForecast, CustomerStatistics
from cdp.countries import country_name
from cdp.models import (
    PATH_SEPARATOR,
    Category,
    Consent,
    ConsentChoice,
    CountsAs,
    Customer,
    CustomerFieldValue,
    CustomerGroupMember,
    CustomerTag,
    Order,
    Product,
    ProductAttribute,
    ProductCategory,
)
from cdp.text import key
from segments.drafting.choices import LIMIT, Choice, Found, first
from segments.drafting.wanted import wanted

# A tree is read from the top: more of it is shown than of a list.
TREE_LIMIT = 150
# Rarer values are found by typing them in full; nobody reads a list of that length.
COUNTED = 5_000
KEPT_SECONDS = 60


Counted = tuple[tuple[str, int], ...]


def found(source: str, *, query: str = "", of: str = "") -> Found:
    """Return the most frequent values of a list that contain `query`; an unknown list has none.

    `of` narrows lists that belong to something: the custom field or the product attribute.
    """
    if source in SEARCHED:
        return SEARCHED[source](tidy_query(query))
    if source not in COUNTS:
        return Found(())
    asked, of = tidy_query(query), of.replace("\x00", "")
    choices = (
        Choice(value, name_of(source, value), count) for value, count in counted(source, of=of)
    )
    return first(
        choice for choice in choices if asked in key(choice.label) or asked == key(choice.value)
    )


def tidy_query(query: str) -> str:
    """Return a search as it is compared."""
    return key(query[:200].replace("\x00", ""))


def counted(source: str, *, of: str = "") -> Counted:
    """Return every frequent value with its count, most frequent first; kept until new figures."""
    refresh = latest_refresh()
    kept_as = f"values:{source}:{key(of)}:{refresh.pk if refresh else 0}".encode().hex()[:240]
    kept: Counted | None = cache.get(kept_as)
    if kept is None:
        rows = COUNTS[source](of)
        kept = tuple((str(value), count) for value, count in rows if value not in (None, ""))
        cache.set(kept_as, kept, KEPT_SECONDS)
    return kept


def counts_of(source: str) -> dict[str, int]:
    """Return how many customers (or orders) there are of each value."""
    return dict(counted(source)) if source in COUNTS else {}


def name_of(source: str, value: str) -> str:
    """Return a stored value as people read it in the active language."""
    if source == "countries":
        return country_name(value)
    if source == "languages":
        try:
            return str(get_language_info(value)["name_translated"])
        except KeyError:
            return value
    return value


def names_of(source: str, values: Sequence[str]) -> dict[str, str]:
    """Return how people read each of the values of a row."""
    names = {value: name_of(source, value) for value in values}
    if source in ("products", "interest_products"):
        known = Product.objects.filter(external_id__in=values).order_by("pk")
        for product in known.only("external_id", "name")[: len(values)]:
            names[product.external_id] = str(product)
    return names


def _grouped(rows: QuerySet, column: str, *, per: str = "pk") -> QuerySet:
    """Return (value, count) of a column, most frequent first."""
    grouped = rows.order_by().values_list(column).annotate(count=Count(per))
    return grouped.order_by("-count", column)[:COUNTED]


def _statistics(column: str) -> Callable[[str], Iterable[tuple[object, int]]]:
    return lambda _of: _grouped(CustomerStatistics.objects.exclude(**{column: ""}), column)


def _places(column: str) -> Callable[[str], Iterable[tuple[object, int]]]:
    """Count places by the way they are written most often; upper and lower case are one place."""

    def counts(_of: str) -> Iterable[tuple[object, int]]:
        rows = _grouped(Customer.objects.present().exclude(**{column: ""}), column)
        written: dict[str, str] = {}
        total: dict[str, int] = {}
        for name, count in rows:
            written.setdefault(key(name), name)
            total[key(name)] = total.get(key(name), 0) + count
        return [(written[place], count) for place, count in total.items()]

    return counts


def _labels(column: str) -> Callable[[str], Iterable[tuple[object, int]]]:
    return lambda _of: _grouped(CustomerClassification.objects.all(), column)


def _channels(_of: str) -> Iterable[tuple[object, int]]:
    granted = Consent.objects.filter(state=ConsentChoice.GRANTED).order_by()
    grouped = granted.values_list("channel").annotate(count=Count("customer_id", distinct=True))
    return grouped.order_by("-count")


def _statuses(_of: str) -> Iterable[tuple[object, int]]:
    standing = list(_grouped(Order.objects.filter(total__gte=0), "status"))
    returned = Order.objects.filter(counts_as=CountsAs.RETURN).count()
    return [*standing, ("returned", returned)] if returned else standing


def _field_values(of: str) -> Iterable[tuple[object, int]]:
    named = Q(field__key__iexact=of) | Q(field__label=of)
    return _grouped(CustomerFieldValue.objects.filter(named, text__isnull=False), "text")


def _attribute_values(of: str) -> Iterable[tuple[object, int]]:
    return _grouped(ProductAttribute.objects.filter(key__iexact=of), "value")


# Lists that are counted once and kept: (value, count).
COUNTS: dict[str, Callable[[str], Iterable[tuple[object, int]]]] = {
    "countries": _statistics("country"),
    "languages": _statistics("language"),
    "regions": _places("region"),
    "cities": _places("city"),
    "tags": lambda _of: _grouped(CustomerTag.objects.all(), "tag__name"),
    "customer_groups": lambda _of: _grouped(CustomerGroupMember.objects.all(), "group__name"),
    "field_values": _field_values,
    "brands": lambda _of: _grouped(Product.objects.exclude(brand=""), "brand"),
    "attributes": lambda _of: _grouped(ProductAttribute.objects.all(), "key", per="product_id"),
    "attribute_values": _attribute_values,
    "importance": _labels("importance"),
    "life_cycle": _labels("life_cycle"),
    "price_sensitivity": _labels("price_sensitivity"),
    "churn_risk": lambda _of: _grouped(CustomerForecast.objects.all(), "churn_risk"),
    "channels": _channels,
    "order_statuses": _statuses,
}


def _keywords(query: str) -> Found:
    """Offer what was typed itself, with how many products it finds."""
    if not query:
        return Found(())
    count = Product.objects.filter(search_key__contains=query).count()
    return Found((Choice(query, query, count),))


def _products(query: str) -> Found:
    """Offer products by name, SKU or external id; the newest of them without a search.

    A name that only one product bears stands for it: a sentence with it can be read.
    """
    rows = Product.objects.order_by("-pk")
    if query:
        rows = rows.filter(
            Q(search_key__contains=query) | Q(sku__iexact=query) | Q(external_id=query)
        )
    listed = list(rows.only("name", "sku", "external_id", "brand")[: LIMIT + 1])
    names = {product.name for product in listed if product.name}
    bearers = Product.objects.filter(name__in=names).order_by().values_list("name")
    shared = set(
        bearers.annotate(count=Count("pk")).filter(count__gt=1).values_list("name", flat=True)
    )
    return first(
        Choice(
            product.external_id if product.name in shared or not product.name else product.name,
            str(product),
            detail=" · ".join(filter(None, (product.brand, product.sku))),
        )
        for product in listed
    )


def _categories(query: str) -> Found:
    """Offer the tree from the top, or what a search finds in it with the way there."""
    rows = Category.objects.order_by("path_key")
    if query:
        rows = rows.filter(path_key__contains=query)
    listed = list(rows.values_list("pk", "name", "path")[: TREE_LIMIT + 1])
    names = Category.objects.filter(name__in={name for _pk, name, _path in listed}).order_by()
    shared = set(
        names.values_list("name_key")
        .annotate(count=Count("pk"))
        .filter(count__gt=1)
        .values_list("name_key", flat=True)
    )
    placed = ProductCategory.objects.filter(category__in=[pk for pk, _name, _path in listed])
    products = dict(placed.order_by().values_list("category_id").annotate(count=Count("pk")))
    nearest = sorted(listed, key=lambda row: query not in key(row[1])) if query else listed
    return first(
        (
            Choice(
                path if key(name) in shared else name,
                name,
                products.get(pk, 0),
                detail=PATH_SEPARATOR.join(path.split(PATH_SEPARATOR)[:-1]) if query else "",
                depth=0 if query else path.count(PATH_SEPARATOR),
            )
            for pk, name, path in nearest
        ),
        limit=LIMIT if query else TREE_LIMIT,
    )


def _interests(name: str) -> Callable[[str], Found]:
    """Offer what customers are interested in, before the other values of the list `name`."""
    return lambda query: wanted(f"interest_{name}", query, lambda: found(name, query=query))


_INTERESTS = ("categories", "brands", "products", "keywords")
# Lists too large or too changeable to be kept.
SEARCHED: dict[str, Callable[[str], Found]] = {
    "keywords": _keywords,
    "products": _products,
    "categories": _categories,
    **{f"interest_{name}": _interests(name) for name in _INTERESTS},
}
