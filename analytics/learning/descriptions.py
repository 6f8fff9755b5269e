"""What the shop says of its products, for telling how alike they are."""

from __future__ import annotations

from analytics.learning.keywords import words_of
from analytics.learning.purchase_samples import Catalogue
from analytics.predictive.likeness import Descriptions, descriptions
from cdp.models import Product


def described_products(catalogue: Catalogue) -> Descriptions:
    """Return the words of their names, the brand and the leaf category of the products of the
    catalogue: (products, terms).
    """
    names = dict(Product.objects.order_by("pk").values_list("pk", "name"))
    words = [words_of(names.get(pk, "")) for pk in catalogue.ids.tolist()]
    return descriptions(words, catalogue.brand, catalogue.category)
