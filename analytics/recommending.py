"""Predicting the two lists of recommended products that a refresh stores for each customer."""

from __future__ import annotations

import numpy as np

from analytics.learning.assortments import learned_assortment
from analytics.learning.purchase_samples import place_among
from analytics.models import Recommendation, RecommendationList, RefreshPart
from analytics.predictive.assortment import Assortment, TwoLists, two_lists
from analytics.predictive.frames import Flags, Integers, columns, integers
from analytics.predictive.purchases import purchases
from analytics.predictive.recommend import NO_PRODUCT
from analytics.predictors import ChunkFacts, Derived, Predictor
from analytics.scope import Basis, Scope
from cdp.models import Product

COLUMNS = ("customer_id", "list", "position", "product_id", "score", "reason_id")
KEY_WIDTH = 3
MOST_STORED = 5
AGAIN, NEW = RecommendationList.BUY_AGAIN.value, RecommendationList.NEW_FOR_YOU.value


class Recommender(Predictor):
    """Names up to five products to buy again and five new ones for each customer."""

    part = RefreshPart.INTERESTS

    def predict(self, facts: ChunkFacts, scope: Scope, basis: Basis) -> Derived:
        """Return the lists of the customers of the chunk, of what is available today."""
        learned = learned_assortment()
        rows: list[tuple] = []
        if learned is not None and facts.ids.size:
            bought = purchases(
                facts.line_owner,
                place_among(learned.ids, facts.lines.product),
                facts.lines.day,
                customer_count=facts.ids.size,
                item_count=learned.ids.size,
            )
            found = two_lists(
                learned,
                bought,
                day=basis.first_unknown_day,
                usable=_available(learned),
                most=MOST_STORED,
            )
            rows = _rows(learned, facts.ids, found)
        return Derived(Recommendation, COLUMNS, KEY_WIDTH, rows)


def _available(learned: Assortment) -> Flags:
    """Return which of the products learned about are there and available now."""
    available = columns(Product.objects.filter(is_available=True).order_by(), "pk")[0]
    return np.isin(learned.ids, integers(available))


def _rows(learned: Assortment, ids: Integers, found: TwoLists) -> list[tuple]:
    """Return rows in the order of COLUMNS.

    Scores fade as days pass while ranks stay, so they are stored coarsely, those of new products as
    shares of the customer's best: a customer of whom nothing is heard keeps their rows.
    """
    best = found.new.scores[:, :1]
    share = np.round(found.new.scores / np.where(best > 0, best, 1.0), 1)
    chance = np.round(found.again.scores, 1)
    no_reason = np.full(found.reason.shape, NO_PRODUCT, np.int64)
    rows: list[tuple] = []
    for name, products, scores, reason in (
        (AGAIN, found.again.products, chance, no_reason),
        (NEW, found.new.products, share, found.reason),
    ):
        customer, column = np.nonzero(products != NO_PRODUCT)
        because = reason[customer, column]
        rows.extend(
            zip(
                ids[customer].tolist(),
                [name] * customer.size,
                (column + 1).tolist(),
                learned.ids[products[customer, column]].tolist(),
                scores[customer, column].tolist(),
                [
                    None if place == NO_PRODUCT else product
                    for place, product in zip(
                        because.tolist(), learned.ids[because].tolist(), strict=True
                    )
                ],
                strict=True,
            )
        )
    return rows
