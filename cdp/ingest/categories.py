"""The category tree: finding or making the nodes of a path, and putting products into them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from cdp import bulk
from cdp.models import PATH_SEPARATOR, Category, ProductCategory
from cdp.text import key, tidy

Path = tuple[str, ...]
NAME_LIMIT = 190
DEPTH_LIMIT = 6


def paths_in(department: str, category: str, subcategory: str) -> list[Path]:
    """Return the category paths of a product, from the cells that name them."""
    outer = _levels(department)
    inner = _levels(subcategory)
    found = []
    for part in category.split("|") or [""]:
        path = (*outer, *_levels(part), *inner)[:DEPTH_LIMIT]
        if path and path not in found:
            found.append(path)
    return found


def _levels(cell: str) -> list[str]:
    names = (tidy(name)[:NAME_LIMIT].strip() for name in re.split(r"\s*>\s*", cell))
    return [name for name in names if name]


def _path_key(path: Path) -> str:
    return PATH_SEPARATOR.join(key(name)[:NAME_LIMIT] for name in path)[:900]


def ensure(paths: Iterable[Path], *, source: str) -> dict[Path, int]:
    """Return the ids of the categories of these paths and of all their ancestors, made where
    missing.
    """
    wanted = {path[:depth] for path in paths for depth in range(1, len(path) + 1)}
    ids: dict[Path, int] = {}
    for depth in range(1, DEPTH_LIMIT + 1):
        level = sorted(path for path in wanted if len(path) == depth)
        if not level:
            break
        bulk.upsert(
            Category,
            ("path_key", "path", "name", "name_key", "parent_id", "source"),
            [
                (
                    _path_key(path),
                    PATH_SEPARATOR.join(path)[:900],
                    path[-1],
                    key(path[-1])[:NAME_LIMIT],
                    ids.get(path[:-1]),
                    source,
                )
                for path in level
            ],
            key=("path_key",),
            insert_only=("path", "name", "name_key", "parent_id", "source"),
        )
        found = dict(
            Category.objects.filter(path_key__in=[_path_key(path) for path in level]).values_list(
                "path_key", "pk"
            )
        )
        ids |= {path: found[_path_key(path)] for path in level}
    return ids


def assign(wanted: Mapping[int, Sequence[Path]], *, source: str) -> set[int]:
    """Put each product into exactly these categories; return the products for which that is a
    change.
    """
    if not wanted:
        return set()
    ids = ensure((path for paths in wanted.values() for path in paths), source=source)
    rows: dict[tuple[int, int], int] = {}
    for product, paths in wanted.items():
        for path in paths:
            for depth in range(1, len(path) + 1):
                place = (product, ids[path[:depth]])
                distance = len(path) - depth
                rows[place] = min(rows.get(place, distance), distance)
    stored = {
        (product, category): distance
        for product, category, distance in ProductCategory.objects.filter(
            product__in=wanted
        ).values_list("product_id", "category_id", "distance")
    }
    if stored == rows:
        return set()
    result = bulk.upsert(
        ProductCategory,
        ("product_id", "category_id", "distance"),
        [(*place, distance) for place, distance in rows.items()],
        key=("product_id", "category_id"),
    )
    gone = [place for place in stored if place not in rows]
    bulk.delete_unlisted(
        ProductCategory, ("product_id", "category_id"), list(rows), scope="product_id"
    )
    touched = ProductCategory.objects.filter(pk__in=result.touched)
    return set(touched.values_list("product_id", flat=True)) | {product for product, _c in gone}
