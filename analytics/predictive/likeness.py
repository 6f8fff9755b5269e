"""How alike products are by what is said of them: words of the name, brand and category.

Terms weigh by inverse document frequency (Sparck Jones, Journal of Documentation 28, 1972), and two
products are as alike as the cosine of their terms. Unlike relations learned from baskets this needs
no buyer, so it holds for products that few or none have bought.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Sequence
from typing import TypeAlias

import numpy as np
from scipy.sparse import csr_array

from analytics.predictive.frames import Floats, Integers
from analytics.predictive.purchases import belonging

# What is said of products: (products, terms), rows of length 1.
Descriptions: TypeAlias = csr_array

# Cosines to this power: a common word that many products share says little.
SHARPNESS = 3
PRODUCTS_AT_ONCE = 2_000


def descriptions(
    words: Sequence[Collection[str]], brand: Integers, category: Integers
) -> Descriptions:
    """Return what is said of each product as a row of length 1: (products, terms).

    `brand` and `category` (products,) are numbers, negative for none. A product of which nothing is
    said that is not said of all has a row of zeros.
    """
    products: dict[Hashable, list[int]] = {}
    said = zip(words, brand.tolist(), category.tolist(), strict=True)
    for product, (its_words, its_brand, its_category) in enumerate(said):
        for word in sorted(its_words):
            products.setdefault(word, []).append(product)
        if its_brand >= 0:
            products.setdefault(("brand", its_brand), []).append(product)
        if its_category >= 0:
            products.setdefault(("category", its_category), []).append(product)
    groups = [np.array(having, np.int64) for having in products.values()]
    terms = belonging(groups, len(words))
    sizes = np.array([group.size for group in groups], np.float64)
    weight = np.log(len(words) / np.maximum(sizes, 1.0))
    values = terms.data * weight[terms.indices]
    row = np.repeat(np.arange(len(words)), np.diff(terms.indptr))
    length = np.sqrt(np.bincount(row, values**2, len(words)))
    values /= np.where(length > 0, length, 1.0)[row]
    return csr_array((values, terms.indices, terms.indptr), shape=terms.shape)


def alike(described: Descriptions, items: Integers, members: csr_array) -> Floats:
    """Return how alike each product of `items` is to each target: (items, targets).

    `members` (targets, products) has a 1 for each product of a target, over which likeness is added
    up. No product is like itself, so that no purchase explains itself.
    """
    result = np.zeros((items.size, members.shape[0]))
    used = np.unique(members.indices).astype(np.int64)
    of_items = described[items]
    place = np.full(described.shape[0], -1, np.int64)
    place[items] = np.arange(items.size)
    for start in range(0, used.size, PRODUCTS_AT_ONCE):
        some = used[start : start + PRODUCTS_AT_ONCE]
        cosine = np.asarray((of_items @ described[some].T).todense(), np.float64) ** SHARPNESS
        own = np.flatnonzero(place[some] >= 0)
        cosine[place[some[own]], own] = 0.0
        result += (members[:, some] @ cosine.T).T
    return result
