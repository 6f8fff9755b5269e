"""The followed targets as people look them up: by kind, name and figures, with what is known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import Count, F, QuerySet
from django.utils.translation import gettext as _

from analytics.models import InterestTarget, Prediction, TargetKind
from analytics.report_words import named_words
from cdp.text import key

PREDICTIONS = {
    TargetKind.CATEGORY: Prediction.CATEGORIES,
    TargetKind.BRAND: Prediction.BRANDS,
    TargetKind.PRODUCT: Prediction.PRODUCTS,
    TargetKind.KEYWORD: Prediction.KEYWORDS,
}
# Where a search looks: only keys compare alike on every database.
SEARCHED = {
    TargetKind.CATEGORY: "category__path_key",
    TargetKind.BRAND: "key",
    TargetKind.PRODUCT: "product__search_key",
    TargetKind.KEYWORD: "key",
}
# What the list can be sorted by; with a leading minus the other way round.
SORTS = {
    "name": "label",
    "interested": "medium_count",
    "buyers": "buyer_count",
}


@dataclass(frozen=True)
class TargetEntry:
    """A target, and in words how its test went and why it may have no figures."""

    target: InterestTarget
    tested: str
    waits_for: str

    @property
    def is_known(self) -> bool:
        """Whether a refresh has learned who wants it."""
        return not self.waits_for


def targets(
    kind: TargetKind, *, search: str = "", sort: str = "-buyers"
) -> QuerySet[InterestTarget]:
    """Return the followed targets of a kind that are found by `search` (in any case), in order:
    `sort` is a key of `SORTS`, maybe after a minus.
    """
    found = InterestTarget.objects.filter(kind=kind).select_related("product", "category")
    if search:
        found = found.filter(**{f"{SEARCHED[kind]}__contains": key(search)})
    column = F(SORTS[sort.removeprefix("-")])
    ordering = column.desc() if sort.startswith("-") else column.asc()
    return found.order_by(ordering, "label", "pk")


def counts() -> dict[TargetKind, int]:
    """Return how many targets of each kind are followed."""
    rows = InterestTarget.objects.order_by().values_list("kind").annotate(n=Count("pk"))
    known = dict(rows)
    return {kind: known.get(kind.value, 0) for kind in TargetKind}


def entry(target: InterestTarget, missing: Mapping[Prediction, str]) -> TargetEntry:
    """Return what there is to say of a target; `missing` says what the shop lacks for each kind."""
    return TargetEntry(target, tested_words(target), _waits_for(target, missing))


def tested_words(target: InterestTarget) -> str:
    """Return how its test went; nothing if it could not be tested on its own."""
    if target.tested_named is None or target.tested_count is None:
        return ""
    return named_words(
        named=target.tested_named,
        hits=target.tested_hits or 0,
        buyers=target.tested_buyers or 0,
        tested=target.tested_count,
    )


def _waits_for(target: InterestTarget, missing: Mapping[Prediction, str]) -> str:
    lacks = missing.get(PREDICTIONS[TargetKind(target.kind)], "")
    if target.learned_in_id is None:
        return lacks or _("The next refresh learns who wants it.")
    if target.medium_limit is None:
        return lacks or _("Too few have bought it, or anything like it, to say who wants it.")
    return ""
