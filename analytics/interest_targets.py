"""Which targets of interest a condition names, and having targets followed that are not yet."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from analytics.clock import latest_refresh
from analytics.models import InterestTarget, Refresh, RefreshPart, TargetKind
from cdp.jobs.requests import enqueue
from cdp.models import Category, Product, User
from cdp.text import key, tidy

JOB = "refresh"
SLICE = 100
LONGEST_KEY = 250


@dataclass(frozen=True)
class Thing:
    """What a name stands for: a row that an `InterestTarget` can be made of."""

    kind: TargetKind
    key: str
    label: str
    category_id: int | None = None
    product_id: int | None = None


@dataclass(frozen=True)
class Resolved:
    """The followed targets that names stand for, and names of which something is not followed.

    `unknown` are the categories and products that the shop does not have: they cannot be followed.
    Brands and keywords can be, before the first product carries them.
    """

    targets: tuple[InterestTarget, ...]
    unfollowed: tuple[str, ...]
    unknown: tuple[str, ...]


def resolve(kind: TargetKind | str, names: Sequence[str]) -> Resolved:
    """Return what is followed of the named categories, brands, products or keywords.

    Names as conditions have them: a category by name, path or number; a brand or keyword in any
    case; a product by the shop's id, SKU or name. A name may stand for several targets. Whether a
    target has been learned yet says its `learned_in`.
    """
    kind = TargetKind(kind)
    things = _things(kind, names)
    keys = sorted({thing.key for found in things.values() for thing in found})
    targets = {target.key: target for target in _followed(kind, keys)}
    return Resolved(
        targets=tuple(targets[one] for one in keys if one in targets),
        unfollowed=tuple(
            name for name in names if any(thing.key not in targets for thing in things[name])
        ),
        unknown=tuple(name for name in names if not things[name]),
    )


def follow(kind: TargetKind | str, name: str) -> list[InterestTarget]:
    """Have everything that a name stands for followed from now on; return its targets.

    They are learned by the next refresh of interests (see `request_interests`) and kept for as long
    as their category or product exists. It may be repeated. Unknown categories and products give
    nothing.
    """
    kind = TargetKind(kind)
    things = _things(kind, [name])[name]
    with transaction.atomic():
        InterestTarget.objects.bulk_create(
            (
                InterestTarget(
                    kind=thing.kind,
                    key=thing.key,
                    label=thing.label,
                    category_id=thing.category_id,
                    product_id=thing.product_id,
                    is_asked=True,
                )
                for thing in things
            ),
            ignore_conflicts=True,
        )
        keys = [thing.key for thing in things]
        for part in _slices(keys):
            InterestTarget.objects.filter(kind=kind, key__in=part).update(is_asked=True)
    return list(_followed(kind, keys))


def unfollow(target: InterestTarget) -> None:
    """Take back that a target was asked for.

    The next refresh of interests forgets it unless enough customers buy it, or a condition asks for
    it again.
    """
    InterestTarget.objects.filter(pk=target.pk).update(is_asked=False)


def request_interests(*, now: datetime, user: User | None = None) -> None:
    """Ask for a refresh of interests and recommendations in the background.

    A wider refresh that has been asked for and not begun computes them as well, so it stays. A
    pinned moment stays pinned.
    """
    with transaction.atomic():
        if not Refresh.objects.filter(started_at__isnull=True, is_full=True).exists():
            latest = latest_refresh()
            pinned_at = latest.as_of if latest is not None and latest.is_pinned else None
            Refresh.objects.request(
                now=now, as_of=pinned_at, is_full=True, part=RefreshPart.INTERESTS
            )
        enqueue(JOB, now=now, user=user)


def category_thing(category: Category) -> Thing:
    """Return the target that a category is."""
    return Thing(TargetKind.CATEGORY, str(category.pk), category.path[:500], category.pk, None)


def product_thing(product: Product) -> Thing:
    """Return the target that a product is."""
    return Thing(TargetKind.PRODUCT, str(product.pk), str(product)[:500], None, product.pk)


def _things(kind: TargetKind, names: Sequence[str]) -> dict[str, list[Thing]]:
    if kind == TargetKind.CATEGORY:
        return _categories(names)
    if kind == TargetKind.PRODUCT:
        return _products(names)
    return {name: _words(kind, name) for name in names}


def _words(kind: TargetKind, name: str) -> list[Thing]:
    wanted = key(name)[:LONGEST_KEY]
    return [Thing(kind, wanted, tidy(name)[:LONGEST_KEY])] if wanted else []


def _categories(names: Sequence[str]) -> dict[str, list[Thing]]:
    named: dict[str, set[Thing]] = defaultdict(set)
    for part in _slices([key(name) for name in names]):
        numbers = [int(word) for word in part if word.isdecimal() and len(word) < 19]
        asked = Q(name_key__in=part) | Q(path_key__in=part) | Q(pk__in=numbers)
        for category in Category.objects.filter(asked).order_by():
            for word in (category.name_key, category.path_key, str(category.pk)):
                named[word].add(category_thing(category))
    return {name: _sorted(named[key(name)]) for name in names}


def _products(names: Sequence[str]) -> dict[str, list[Thing]]:
    by_id: dict[str, set[Thing]] = defaultdict(set)
    by_word: dict[str, set[Thing]] = defaultdict(set)
    for part in _slices(names):
        asked = Q(external_id__in=part)
        for word in part:
            # SQLite ignores the case of ASCII letters only.
            for form in sorted({word, word.lower(), word.upper(), word.capitalize()}):
                asked |= Q(sku__iexact=form) | Q(name__iexact=form)
        found = Product.objects.filter(asked).order_by().only("external_id", "sku", "name")
        for product in found:
            thing = product_thing(product)
            by_id[product.external_id].add(thing)
            for word in (product.sku, product.name):
                by_word[key(word)].add(thing)
    return {name: _sorted(by_id[name] | by_word[key(name)]) for name in names}


def _sorted(things: Iterable[Thing]) -> list[Thing]:
    return sorted(things, key=lambda thing: int(thing.key))


def _followed(kind: TargetKind, keys: Sequence[str]) -> Iterator[InterestTarget]:
    for part in _slices(keys):
        yield from InterestTarget.objects.filter(kind=kind, key__in=part).order_by("key")


def _slices(values: Sequence[str]) -> Iterator[Sequence[str]]:
    for first in range(0, len(values), SLICE):
        yield values[first : first + SLICE]
