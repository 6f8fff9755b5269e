"""Products, the category tree and the labels of a demo shop as tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from cdp.demo.assortment import BRANDS, LEAVES
from cdp.demo.catalogue import Catalogue
from cdp.demo.draw import Integers
from cdp.demo.people import GROUPS, TAGS
from cdp.demo.plan import Plan
from cdp.demo.tables import Numbers, Table, constant, moments, money, numbered
from cdp.models import (
    PATH_SEPARATOR,
    Category,
    CustomerField,
    CustomerGroup,
    Product,
    ProductAttribute,
    ProductCategory,
    Tag,
)
from cdp.text import key

FIELDS: tuple[tuple[str, str, str], ...] = (
    ("shoe_size", "Shoe size", CustomerField.Type.NUMBER),
    ("birthday", "Birthday", CustomerField.Type.DATE),
    ("club_member", "Club member", CustomerField.Type.FLAG),
    ("favourite_sport", "Favourite sport", CustomerField.Type.TEXT),
)
PATHS: tuple[tuple[str, ...], ...] = tuple(
    sorted(
        {leaf.path[:depth] for leaf in LEAVES for depth in (1, 2, 3)},
        key=lambda path: (len(path), path),
    )
)


@dataclass(frozen=True)
class Labels:
    """Primary keys of what customers and products are labelled with, in the order of the lists they
    come from.
    """

    tags: Integers
    groups: Integers
    fields: Mapping[str, int]
    categories: Mapping[tuple[str, ...], int]


def path_text(path: tuple[str, ...]) -> str:
    """Return a category's path as the shop writes it."""
    return PATH_SEPARATOR.join(path)


def default_labels() -> Labels:
    """Return keys for files, where nothing is stored and position is all that counts."""
    return Labels(
        np.arange(len(TAGS)),
        np.arange(len(GROUPS)),
        {name: number for number, (name, _label, _type) in enumerate(FIELDS)},
        {path: number for number, path in enumerate(PATHS)},
    )


def store_labels(source: str) -> Labels:
    """Create missing tags, groups, custom fields and categories; return the keys of all."""
    tags = [Tag.objects.get_or_create(key=key(t), defaults={"name": t})[0].pk for t in TAGS]
    groups = [
        CustomerGroup.objects.get_or_create(key=key(name), defaults={"name": name})[0].pk
        for name in GROUPS
    ]
    fields = {
        name: CustomerField.objects.get_or_create(
            key=name, defaults={"label": label, "type": kind}
        )[0].pk
        for name, label, kind in FIELDS
    }
    categories: dict[tuple[str, ...], int] = {}
    for path in PATHS:
        text = path_text(path)
        category, _is_new = Category.objects.get_or_create(
            path_key=key(text),
            defaults={
                "source": source,
                "parent_id": categories.get(path[:-1]),
                "name": path[-1],
                "name_key": key(path[-1]),
                "path": text,
            },
        )
        categories[path] = category.pk
    return Labels(np.array(tags), np.array(groups), fields, categories)


def catalogue_tables(
    plan: Plan, catalogue: Catalogue, labels: Labels, numbers: Numbers
) -> list[Table]:
    """Return products, where they stand and their attributes."""
    count = len(catalogue)
    keys, running = numbers.take(Product, count)
    leaves = [LEAVES[number] for number in catalogue.leaves]
    brands = [BRANDS[number].name for number in catalogue.brands]
    slugs = [sku.lower() for sku in catalogue.skus]
    products = Table(
        Product,
        {
            "id": keys.tolist(),
            "source": constant(plan.source, count),
            "external_id": numbered("P", running),
            "name": catalogue.names,
            "sku": catalogue.skus,
            "brand": brands,
            "brand_key": [key(brand) for brand in brands],
            "price": money(catalogue.prices),
            "list_price": money(catalogue.list_prices),
            "is_available": catalogue.is_available.tolist(),
            "image_url": [f"https://shop.example.com/images/{slug}.jpg" for slug in slugs],
            "page_url": [f"https://shop.example.com/products/{slug}" for slug in slugs],
            "first_seen_at": moments(catalogue.first_seen_at),
            "search_key": [
                search_key(name, sku, brand, *leaf.path, *(value for _key, value in attributes))
                for name, brand, sku, leaf, attributes in zip(
                    catalogue.names,
                    brands,
                    catalogue.skus,
                    leaves,
                    catalogue.attributes,
                    strict=True,
                )
            ],
        },
    )
    stands = [
        (product, labels.categories[leaf.path[:depth]], 3 - depth)
        for product, leaf in zip(keys.tolist(), leaves, strict=True)
        for depth in (3, 2, 1)
    ]
    has = [
        (product, name, value, key(value))
        for product, attributes in zip(keys.tolist(), catalogue.attributes, strict=True)
        for name, value in attributes
    ]
    return [
        products,
        _table(ProductCategory, ("product_id", "category_id", "distance"), stands, numbers),
        _table(ProductAttribute, ("product_id", "key", "value", "value_key"), has, numbers),
    ]


def search_key(*words: str) -> str:
    """Return what a keyword is looked up in."""
    return key(" ".join(words))


def _table(
    model: type[ProductCategory | ProductAttribute],
    columns: tuple[str, ...],
    rows: Sequence[tuple[object, ...]],
    numbers: Numbers,
) -> Table:
    keys, _running = numbers.take(model, len(rows))
    values = {name: [row[place] for row in rows] for place, name in enumerate(columns)}
    return Table(model, {"id": keys.tolist(), **values})
