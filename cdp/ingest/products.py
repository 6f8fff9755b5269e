"""Writing products with their categories and attributes, and standing in for products not yet
known.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from cdp import bulk
from cdp.ingest import categories
from cdp.ingest.context import Context, Outcome, Row, without_older
from cdp.ingest.headers import ATTRIBUTE_PREFIX
from cdp.models import Product, ProductAttribute, ProductCategory
from cdp.text import key

_COLUMNS = (
    "source",
    "external_id",
    "source_updated_at",
    "name",
    "sku",
    "brand",
    "brand_key",
    "price",
    "list_price",
    "is_available",
    "image_url",
    "page_url",
    "first_seen_at",
)
ID_LIMIT = 180


def product_id(values: Mapping[str, Any]) -> str:
    """Return the external id of the product a row names: its id, else SKU, else name."""
    found = values.get("product_id") or values.get("sku") or key(values.get("product_name", ""))
    return str(found)[:ID_LIMIT]


def write(rows: Sequence[Row], *, context: Context) -> Outcome:
    """Store products; categories and attributes that a row states replace the stored ones."""
    fresh = without_older(rows, product_id, context, _moments(rows, context))
    result = bulk.upsert(
        Product,
        _COLUMNS,
        [_stored(row.values, context) for row in fresh],
        key=("source", "external_id"),
        newer_by="source_updated_at",
    )
    if context.has_catalogue:
        undated = Product.objects.filter(pk__in=result.new, first_seen_at=None)
        undated.update(first_seen_at=context.now)
    ids = _ids((product_id(row.values) for row in fresh), context.source)
    paths: dict[int, list[categories.Path]] = {}
    attributes: dict[int, dict[str, str]] = {}
    for row in fresh:
        pk = ids[product_id(row.values)]
        named = categories.paths_in(
            *(row.values.get(name, "") for name in ("department", "category", "subcategory"))
        )
        if named:
            paths[pk] = named
        for name, value in row.values.items():
            if name.startswith(ATTRIBUTE_PREFIX):
                attributes.setdefault(pk, {})[name.removeprefix(ATTRIBUTE_PREFIX)] = value
    new = set(result.new)
    changed = set(result.changed) | categories.assign(paths, source=context.source)
    changed |= _set_attributes(attributes)
    _write_search_keys(new | changed)
    changed -= new
    return Outcome(len(new), len(changed), len(rows) - len(new) - len(changed))


def _moments(rows: Sequence[Row], context: Context) -> dict[str, Any]:
    if not any("updated_at" in row.values for row in rows):
        return {}
    stored = Product.objects.filter(
        source=context.source, external_id__in=[product_id(row.values) for row in rows]
    )
    return dict(stored.values_list("external_id", "source_updated_at"))


def _stored(values: Mapping[str, Any], context: Context) -> tuple[object, ...]:
    brand = values.get("brand")
    price, list_price = values.get("price"), values.get("list_price")
    return (
        context.source,
        product_id(values),
        values.get("updated_at"),
        values.get("name"),
        values.get("sku"),
        brand,
        brand and key(brand)[:120],
        None if price is None else abs(price),
        None if list_price is None else abs(list_price),
        values.get("available"),
        values.get("image_url"),
        values.get("page_url"),
        values.get("first_seen_at"),
    )


def _ids(external_ids: Iterable[str], source: str) -> dict[str, int]:
    found = Product.objects.filter(source=source, external_id__in=set(external_ids))
    return dict(found.values_list("external_id", "pk"))


def known_or_new(rows: Sequence[Row], *, context: Context) -> dict[str, int]:
    """Return the ids of the products that lines name; unknown ones are added with what the line
    says.
    """
    names = {product_id(row.values): row.values for row in rows}
    ids = _ids(names, context.source)
    missing = {name: values for name, values in names.items() if name not in ids}
    if missing:
        result = bulk.upsert(
            Product,
            ("source", "external_id", "name", "sku"),
            [
                (context.source, name, values.get("product_name"), values.get("sku"))
                for name, values in missing.items()
            ],
            key=("source", "external_id"),
        )
        _write_search_keys(result.new)
        context.notes.add(
            "new_products",
            _(
                "The product was not known yet; it was added with its id alone until a products "
                "file fills it."
            ),
            len(result.new),
        )
        ids |= _ids(missing, context.source)
    return ids


def _set_attributes(wanted: Mapping[int, Mapping[str, str]]) -> set[int]:
    """Give products these values; a stated attribute replaces the stored one of the same key."""
    stored: dict[tuple[int, str], dict[str, int]] = {}
    for product, name, value_key, pk in ProductAttribute.objects.filter(
        product__in=wanted
    ).values_list("product_id", "key", "value_key", "pk"):
        stored.setdefault((product, name), {})[value_key] = pk
    rows, gone, changed = [], [], set()
    for product, found in wanted.items():
        for name, value in found.items():
            have = stored.get((product, name), {})
            value_key = key(value)[:300]
            extra = [pk for other, pk in have.items() if other != value_key]
            if value_key not in have:
                rows.append((product, name, value_key, value))
            if value_key not in have or extra:
                changed.add(product)
            gone += extra
    ProductAttribute.objects.filter(pk__in=gone).delete()
    bulk.insert_rows(ProductAttribute, ("product_id", "key", "value_key", "value"), rows)
    return changed


def _write_search_keys(product_ids: Iterable[int]) -> None:
    """Bring together everything a keyword is looked up in."""
    wanted = set(product_ids)
    words: dict[int, list[str]] = {}
    for pk, name, sku, brand in Product.objects.filter(pk__in=wanted).values_list(
        "pk", "name", "sku", "brand"
    ):
        words[pk] = [name, sku, brand]
    for pk, name in (
        ProductCategory.objects.filter(product__in=wanted)
        .order_by("product_id", "-distance", "category_id")
        .values_list("product_id", "category__name")
    ):
        words[pk].append(name)
    for pk, value in (
        ProductAttribute.objects.filter(product__in=wanted)
        .order_by("product_id", "key", "value_key")
        .values_list("product_id", "value")
    ):
        words[pk].append(value)
    keys = {pk: key(" ".join(part for part in found if part)) for pk, found in words.items()}
    bulk.upsert(Product, ("id", "search_key"), list(keys.items()), key=("id",))
