"""Which items are bought by the same people: the closed-form item-item model EASE.

Harald Steck, Embarrassingly Shallow Autoencoders for Sparse Data, The Web Conference 2019, eq. 8:
with G = X'X + ridge I and P = G^-1, the weights are B = I - P / diag(P), whose diagonal is zero, so
no purchase explains itself.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.linalg.lapack import dpotrf, dpotri
from scipy.sparse import csr_array

from analytics.predictive.frames import Floats, Integers


@dataclass(frozen=True)
class Ease:
    """Weights between the items kept: `weights[a, b]` is what having a says about wanting b.

    `items` (k,) are the kept items in rising order, `weights` (k, k) with a zero diagonal.
    """

    items: Integers
    weights: Floats

    def place(self, item: Integers) -> Integers:
        """Return where each item stands among the kept ones, -1 where it is not kept."""
        if not self.items.size:
            return np.full(item.shape, -1, np.int64)
        found = np.minimum(np.searchsorted(self.items, item), self.items.size - 1)
        return np.where(self.items[found] == item, found, -1)


def kept_items(matrix: csr_array, *, most: int) -> Integers:
    """Return up to `most` items that most customers have, in rising order; none without a buyer."""
    buyers = np.bincount(matrix.indices, minlength=matrix.shape[1])
    order = np.argsort(-buyers, kind="stable")[:most]
    return np.sort(order[buyers[order] > 0]).astype(np.int64)


def fit_ease(matrix: csr_array, *, ridge: float, most: int) -> Ease:
    """Fit on a (customers, items) matrix of how much each customer has of each item."""
    items = kept_items(matrix, most=most)
    kept = matrix[:, items]
    gram = np.asarray((kept.T @ kept).todense(), np.float64)
    gram[np.diag_indices_from(gram)] += ridge
    if not items.size:
        return Ease(items, gram)
    inverse = _inverse(gram)
    weights = -inverse / np.diag(inverse)
    weights[np.diag_indices_from(weights)] = 0.0
    return Ease(items, weights)


def _inverse(gram: Floats) -> Floats:
    """Return the inverse of a symmetric positive definite matrix, in a third of the time that
    solving for all columns of the unit matrix takes.
    """
    factor, failed = dpotrf(gram, lower=1)
    lower, unknown = dpotri(factor, lower=1)
    if failed or unknown:
        raise ValueError("The items cannot be told apart: the matrix has no inverse.")
    half = np.tril(lower, -1)
    result: Floats = half + half.T
    result[np.diag_indices_from(result)] = np.diag(lower)
    return result


def ease_scores(model: Ease, matrix: csr_array, targets: Integers) -> Floats:
    """Return how much each customer's items speak for each target: (customers, targets).

    Targets that are not kept get 0.
    """
    place = model.place(targets)
    result = np.zeros((matrix.shape[0], targets.size))
    known = place >= 0
    result[:, known] = matrix[:, model.items] @ model.weights[:, place[known]]
    return result
