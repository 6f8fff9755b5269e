"""Predicting interests: the customers above the limits of each followed target, with reasons."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
from django.db.models import Count, Q

from analytics.learning.fitted import fitted
from analytics.learning.interests import model_key
from analytics.learning.product_views import REMEMBERED_DAYS, read_views, views_between
from analytics.learning.purchase_samples import place_among
from analytics.models import Interest, InterestTarget, RefreshPart, Strength, TargetKind
from analytics.predictive.cadence import order_days
from analytics.predictive.frames import Integers
from analytics.predictive.interest_features import Record
from analytics.predictive.interest_stored import FOLLOWED_PARTS, Followed, Found, find
from analytics.predictive.purchases import purchases
from analytics.predictors import ChunkFacts, Derived, Predictor
from analytics.scope import Basis, Scope

COLUMNS = (
    "target_id",
    "customer_id",
    "strength",
    "has_bought",
    "score",
    "reason_id",
    "second_reason_id",
)
KEY_WIDTH = 2
SLICE = 500


class InterestPredictor(Predictor):
    """Stores who is interested in what; customers without an order have no interests."""

    part = RefreshPart.INTERESTS

    def predict(self, facts: ChunkFacts, scope: Scope, basis: Basis) -> Derived:
        """Return the interests of a chunk of customers."""
        present = np.array(
            InterestTarget.objects.order_by("pk").values_list("pk", flat=True), np.int64
        )
        rows: list[tuple] = []
        for kind in TargetKind:
            followed = fitted(model_key(kind), Followed, *FOLLOWED_PARTS)
            if followed is None:
                continue
            record = record_of(facts, followed, scope, basis)
            for found in find(followed, record, day=basis.first_unknown_day):
                rows += _rows(facts.ids, found, present)
        return Derived(Interest, COLUMNS, KEY_WIDTH, rows)

    def conclude(self) -> None:
        """Count the interested customers of each target."""
        high = Count("pk", filter=Q(strength=Strength.HIGH))
        counted = (
            Interest.objects.order_by().values("target_id").annotate(all=Count("pk"), high=high)
        )
        found = {row["target_id"]: (row["all"], row["high"]) for row in counted}
        changed = []
        for target in InterestTarget.objects.order_by("pk"):
            counts = found.get(target.pk, (0, 0))
            if (target.medium_count, target.high_count) != counts:
                target.medium_count, target.high_count = counts
                changed.append(target)
        InterestTarget.objects.bulk_update(
            changed, ["medium_count", "high_count"], batch_size=SLICE
        )


def record_of(facts: ChunkFacts, followed: Followed, scope: Scope, basis: Basis) -> Record:
    """Return what the customers of a chunk ordered and, where that was learned from, looked at."""
    products = followed.products
    is_paid = ~facts.orders.is_return
    bought = purchases(
        facts.line_owner,
        place_among(products, facts.lines.product),
        facts.lines.day,
        customer_count=facts.ids.size,
        item_count=products.size,
    )
    days = order_days(facts.order_owner[is_paid], facts.orders.day[is_paid])
    views = None
    if followed.model.lens.sees_views:
        start = basis.now - timedelta(days=REMEMBERED_DAYS)
        seen = scope.of(views_between(start, basis.now))
        views = read_views(seen, facts.ids, products, basis.zone)
    return Record(days, bought, bought, views)


def _rows(ids: Integers, found: Found, present: Integers) -> list[tuple]:
    """Return rows of the table; a target that was removed meanwhile has none."""
    kept = np.isin(found.target, present)
    reasons = [
        [value or None for value in found.reasons[kept, column].tolist()] for column in (0, 1)
    ]
    return list(
        zip(
            found.target[kept].tolist(),
            ids[found.customer[kept]].tolist(),
            found.strength[kept].tolist(),
            found.has_bought[kept].tolist(),
            found.score[kept].tolist(),
            *reasons,
            strict=True,
        )
    )
