"""Choosing for each customer the best of given products, computed when somebody asks.

It loads numpy, so nothing that serves pages imports it before that.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from analytics.learning.assortments import learned_assortment
from analytics.learning.purchase_samples import place_among
from analytics.models import RecommendationList
from analytics.predictive.assortment import Assortment, two_lists
from analytics.predictive.frames import Integers, columns, days_of, integers, moments, raw
from analytics.predictive.purchases import purchases
from analytics.predictive.recommend import NO_PRODUCT
from analytics.recommendations import Choice
from cdp.models import OrderLine, Shop
from cdp.periods import local_day

AGAIN, NEW = RecommendationList.BUY_AGAIN.value, RecommendationList.NEW_FOR_YOU.value


@dataclass(frozen=True)
class _Bought:
    """What customers bought: places of the customers among those asked, product ids, days."""

    owner: Integers
    product: Integers
    day: Integers

    def of(self, place: int) -> set[int]:
        """Return the ids of the products that one of the customers bought."""
        begin, end = np.searchsorted(self.owner, (place, place + 1))
        return set(self.product[begin:end].tolist())


def choose(
    customer_ids: Sequence[int], product_ids: Collection[int], *, most: int, now: datetime
) -> dict[int, list[Choice]]:
    """Return up to `most` of the available products for each customer, best first.

    Whatever the models do not know is filled up with what most people bought lately.
    """
    ids = np.unique(np.array(customer_ids, np.int64))
    bought = _read_bought(ids, now=now)
    learned = learned_assortment()
    chosen: list[list[Choice]] = [[] for _ in range(ids.size)]
    if learned is not None:
        day = local_day(now, Shop.objects.current().zone).toordinal() + 1
        chosen = _personal(learned, bought, product_ids, day=day, count=ids.size, most=most)
    popular = _by_popularity(learned, product_ids)
    for place, mine in enumerate(chosen):
        if len(mine) < min(most, len(popular)):
            mine.extend(_rest(mine, bought.of(place), popular, most=most))
    return dict(zip(ids.tolist(), chosen, strict=True))


def _read_bought(ids: Integers, *, now: datetime) -> _Bought:
    lines = OrderLine.objects.purchases().filter(customer__in=ids.tolist(), placed_at__lt=now)
    customer, product, placed_at = columns(
        lines.order_by("customer_id"), "customer_id", "product_id", raw("placed_at")
    )
    day = days_of(moments(placed_at), Shop.objects.current().zone)
    return _Bought(np.searchsorted(ids, integers(customer)), integers(product), day)


def _personal(
    learned: Assortment,
    bought: _Bought,
    product_ids: Collection[int],
    *,
    day: int,
    count: int,
    most: int,
) -> list[list[Choice]]:
    """Return what is due, what is new, then what else is known, for each customer 0..count-1."""
    usable = np.isin(learned.ids, np.fromiter(product_ids, np.int64, len(product_ids)))
    known = purchases(
        bought.owner,
        place_among(learned.ids, bought.product),
        bought.day,
        customer_count=count,
        item_count=learned.ids.size,
    )
    lists = two_lists(learned, known, day=day, usable=usable, most=most)
    places = np.hstack([lists.again.products, lists.new.products])
    # Due, new, and the rest of what is known: a stable sort keeps the order within each.
    rank = np.hstack([np.where(lists.due, 0, 2), np.ones(lists.new.products.shape, np.int64)])
    rank[places == NO_PRODUCT] = 3
    order = np.argsort(rank, axis=1, kind="stable")[:, :most]
    reason = np.hstack([np.full(lists.again.products.shape, NO_PRODUCT), lists.reason])
    is_again = np.arange(places.shape[1]) < lists.again.products.shape[1]
    chosen: list[list[Choice]] = []
    for customer in range(count):
        chosen.append(
            [
                Choice(
                    int(learned.ids[places[customer, column]]),
                    AGAIN if is_again[column] else NEW,
                    int(learned.ids[because]) if because != NO_PRODUCT else None,
                )
                for column in order[customer].tolist()
                if places[customer, column] != NO_PRODUCT
                for because in (reason[customer, column],)
            ]
        )
    return chosen


def _by_popularity(learned: Assortment | None, products: Collection[int]) -> list[int]:
    """Return product ids, those that most people bought lately first, then the newest."""
    popularity: dict[int, float] = {}
    if learned is not None:
        shelf = learned.shelf
        ids = learned.ids[shelf.products].tolist()
        popularity = dict(zip(ids, shelf.popularity.tolist(), strict=True))
    return sorted(products, key=lambda product: (-popularity.get(product, 0.0), -product))


def _rest(
    mine: Sequence[Choice], bought: set[int], popular: Sequence[int], *, most: int
) -> list[Choice]:
    """Return what fills a list up: first what is new to the customer, then what they bought."""
    listed = {choice.product_id for choice in mine}
    # As many are enough, whatever of them is taken already.
    enough = popular[: most + len(listed) + len(bought)]
    left = [product for product in enough if product not in listed]
    unknown = [Choice(product, NEW) for product in left if product not in bought]
    known = [Choice(product, AGAIN) for product in left if product in bought]
    return [*unknown, *known][: most - len(mine)]
