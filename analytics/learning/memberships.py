"""Which products belong to a category, carry a brand or are found by a keyword."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from analytics.learning.purchase_samples import NONE, Catalogue
from analytics.models import TargetKind
from analytics.predictive.frames import Integers, columns, integers
from cdp.models import Product, ProductCategory

Searched = Sequence[tuple[int, str]]


def groups_of(kind: TargetKind | str, keys: Sequence[str], catalogue: Catalogue) -> list[Integers]:
    """Return the places of the products that belong to each target; a product has itself."""
    return {
        TargetKind.CATEGORY: _in_categories,
        TargetKind.BRAND: _of_brands,
        TargetKind.KEYWORD: _found_by,
        TargetKind.PRODUCT: _themselves,
    }[TargetKind(kind)](keys, catalogue)


def every_category(catalogue: Catalogue) -> tuple[list[str], list[Integers]]:
    """Return the keys of all categories with a product, and the places of their products."""
    keys = ProductCategory.objects.order_by("category_id").values_list("category_id", flat=True)
    found = [str(pk) for pk in keys.distinct()]
    return found, groups_of(TargetKind.CATEGORY, found, catalogue)


def searched_texts() -> Searched:
    """Return the id of each product and what keywords are looked up in."""
    return list(Product.objects.order_by("pk").values_list("pk", "search_key"))


def matching(words: Sequence[str], texts: Searched, catalogue: Catalogue) -> list[Integers]:
    """Return the places of the products found by each word, as conditions look for it."""
    places = catalogue.place(integers([pk for pk, _text in texts]))
    return [
        places[[number for number, (_pk, text) in enumerate(texts) if word in text]]
        if word
        else np.empty(0, np.int64)
        for word in words
    ]


def _in_categories(keys: Sequence[str], catalogue: Catalogue) -> list[Integers]:
    product, category = columns(ProductCategory.objects.order_by(), "product_id", "category_id")
    place, owner = catalogue.place(integers(product)), integers(category)
    known = place != NONE
    place, owner = place[known], owner[known]
    order = np.lexsort((place, owner))
    place, owner = place[order], owner[order]
    wanted = integers([int(one) for one in keys])
    first, after = (np.searchsorted(owner, wanted, side=side) for side in ("left", "right"))
    return [place[start:end] for start, end in zip(first, after, strict=True)]


def _of_brands(keys: Sequence[str], catalogue: Catalogue) -> list[Integers]:
    number = {name: place for place, name in enumerate(catalogue.brand_keys)}
    order = np.argsort(catalogue.brand, kind="stable")
    sorted_brands = catalogue.brand[order]
    wanted = integers([number.get(one, len(number)) for one in keys])
    first, after = (np.searchsorted(sorted_brands, wanted, side=side) for side in ("left", "right"))
    return [order[start:end] for start, end in zip(first, after, strict=True)]


def _found_by(keys: Sequence[str], catalogue: Catalogue) -> list[Integers]:
    return matching(keys, searched_texts(), catalogue)


def _themselves(keys: Sequence[str], catalogue: Catalogue) -> list[Integers]:
    places = catalogue.place(integers([int(one) for one in keys]))
    return [place[place != NONE] for place in places[:, None]]
