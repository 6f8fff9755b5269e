"""What customers want, as text for their rows in a file: interests and recommended products."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.db.models import F, Window
from django.db.models.functions import RowNumber

from analytics.models import Interest, RecommendationList
from analytics.recommendations import Recommended, recommended

MOST_INTERESTS = 5
MOST_PRODUCTS = 5
SEPARATOR = "; "

Texts = Mapping[int, str]


def interests(customer_ids: Sequence[int]) -> Texts:
    """Return the names of what each customer is most interested in, the strongest first."""
    place = Window(
        RowNumber(),
        partition_by=F("customer_id"),
        order_by=(F("strength").desc(), F("score").desc(), F("target_id").asc()),
    )
    rows = (
        Interest.objects.filter(customer__in=customer_ids)
        .annotate(place=place)
        .filter(place__lte=MOST_INTERESTS)
        .order_by("customer_id", "place")
        .values_list("customer_id", "target__label")
    )
    found: dict[int, list[str]] = {}
    for customer_id, label in rows:
        found.setdefault(customer_id, []).append(label)
    return {customer_id: SEPARATOR.join(labels) for customer_id, labels in found.items()}


def buy_again(customer_ids: Sequence[int]) -> Texts:
    """Return the names of the products recommended to buy again."""
    return _products(customer_ids, RecommendationList.BUY_AGAIN, is_id=False)


def buy_again_ids(customer_ids: Sequence[int]) -> Texts:
    """Return the shop's ids of the products recommended to buy again."""
    return _products(customer_ids, RecommendationList.BUY_AGAIN, is_id=True)


def new_for_you(customer_ids: Sequence[int]) -> Texts:
    """Return the names of the products recommended as new."""
    return _products(customer_ids, RecommendationList.NEW_FOR_YOU, is_id=False)


def new_for_you_ids(customer_ids: Sequence[int]) -> Texts:
    """Return the shop's ids of the products recommended as new."""
    return _products(customer_ids, RecommendationList.NEW_FOR_YOU, is_id=True)


def _products(customer_ids: Sequence[int], shelf: RecommendationList, *, is_id: bool) -> Texts:
    def said(one: Recommended) -> str:
        return one.product.external_id if is_id else str(one.product)

    found = recommended(customer_ids, most=MOST_PRODUCTS, list=shelf)
    return {key: SEPARATOR.join(said(one) for one in rows) for key, rows in found.items()}
