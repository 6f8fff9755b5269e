"""Noting which customers' facts changed, for the next refresh."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from cdp import bulk
from cdp.models import CustomerChange


class Changes:
    """Collects customers and the earliest order touched of each, then stores them in one go."""

    def __init__(self) -> None:
        self.oldest: dict[int, datetime | None] = {}

    def add(self, customer_id: int | None, placed_at: datetime | None = None) -> None:
        """Note a customer (a guest's None is passed over)."""
        if customer_id is None:
            return
        before = self.oldest.get(customer_id)
        if placed_at is not None and before is not None:
            placed_at = min(before, placed_at)
        self.oldest[customer_id] = placed_at or before

    def add_all(self, customer_ids: Iterable[int | None]) -> None:
        """Note customers whose facts other than orders changed."""
        for customer_id in customer_ids:
            self.add(customer_id)

    def store(self, *, now: datetime) -> None:
        """Write the notes; an earlier order already noted stays."""
        stored = CustomerChange.objects.filter(
            customer__in=self.oldest, oldest_order_at__isnull=False
        ).values_list("customer_id", "oldest_order_at")
        for customer_id, oldest in stored:
            self.add(customer_id, oldest)
        bulk.upsert(
            CustomerChange,
            ("customer_id", "changed_at", "oldest_order_at"),
            [(customer_id, now, oldest) for customer_id, oldest in self.oldest.items()],
            key=("customer_id",),
        )
