"""Which products a row speaks of: by keyword, category, brand, product or attribute."""

from __future__ import annotations

from django import forms
from django.db.models import Q, QuerySet
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from cdp.models import Category, Product, ProductAttribute, ProductCategory
from cdp.text import key
from segments.criteria.fields import ListField, TextField
from segments.criteria.names import NAMED_ONE_BY_ONE, many_strangers, strangers
from segments.criteria.params import Params, keys, text, texts
from segments.criteria.queries import any_case, any_of
from segments.criteria.wording import either

# Names looked up in one query, and words of which each needs one.
SLICE = 100
LOOKED_UP = 5
# Which list of real values helps with each of the fields below.
PRODUCT_LISTS = {
    "keywords": "keywords",
    "categories": "categories",
    "brands": "brands",
    "products": "products",
    "attribute": "attributes",
    "attribute_values": "attribute_values",
}


def product_fields() -> dict[str, forms.Field]:
    """Return the optional fields that choose products; several of them must all be true."""
    return {
        "keywords": ListField(label=_("Keywords"), required=False),
        "categories": ListField(label=_("Categories"), required=False),
        "brands": ListField(label=_("Brands"), required=False),
        "products": ListField(label=_("Products"), required=False),
        "attribute": TextField(label=_("Attribute"), required=False),
        "attribute_values": ListField(label=_("Attribute values"), required=False),
    }


def contradictions(params: Params) -> list[str]:
    """Return a sentence if an attribute is named without its values or the other way round."""
    if ("attribute" in params) == ("attribute_values" in params):
        return []
    return [gettext("“attribute” and “attribute_values” need each other: name both.")]


def chosen_products(params: Params) -> QuerySet | None:
    """Return the ids of the chosen products, or None if the row takes every product."""
    asked: list[Q] = []
    if "keywords" in params:
        words = [Q(search_key__contains=word) for word in keys(params, "keywords")]
        asked.append(any_of(words, Product.objects.all()))
    if "categories" in params:
        placed = ProductCategory.objects.filter(category__in=named_categories(params).values("pk"))
        if not _also_chosen(params):
            return placed.values("product_id")
        asked.append(Q(pk__in=placed.values("product_id")))
    if "brands" in params:
        asked.append(Q(brand_key__in=keys(params, "brands")))
    if "products" in params:
        asked.append(named_products(texts(params, "products")))
    if "attribute" in params:
        carrying = ProductAttribute.objects.filter(
            key__iexact=text(params, "attribute"), value_key__in=keys(params, "attribute_values")
        )
        asked.append(Q(pk__in=carrying.values("product_id")))
    return Product.objects.filter(*asked).order_by().values("pk") if asked else None


def _also_chosen(params: Params) -> bool:
    return any(name in params for name in ("keywords", "brands", "products", "attribute"))


def named_categories(params: Params) -> QuerySet:
    """Return the categories that the row names, by name, path or number."""
    wanted = keys(params, "categories")
    numbers = [int(word) for word in wanted if word.isdecimal() and len(word) < 19]
    named = Q(name_key__in=wanted) | Q(path_key__in=wanted) | Q(pk__in=numbers)
    return Category.objects.filter(named).order_by()


def named_products(names: list[str]) -> Q:
    """Return which products are named so, by the shop's id, SKU or name."""
    return (
        Q(external_id__in=names)
        | any_case("sku", "iexact", names, Product.objects.all())
        | any_case("name", "iexact", names, Product.objects.all())
    )


def product_words(params: Params) -> str:
    """Return the choice as words with a leading blank, or nothing."""
    parts = []
    if "keywords" in params:
        parts.append(gettext("found by “%(words)s”") % {"words": either(texts(params, "keywords"))})
    if "categories" in params:
        words = either(texts(params, "categories"))
        parts.append(gettext("from category %(words)s") % {"words": words})
    if "brands" in params:
        parts.append(gettext("of brand %(words)s") % {"words": either(texts(params, "brands"))})
    if "products" in params:
        parts.append(gettext("named %(words)s") % {"words": either(texts(params, "products"))})
    if "attribute" in params:
        words = either(texts(params, "attribute_values"))
        parts.append(
            gettext("with %(attribute)s %(words)s")
            % {"attribute": text(params, "attribute"), "words": words}
        )
    return "".join(f" {part}" for part in parts)


def product_notices(params: Params) -> list[str]:
    """Name the brands, categories and products that the shop does not know yet."""
    notices = strangers(
        texts(params, "brands"),
        Product.objects.order_by(),
        by="brand_key",
        label="brand",
        what=gettext("brand"),
    )
    wanted = _unknown_categories(texts(params, "categories"))
    notices += strangers(
        wanted, Category.objects.order_by(), by="name_key", label="name", what=gettext("category")
    )
    unknown = _unknown_products(texts(params, "products"))
    if len(unknown) > NAMED_ONE_BY_ONE:
        notices.append(many_strangers(unknown, what=gettext("product")))
    else:
        notices += [
            gettext("The shop knows no product “%(name)s” yet.") % {"name": name}
            for name in unknown
        ]
    for word in texts(params, "keywords")[:LOOKED_UP]:
        if not Product.objects.filter(search_key__contains=key(word)).exists():
            notices.append(gettext("No product is found by “%(word)s” yet.") % {"word": word})
    return notices


def _unknown_products(names: list[str]) -> list[str]:
    known: set[str] = set()
    for first in range(0, len(names), SLICE):
        rows = Product.objects.filter(named_products(names[first : first + SLICE])).order_by()
        for external_id, sku, name in rows.values_list("external_id", "sku", "name"):
            known |= {external_id, key(sku), key(name)}
    return [name for name in names if name not in known and key(name) not in known]


def _unknown_categories(names: list[str]) -> list[str]:
    known: set[str] = set()
    found = named_categories({"categories": names})
    for number, name_key, path_key in found.values_list("pk", "name_key", "path_key"):
        known |= {str(number), name_key, path_key}
    return [name for name in names if key(name) not in known]
