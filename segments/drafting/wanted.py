"""What customers may be interested in, to choose from: what is followed first, then the rest."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from django.db.models import Count, F, QuerySet
from django.utils.translation import gettext

from analytics.models import InterestTarget, TargetKind
from cdp.models import PATH_SEPARATOR, Category, Product
from cdp.text import key
from segments.drafting.choices import LIMIT, Choice, Found, first

# By list: the kind of its targets, and where a search looks.
KINDS = {
    "interest_categories": (TargetKind.CATEGORY, "category__path_key__contains"),
    "interest_brands": (TargetKind.BRAND, "key__contains"),
    "interest_products": (TargetKind.PRODUCT, "product__search_key__contains"),
    "interest_keywords": (TargetKind.KEYWORD, "key__contains"),
}


def wanted(source: str, query: str, others: Callable[[], Found]) -> Found:
    """Return the followed targets of a list, those that most customers are interested in first,
    counted by interested customers.

    For a search, and where nothing is followed, the `others` that the shop has come after them;
    choosing one has it followed once the segment is saved.
    """
    kind, lookup = KINDS[source]
    targets = InterestTarget.objects.filter(kind=kind).select_related("category", "product")
    if query:
        targets = targets.filter(**{lookup: query})
    followed = list(targets.order_by(F("medium_count").desc(), "label")[: LIMIT + 1])
    choices = _choices(kind, followed)
    if len(followed) > LIMIT or (followed and not query):
        return first(choices)
    taken = {key(choice.value) for choice in choices}
    return first([*choices, *_not_followed(others(), taken)])


def _choices(kind: TargetKind, targets: list[InterestTarget]) -> list[Choice]:
    if kind == TargetKind.CATEGORY:
        return _categories(targets)
    if kind == TargetKind.PRODUCT:
        return _products(targets)
    return [_choice(target, target.label, target.label) for target in targets]


def _choice(target: InterestTarget, value: str, label: str, detail: str = "") -> Choice:
    if target.learned_in_id is None:
        return Choice(value, label, detail=gettext("not learned yet"))
    return Choice(value, label, target.medium_count, detail)


def _categories(targets: list[InterestTarget]) -> list[Choice]:
    categories = [(target, target.category) for target in targets]
    names = {category.name_key for _target, category in categories if category is not None}
    shared = _shared(Category.objects.filter(name_key__in=names), "name_key")
    return [
        _choice(
            target,
            category.path if category.name_key in shared else category.name,
            category.name,
            PATH_SEPARATOR.join(category.path.split(PATH_SEPARATOR)[:-1]),
        )
        for target, category in categories
        if category is not None
    ]


def _products(targets: list[InterestTarget]) -> list[Choice]:
    products = [(target, target.product) for target in targets]
    names = {product.name for _target, product in products if product is not None}
    shared = _shared(Product.objects.filter(name__in=names), "name") | {""}
    return [
        _choice(
            target,
            product.external_id if product.name in shared else product.name,
            str(product),
            " · ".join(filter(None, (product.brand, product.sku))),
        )
        for target, product in products
        if product is not None
    ]


def _shared(rows: QuerySet, column: str) -> set[str]:
    """Return which names several of the rows bear."""
    counted = rows.order_by().values_list(column).annotate(count=Count("pk"))
    return set(counted.filter(count__gt=1).values_list(column, flat=True))


def _not_followed(found: Found, taken: set[str]) -> Iterator[Choice]:
    for choice in found.choices:
        if key(choice.value) not in taken:
            detail = gettext("not followed yet")
            if choice.detail:
                detail = f"{choice.detail} · {detail}"
            yield replace(choice, count=None, detail=detail, depth=0)
