"""Which categories, brands, products and keywords are followed: chosen before they are learned."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from analytics.interest_targets import Thing, category_thing, product_thing
from analytics.learning.keywords import found_keywords, names_of
from analytics.learning.lessons import Learned, Lesson, Occasion, store
from analytics.learning.memberships import every_category, groups_of
from analytics.learning.purchase_samples import PurchaseSample, read_sample
from analytics.models import InterestTarget, RefreshPart, TargetKind
from analytics.predictive.frames import Flags, Integers
from analytics.predictive.purchases import at_level, belonging
from cdp.models import Category, Product

MOST = {
    TargetKind.CATEGORY: 300,
    TargetKind.BRAND: 300,
    TargetKind.PRODUCT: 200,
    TargetKind.KEYWORD: 60,
}
MOST_NEW = 100
NEW_DAYS = 60
LEAST_BUYERS = 5
# About every tenth customer is interested in a target; this many interests are stored at most.
MOST_INTERESTS = 20_000_000
INTERESTED_SHARE = 0.10
SLICE = 500


@dataclass(frozen=True)
class Wanted:
    """A target to follow, how many customers bought it so far, and whether it is newly stocked."""

    thing: Thing
    buyer_count: int = 0
    is_new: bool = False


@dataclass(frozen=True)
class Chosen(Learned):
    """The targets to follow."""

    wanted: tuple[Wanted, ...] = ()


class TargetLesson(Lesson):
    """Chooses what is followed: what most customers bought, what is new, and what is asked for."""

    key = "interest_targets"
    part = RefreshPart.INTERESTS

    def learn(self, occasion: Occasion) -> Chosen:
        """Count buyers in a sample and choose."""
        sample = read_sample(start=occasion.start, zone=occasion.shop.zone)
        return Chosen(wanted=tuple(_chosen(sample, today=occasion.today)))

    def store(self, occasion: Occasion, learned: Learned) -> None:
        """Make the rows of targets those that were chosen; what is asked for stays."""
        store(occasion.refresh, learned)
        if isinstance(learned, Chosen):
            _store(learned.wanted)


def _chosen(sample: PurchaseSample, *, today: int) -> Iterable[Wanted]:
    population = int(np.unique(sample.orders.customer).size)
    room = MOST_INTERESTS / INTERESTED_SHARE / max(population * sample.step, 1)
    share = min(1.0, room / (sum(MOST.values()) + MOST_NEW))
    most = {kind: max(int(count * share), 1) for kind, count in MOST.items()}
    found = [
        *_categories(sample, most[TargetKind.CATEGORY]),
        *_brands(sample, most[TargetKind.BRAND]),
        *_products(sample, most[TargetKind.PRODUCT], int(MOST_NEW * share), today=today),
        *_keywords(sample, most[TargetKind.KEYWORD], population),
    ]
    chosen = {(one.thing.kind, one.thing.key): one for one in found}
    for one in _asked(sample):
        chosen.setdefault((one.thing.kind, one.thing.key), one)
    return [replace(one, buyer_count=one.buyer_count * sample.step) for one in chosen.values()]


def _buyers(sample: PurchaseSample, groups: Sequence[Integers]) -> Integers:
    """Return how many customers of the sample bought something of each group."""
    belongs = belonging(groups, sample.catalogue.ids.size)
    return at_level(sample.bought, belongs).buyers()


def _most_bought(buyers: Integers, most: int) -> list[int]:
    order = np.argsort(-buyers, kind="stable")[:most]
    found: list[int] = order[buyers[order] >= LEAST_BUYERS].tolist()
    return found


def _categories(sample: PurchaseSample, most: int) -> list[Wanted]:
    keys, groups = every_category(sample.catalogue)
    buyers = _buyers(sample, groups)
    places = _most_bought(buyers, most)
    known = Category.objects.in_bulk([int(keys[place]) for place in places])
    return [Wanted(category_thing(known[int(keys[place])]), int(buyers[place])) for place in places]


def _brands(sample: PurchaseSample, most: int) -> list[Wanted]:
    keys = sample.catalogue.brand_keys
    buyers = _buyers(sample, groups_of(TargetKind.BRAND, keys, sample.catalogue))
    places = _most_bought(buyers, most)
    labels = _spelled([keys[place] for place in places])
    return [
        Wanted(Thing(TargetKind.BRAND, keys[place], labels[keys[place]]), int(buyers[place]))
        for place in places
    ]


def _spelled(brands: Sequence[str]) -> dict[str, str]:
    """Return how each brand is written, on the product that came first."""
    found: dict[str, str] = {}
    rows = Product.objects.filter(brand_key__in=brands).order_by("pk")
    for brand_key, brand in rows.values_list("brand_key", "brand"):
        found.setdefault(brand_key, brand)
    return found


def _products(sample: PurchaseSample, most: int, most_new: int, *, today: int) -> list[Wanted]:
    buyers = sample.bought.buyers()
    is_new = _newly_stocked(sample, today=today)
    first_day = sample.catalogue.first_day
    newest = np.lexsort((-sample.catalogue.ids, -first_day))
    newest = newest[is_new[newest]][:most_new]
    places = list(dict.fromkeys([*_most_bought(buyers, most), *newest.tolist()]))
    known = Product.objects.in_bulk(sample.catalogue.ids[places].tolist())
    ids = sample.catalogue.ids
    return [
        Wanted(product_thing(known[int(ids[place])]), int(buyers[place]), bool(is_new[place]))
        for place in places
    ]


def _newly_stocked(sample: PurchaseSample, *, today: int) -> Flags:
    """Return which products were first seen in the last 60 days and are available.

    A product that had been bought before that day was known earlier, whatever the shop says.
    """
    catalogue = sample.catalogue
    first_bought = np.full(catalogue.ids.size, np.iinfo(np.int64).max)
    np.minimum.at(first_bought, sample.bought.item, sample.bought.day)
    is_new = (catalogue.first_day > today - NEW_DAYS) & (catalogue.first_day <= today)
    found: Flags = is_new & catalogue.available & (first_bought >= catalogue.first_day)
    return found


def _keywords(sample: PurchaseSample, most: int, population: int) -> list[Wanted]:
    categories = list(Category.objects.order_by().values_list("name_key", flat=True))
    found = found_keywords(
        sample.bought,
        sample.catalogue,
        population=population,
        left_out=names_of(sample.catalogue.brand_keys, categories),
        most=most,
    )
    return [
        Wanted(Thing(TargetKind.KEYWORD, word, word), buyers)
        for word, buyers in found
        if buyers >= LEAST_BUYERS
    ]


def _asked(sample: PurchaseSample) -> list[Wanted]:
    """Return what conditions name, unless its category or product is gone."""
    found: list[Wanted] = []
    for kind in TargetKind:
        rows = InterestTarget.objects.filter(kind=kind, is_asked=True).order_by("key")
        asked = {row.key: Thing(kind, row.key, row.label) for row in rows}
        if kind == TargetKind.CATEGORY:
            known = Category.objects.in_bulk([int(one) for one in asked])
            asked = {str(pk): category_thing(one) for pk, one in known.items()}
        if kind == TargetKind.PRODUCT:
            sold = Product.objects.in_bulk([int(one) for one in asked])
            asked = {str(pk): product_thing(one) for pk, one in sold.items()}
        buyers = _buyers(sample, groups_of(kind, list(asked), sample.catalogue)).tolist()
        found += [Wanted(thing, count) for thing, count in zip(asked.values(), buyers, strict=True)]
    return found


def _store(wanted: Sequence[Wanted]) -> None:
    stored = {(row.kind, row.key): row for row in InterestTarget.objects.all()}
    added, changed = [], []
    for one in wanted:
        thing = one.thing
        row = stored.pop((thing.kind, thing.key), None)
        values = {
            "label": thing.label,
            "category_id": thing.category_id,
            "product_id": thing.product_id,
            "buyer_count": one.buyer_count,
            "is_new": one.is_new,
        }
        if row is None:
            added.append(InterestTarget(kind=thing.kind, key=thing.key, **values))
        elif any(getattr(row, name) != value for name, value in values.items()):
            for name, value in values.items():
                setattr(row, name, value)
            changed.append(row)
    InterestTarget.objects.bulk_create(added)
    columns = ["label", "category", "product", "buyer_count", "is_new"]
    InterestTarget.objects.bulk_update(changed, columns, batch_size=SLICE)
    gone = [row.pk for row in stored.values() if not row.is_asked]
    for first in range(0, len(gone), SLICE):
        InterestTarget.objects.filter(pk__in=gone[first : first + SLICE]).delete()
