"""Words of product names that say what a product is, found without anybody naming them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable

import numpy as np

from analytics.learning.memberships import matching, searched_texts
from analytics.learning.purchase_samples import Catalogue
from analytics.predictive.purchases import Purchases, at_level, belonging
from cdp.models import Product
from cdp.text import key

SHORTEST = 3
LEAST_SHARE, LARGEST_SHARE = 0.015, 0.70
# A word of one product is that product; words are counted in names, then looked up everywhere.
LEAST_PRODUCTS = 2
LOOKED_UP_PER_WORD = 4
PUNCTUATION = ".,;:()[]{}\"'&+!?*#“”„’®™"
# Words that only join others, in the languages of the shops that Regulars speaks.
JOINING = frozenset(
    (
        *("and", "for", "from", "the", "with", "without", "per", "not", "one", "two", "set", "new"),
        *("all", "und", "für", "mit", "aus", "von", "der", "die", "das", "den", "dem", "des"),
        *("ein", "eine", "ohne", "zum", "zur", "neu", "alle", "med", "til", "fra", "uden", "det"),
        *("som", "ikke", "ved", "eller", "och", "från", "utan", "till", "ett", "inte", "av"),
    )
)


def found_keywords(
    bought: Purchases,
    catalogue: Catalogue,
    *,
    population: int,
    left_out: Collection[str],
    most: int,
) -> list[tuple[str, int]]:
    """Return up to `most` keywords with their buyers among the `population` customers of the
    sample, most buyers first.

    They have at least three letters and no digits, 1.5 to 70 % of the customers bought something
    found by them, and they are none of the names `left_out`. Of words that find the same products
    one stays.
    """
    candidates = _candidates(bought, catalogue, left_out)[: most * LOOKED_UP_PER_WORD]
    groups = matching(candidates, searched_texts(), catalogue)
    buyers = at_level(bought, belonging(groups, catalogue.ids.size)).buyers()
    found: dict[bytes, tuple[str, int]] = {}
    for place in np.lexsort((np.arange(buyers.size), -buyers)).tolist():
        count = int(buyers[place])
        if LEAST_SHARE * population <= count <= LARGEST_SHARE * population:
            found.setdefault(groups[place].tobytes(), (candidates[place], count))
    return list(found.values())[:most]


def _candidates(bought: Purchases, catalogue: Catalogue, left_out: Collection[str]) -> list[str]:
    """Return the words of product names, those first whose products were bought most often."""
    purchases = np.bincount(bought.item, minlength=catalogue.ids.size)
    names = Product.objects.order_by("pk").values_list("pk", "name")
    weight = dict(zip(catalogue.ids.tolist(), purchases.tolist(), strict=True))
    total: dict[str, int] = defaultdict(int)
    products: dict[str, int] = defaultdict(int)
    for pk, name in names:
        for word in words_of(name):
            total[word] += weight.get(pk, 0)
            products[word] += 1
    usable = [word for word in total if products[word] >= LEAST_PRODUCTS and word not in left_out]
    return sorted(usable, key=lambda word: (-total[word], word))


def words_of(name: str) -> set[str]:
    """Return the words of a name: three letters or more, no digits, none that only join others."""
    parts = key(name).replace("/", " ").replace("-", " ").split()
    words = {part.strip(PUNCTUATION) for part in parts}
    return {
        word for word in words if len(word) >= SHORTEST and word.isalpha() and word not in JOINING
    }


def names_of(brands: Iterable[str], categories: Iterable[str]) -> set[str]:
    """Return what is no keyword because another target says it: the names of categories, and the
    words that brands consist of.
    """
    words = {word for brand in brands for word in words_of(brand)}
    return words | {key(name) for name in (*brands, *categories)}
