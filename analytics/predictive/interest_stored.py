"""What was learned about the targets of one kind, and the interests of a chunk of customers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from scipy.sparse import csr_array

from analytics.predictive.frames import Flags, Floats, Integers
from analytics.predictive.interest import InterestModel, bought_within, predict_interest
from analytics.predictive.interest_features import HALF_LIFE_DAYS, Lens, Record, matrices
from analytics.predictive.interest_limits import Limits, interested
from analytics.predictive.purchases import Purchases, at_level, pairs
from analytics.predictive.regression import Regression
from analytics.predictive.relations import Relation, reasons

CUSTOMERS_AT_ONCE = 2_000
REASONS = 2
# A reason is looked for among this many products that a customer bought most.
LOOKED_AT = 40
CHOSEN_AT_ONCE = 100_000


@dataclass(frozen=True)
class Followed:
    """What was learned about targets (t,) of one kind.

    `targets` are their ids, `products` those of the products that `belongs` (products, items) and
    the model count by; `belongs` is None where the items are the products.
    """

    targets: Integers
    products: Integers
    belongs: csr_array | None
    model: InterestModel
    limits: Limits


FOLLOWED_PARTS = (InterestModel, Lens, Relation, Regression, Limits)


@dataclass(frozen=True)
class Found:
    """Interests, one row each: the customer's place, the target's and the product's ids.

    `reasons` (rows, 2) are ids of purchased products, 0 for none.
    """

    customer: Integers
    target: Integers
    strength: Integers
    has_bought: Flags
    score: Floats
    reasons: Integers


def halved(model: InterestModel) -> InterestModel:
    """Return the model with the weights of its relations in half the space, to be stored."""

    def half(relation: Relation) -> Relation:
        return replace(relation, weights=relation.weights.astype(np.float32))

    lens = model.lens
    likeness = None if lens.likeness is None else half(lens.likeness)
    relations = tuple(half(relation) for relation in lens.relations)
    return replace(model, lens=replace(lens, relations=relations, likeness=likeness))


def in_season(model: InterestModel, index: float) -> InterestModel:
    """Return the model with its odds multiplied by the seasonal index of the coming weeks."""
    shift = float(np.log(index))
    return replace(
        model,
        first=replace(model.first, intercept=model.first.intercept + shift),
        again=replace(model.again, intercept=model.again.intercept + shift),
    )


def find(followed: Followed, record: Record, *, day: int) -> Iterator[Found]:
    """Yield the interests that begin with `day`, a few customers at a time.

    `record` counts by places in `followed.products`; those who never ordered have no interests.
    """
    model = replace(followed.model, lens=replace(followed.model.lens, day=day))
    buyers = np.unique(record.orders.customer[record.orders.day < day])
    for start in range(0, buyers.size, CUSTOMERS_AT_ONCE):
        some = buyers[start : start + CUSTOMERS_AT_ONCE]
        seen = at_the_level(followed, record.of(some))
        found = interested(predict_interest(model, seen), followed.limits)
        had = bought_within(seen, model.lens.targets, first=0, after=day)
        because = _because(model, seen.products, found.customer, found.target)
        yield Found(
            some[found.customer],
            followed.targets[found.target],
            found.strength,
            had[found.customer, found.target],
            two_digits(found.score),
            np.where(because >= 0, followed.products[np.maximum(because, 0)], 0)
            if followed.products.size
            else np.zeros(because.shape, np.int64),
        )


def at_the_level(followed: Followed, record: Record) -> Record:
    """Return a record of products at the level that was learned."""
    if followed.belongs is None:
        return record
    views = None if record.views is None else at_level(record.views, followed.belongs)
    level = at_level(record.products, followed.belongs)
    return Record(record.orders, record.products, level, views)


def two_digits(value: Floats) -> Floats:
    """Return positive numbers rounded to two significant digits: quiet days change few rows."""
    power = 10.0 ** (1 - np.floor(np.log10(np.maximum(value, 1e-12))))
    # Dividing by whole powers gives the same floats as reading the decimal number does.
    rounded: Floats = np.round(value * power) / power
    return rounded


def _because(
    model: InterestModel, products: Purchases, customer: Integers, target: Integers
) -> Integers:
    """Return the places of the products that speak most for each interest: (rows, 2)."""
    had = pairs(products, day=model.lens.day, half_life_days=HALF_LIFE_DAYS)
    matrix = _most_of(matrices(had)[0])
    relations = model.lens.relations
    relation = relations[2] if len(relations) > REASONS else relations[0]
    parts = [np.empty((0, REASONS), np.int64)]
    for start in range(0, customer.size, CHOSEN_AT_ONCE):
        rows = slice(start, start + CHOSEN_AT_ONCE)
        parts.append(reasons(relation, matrix, customer[rows], target[rows], most=REASONS))
    return np.vstack(parts)


def _most_of(matrix: csr_array) -> csr_array:
    """Return the largest entries of each row: what a customer bought most."""
    sizes = np.diff(matrix.indptr)
    if not sizes.size or sizes.max() <= LOOKED_AT:
        return matrix
    row = np.repeat(np.arange(sizes.size), sizes)
    order = np.lexsort((-matrix.data, row))
    kept = np.sort(order[np.arange(row.size) - matrix.indptr[row] < LOOKED_AT])
    starts = np.concatenate([[0], np.cumsum(np.minimum(sizes, LOOKED_AT))])
    return csr_array((matrix.data[kept], matrix.indices[kept], starts), shape=matrix.shape)
