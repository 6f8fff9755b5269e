"""The usual prices of a shop: what its categories sold at in 24 months, and what that means for
each product.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analytics.models import PriceNorm, Refresh
from analytics.predictive.frames import Floats, Integers, columns, integers, units
from analytics.predictive.price_sensitivity import NORM_MONTHS, usual_log_price
from cdp.models import Category, OrderLine, Product, ProductCategory, Shop
from cdp.money import SCALE
from cdp.periods import months_before, start_of

PRODUCTS_PER_CHUNK = 2_000


@dataclass(frozen=True)
class ProductSales:
    """Per product: units sold, the sum of ln(regular unit price) over them, and the number of
    lines.
    """

    product: Integers
    unit_count: Integers
    log_price_sum: Floats
    line_count: Integers


def read_sales(after: int, refresh: Refresh, shop: Shop) -> tuple[ProductSales, int | None]:
    """Return what was sold in 24 months of the next products, and the last of them (None at the
    end).
    """
    since = start_of(months_before(refresh.figures_day, NORM_MONTHS), shop.zone)
    lines = OrderLine.objects.purchases().filter(
        product_id__gt=after,
        placed_at__gte=since,
        placed_at__lt=start_of(refresh.figures_day, shop.zone),
        unit_price__gt=0,
    )
    last = next(
        iter(
            Product.objects.filter(pk__gt=after)
            .order_by("pk")
            .values_list("pk", flat=True)[PRODUCTS_PER_CHUNK - 1 : PRODUCTS_PER_CHUNK]
        ),
        None,
    )
    if last is not None:
        lines = lines.filter(product_id__lte=last)
    product, quantity, price = columns(
        lines.order_by("product_id", "placed_at", "pk"),
        "product_id",
        "purchased_quantity",
        units("unit_price"),
    )
    ids, position = np.unique(integers(product), return_inverse=True)
    amount = integers(quantity)
    logs = amount * np.log(integers(price) / SCALE)
    sales = ProductSales(
        ids,
        np.bincount(position, weights=amount, minlength=ids.size).astype(np.int64),
        np.bincount(position, weights=logs, minlength=ids.size).astype(np.float64),
        np.bincount(position, minlength=ids.size),
    )
    return sales, last


def add_sales(refresh: Refresh, sales: ProductSales) -> None:
    """Add the sales of some products to the norms of their categories and of the shop."""
    if not sales.product.size:
        return
    product, category = columns(
        ProductCategory.objects.filter(
            product_id__gte=int(sales.product[0]), product_id__lte=int(sales.product[-1])
        ).order_by("product_id", "category_id"),
        "product_id",
        "category_id",
    )
    place = np.searchsorted(sales.product, integers(product))
    place = np.minimum(place, sales.product.size - 1)
    sold = sales.product[place] == integers(product)
    place, category_ids = place[sold], integers(category)[sold]
    norms = {norm.category_id: norm for norm in PriceNorm.objects.filter(refresh=refresh)}
    everything = np.arange(sales.product.size)
    groups: list[tuple[int | None, Integers]] = [(None, everything)]
    groups += [(int(c), place[category_ids == c]) for c in np.unique(category_ids)]
    for category_id, chosen in groups:
        norm = norms.get(category_id) or PriceNorm(refresh=refresh, category_id=category_id)
        norm.unit_count += int(sales.unit_count[chosen].sum())
        norm.log_price_sum += float(sales.log_price_sum[chosen].sum())
        norm.line_count += int(sales.line_count[chosen].sum())
        norm.product_count += int(chosen.size)
        norms[category_id] = norm
    PriceNorm.objects.bulk_create(norm for norm in norms.values() if norm.pk is None)
    PriceNorm.objects.bulk_update(
        [norm for norm in norms.values() if norm.pk is not None],
        ["unit_count", "log_price_sum", "line_count", "product_count"],
    )


@dataclass(frozen=True)
class UsualPrices:
    """The usual ln(price) of products: of their leaf or parent category, else of the shop (NaN
    without sales).
    """

    product: Integers
    log_price: Floats
    shop: float

    def of(self, products: Integers) -> Floats:
        """Return the usual ln(price) of each product."""
        if not self.product.size:
            return np.full(products.size, self.shop)
        place = np.minimum(np.searchsorted(self.product, products), self.product.size - 1)
        return np.where(self.product[place] == products, self.log_price[place], self.shop)


def usual_prices(refresh: Refresh) -> UsualPrices:
    """Return the usual prices by the norms of a refresh. Of several leaf categories the oldest one
    counts.
    """
    norms = {norm.category_id: norm for norm in PriceNorm.objects.filter(refresh=refresh)}
    whole = norms.pop(None, None)
    shop = whole.log_price_sum / whole.unit_count if whole is not None else np.nan
    product, category = (
        integers(values)
        for values in columns(
            ProductCategory.objects.filter(distance=0).order_by("product_id", "category_id"),
            "product_id",
            "category_id",
        )
    )
    product, first = np.unique(product, return_index=True)
    leaf = category[first]
    parent_of = dict(Category.objects.values_list("pk", "parent_id"))
    parent = integers([parent_of[int(pk)] or 0 for pk in leaf])

    def level(ids: Integers) -> tuple[Integers, Integers, Floats]:
        found = [norms.get(int(pk)) for pk in ids]
        return (
            integers([norm.line_count if norm else 0 for norm in found]),
            integers([norm.product_count if norm else 0 for norm in found]),
            np.array([n.log_price_sum / n.unit_count if n else np.nan for n in found], float),
        )

    return UsualPrices(product, usual_log_price([level(leaf), level(parent)], shop), shop)
