"""What is bought together more often than chance has it, found in a sample of the buyers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import permutations

from analytics.models import CustomerStatistics
from cdp.models import Category, OrderLine, Product, ProductCategory

SAMPLE = 20_000
# Pairs of the commonest things only, so that the work stays bounded.
COMMONEST = 40
SMALLEST_SUPPORT = 10
SMALLEST_SHARE = Fraction(1, 10)
SMALLEST_LIFT = Fraction(13, 10)
# Whatever most buyers have already is nothing to recommend.
LARGEST_REACH = Fraction(1, 2)
PAIRS = 2

Buyers = Mapping[int, set[int]]


@dataclass(frozen=True)
class Thing:
    """A category or product: its name, and the value by which a purchase row finds it."""

    name: str
    value: str


@dataclass(frozen=True)
class BoughtTogether:
    """Of the buyers of `first` a `share` also bought `second`: `lift` times as many as of all.

    `kind` is the parameter of a purchase row that takes the values: categories or products.
    """

    kind: str
    first: Thing
    second: Thing
    share: Fraction
    lift: Fraction


def bought_together() -> list[BoughtTogether]:
    """Return the strongest pairs of categories; of products where the shop has no categories."""
    kind = "categories" if ProductCategory.objects.exists() else "products"
    buyers: dict[int, set[int]] = defaultdict(set)
    for customer, thing in _purchases(by_category=kind == "categories"):
        buyers[thing].add(customer)
    pairs = list(_strongest(buyers))
    keys = {key for first, second, _share, _lift in pairs for key in (first, second)}
    if kind == "categories":
        categories = Category.objects.in_bulk(keys)
        things = {key: Thing(found.name, found.path) for key, found in categories.items()}
    else:
        products = Product.objects.in_bulk(keys)
        things = {key: Thing(str(found), found.external_id) for key, found in products.items()}
    return [
        BoughtTogether(kind, things[first], things[second], share, lift)
        for first, second, share, lift in pairs
    ]


def _purchases(*, by_category: bool) -> Iterator[tuple[int, int]]:
    """Give (customer, product or its own categories) for a stable sample of the buyers."""
    sample = CustomerStatistics.objects.filter(order_count__gt=0).order_by("bucket", "pk")
    lines = OrderLine.objects.purchases().filter(customer__in=sample.values("pk")[:SAMPLE])
    categories: dict[int, list[int]] = defaultdict(list)
    if by_category:
        own = ProductCategory.objects.filter(distance=0)
        for product, category in own.values_list("product_id", "category_id").iterator():
            categories[product].append(category)
    bought = lines.order_by().values_list("customer_id", "product_id").distinct()
    for customer, product in bought.iterator(chunk_size=5_000):
        for thing in categories.get(product, ()) if by_category else (product,):
            yield customer, thing


def _strongest(buyers: Buyers) -> Iterator[tuple[int, int, Fraction, Fraction]]:
    """Give the best pairs, each thing once: first, second, share and lift."""
    total = len(set().union(*buyers.values()))
    common = sorted(buyers, key=lambda key: (-len(buyers[key]), key))[:COMMONEST]
    found = []
    for first, second in permutations(common, 2):
        both = len(buyers[first] & buyers[second])
        reach = Fraction(len(buyers[second]), total)
        share = Fraction(both, len(buyers[first]))
        lift = share / reach
        if (
            both >= max(SMALLEST_SUPPORT, total // 200)
            and reach <= LARGEST_REACH
            and SMALLEST_SHARE <= share < 1
            and lift >= SMALLEST_LIFT
        ):
            # Lift is the same both ways: put it the way round that promises more sales.
            sales = share * (len(buyers[first]) - both)
            found.append((-lift, -sales, first, second, share))
    used: set[int] = set()
    for negative_lift, _sales, first, second, share in sorted(found):
        if len(used) < 2 * PAIRS and not {first, second} & used:
            used |= {first, second}
            yield first, second, share, -negative_lift
