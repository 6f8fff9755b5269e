"""The usual prices of a shop: what its categories sold at in 24 months, and what that means for
each product.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field

import numpy as np

from analytics.chunks import ROWS_PER_CHUNK, last_of_next
from analytics.models import PriceNorm, Refresh
from analytics.predictive.frames import Floats, Integers, columns, integers, positions, units
from analytics.predictive.price_sensitivity import (
    ENOUGH_PRODUCTS,
    NORM_MONTHS,
    UNITS_COUNTED,
    usual_log_price,
)
from cdp.models import Category, OrderLine, ProductCategory, Shop
from cdp.money import SCALE
from cdp.periods import months_before, start_of

MILLIONTHS = 1_000_000
SHOP = 0


@dataclass
class CategorySales:
    """What was sold in a category: exact sums, and as many of its products as it takes to be
    enough.
    """

    unit_count: int = 0
    log_price_sum: int = 0
    line_count: int = 0
    products: list[int] = field(default_factory=list)


@dataclass
class Sales:
    """What was sold by category id (SHOP: everything), added up chunk by chunk."""

    by_category: dict[int, CategorySales] = field(default_factory=dict)

    def to_text(self) -> str:
        """Return the sales as text for a checkpoint."""
        rows = [[pk, *vars(sold).values()] for pk, sold in self.by_category.items()]
        return json.dumps(rows, separators=(",", ":"))

    @classmethod
    def from_text(cls, text: str) -> Sales:
        """Return the sales that `to_text` gave."""
        return cls({pk: CategorySales(*values) for pk, *values in json.loads(text)})


@dataclass(frozen=True)
class ProductSales:
    """Per product: units sold (at most 3 a line), the sum of ln(regular unit price) over them in
    millionths, lines.
    """

    product: Integers
    unit_count: Integers
    log_price_sum: Integers
    line_count: Integers


def read_sales(after: int, refresh: Refresh, shop: Shop) -> tuple[ProductSales, int | None]:
    """Return what the next order lines sold in 24 months, and the last line (None: the end)."""
    last = last_of_next(OrderLine.objects.all(), after=after, size=ROWS_PER_CHUNK)
    lines = OrderLine.objects.purchases().filter(
        pk__gt=after,
        placed_at__gte=start_of(months_before(refresh.figures_day, NORM_MONTHS), shop.zone),
        placed_at__lt=start_of(refresh.figures_day, shop.zone),
        unit_price__gt=0,
    )
    if last is not None:
        lines = lines.filter(pk__lte=last)
    product, quantity, price = columns(
        lines.order_by(), "product_id", "purchased_quantity", units("unit_price")
    )
    ids, position = np.unique(integers(product), return_inverse=True)
    amount = np.minimum(integers(quantity), UNITS_COUNTED)
    logs = np.rint(amount * np.log(integers(price) / SCALE) * MILLIONTHS).astype(np.int64)
    return ProductSales(
        ids,
        _summed(position, amount, count=ids.size),
        _summed(position, logs, count=ids.size),
        np.bincount(position, minlength=ids.size),
    ), last


def _summed(place: Integers, values: Integers, *, count: int) -> Integers:
    """Return exact sums of whole numbers by place 0..count-1."""
    result = np.zeros(count, np.int64)
    np.add.at(result, place, values)
    return result


def add_sales(total: Sales, sold: ProductSales) -> None:
    """Add what lines sold to the totals of the categories of their products and of the shop."""
    if not sold.product.size:
        return
    product, category = columns(
        ProductCategory.objects.order_by("category_id", "product_id"), "product_id", "category_id"
    )
    place, is_sold = positions(integers(product), sold.product)
    place = np.r_[np.arange(sold.product.size), place]
    owner = np.r_[np.full(sold.product.size, SHOP), integers(category)[is_sold]]
    ids, first, owner = np.unique(owner, return_index=True, return_inverse=True)
    sums = [
        _summed(owner, values[place], count=ids.size).tolist()
        for values in (sold.unit_count, sold.log_price_sum, sold.line_count)
    ]
    some = [
        sold.product[place[start : min(start + ENOUGH_PRODUCTS, end)]].tolist()
        for start, end in zip(first, np.r_[first[1:], owner.size], strict=True)
    ]
    for pk, unit_count, log_price_sum, line_count, products in zip(
        ids.tolist(), *sums, some, strict=True
    ):
        entry = total.by_category.setdefault(pk, CategorySales())
        entry.unit_count += unit_count
        entry.log_price_sum += log_price_sum
        entry.line_count += line_count
        entry.products = sorted({*entry.products, *products})[:ENOUGH_PRODUCTS]


def store_norms(refresh: Refresh, total: Sales) -> None:
    """Keep the totals as the norms of the refresh."""
    PriceNorm.objects.filter(refresh=refresh).delete()
    known = set(Category.objects.values_list("pk", flat=True))
    PriceNorm.objects.bulk_create(
        PriceNorm(
            refresh=refresh,
            category_id=None if pk == SHOP else pk,
            unit_count=sold.unit_count,
            log_price_sum=sold.log_price_sum,
            line_count=sold.line_count,
            product_count=len(sold.products),
        )
        for pk, sold in sorted(total.by_category.items())
        if pk == SHOP or pk in known
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
    shop = whole.mean_log_price if whole is not None else np.nan
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
            np.array([n.mean_log_price if n else np.nan for n in found], float),
        )

    return UsualPrices(product, usual_log_price([level(leaf), level(parent)], shop), shop)
