"""What a predictor is: it turns the facts of a chunk of customers into the rows of one table."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Model

from analytics.models import RefreshPart
from analytics.predictive.frames import Integers, Lines, Orders
from analytics.scope import Basis, Scope


@dataclass(frozen=True)
class ChunkFacts:
    """What was known of the customers `ids` (sorted) at the moment of the refresh.

    `orders` and `lines` are sorted by customer; `order_owner` and `line_owner` say which place in
    `ids` each belongs to. Orders and lines of the refresh's own day may be among them.
    """

    ids: Integers
    orders: Orders
    order_owner: Integers
    lines: Lines
    line_owner: Integers


@dataclass(frozen=True)
class Derived:
    """All rows that a table should have for the customers of a scope, in the order of `columns`.

    The first `key_width` columns identify a row; `customer_id` is one of them.
    """

    model: type[Model]
    columns: Sequence[str]
    key_width: int
    rows: list[tuple]


class Predictor(ABC):
    """Predicts one table, with the models that the refresh has learned."""

    part: RefreshPart

    @abstractmethod
    def predict(self, facts: ChunkFacts, scope: Scope, basis: Basis) -> Derived:
        """Return the rows for the customers of the chunk: none where no model was learned."""

    def conclude(self) -> None:  # noqa: B027 - most predictors have nothing to count
        """Count what was stored, inside a transaction, once all customers are done."""
