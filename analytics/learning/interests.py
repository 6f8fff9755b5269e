"""Learning who buys which target, and testing it on the shop's last window: one kind at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from analytics.learning.descriptions import described_products
from analytics.learning.fitted import fitted
from analytics.learning.lessons import (
    Learned,
    Lesson,
    Occasion,
    RuleFigures,
    Tested,
    shortage,
    store,
)
from analytics.learning.memberships import groups_of
from analytics.learning.product_views import REMEMBERED_DAYS, sampled_views
from analytics.learning.purchase_samples import PurchaseSample, read_sample
from analytics.learning.targets import TargetLesson
from analytics.models import InterestTarget, Prediction, RefreshPart, Rule, TargetKind
from analytics.predictive import judging
from analytics.predictive.frames import Floats, Integers, integers
from analytics.predictive.interest import InterestModel, anchors, fit_interest
from analytics.predictive.interest_features import Record
from analytics.predictive.interest_judging import (
    Judged,
    judge_interest,
    predict_in_parts,
    thinned,
)
from analytics.predictive.interest_levels import Goods, Level, groups_level, products_level
from analytics.predictive.interest_limits import limits_between
from analytics.predictive.interest_stored import Followed, halved, in_season
from analytics.predictive.likeness import Descriptions
from analytics.predictive.packing import pack
from analytics.predictive.regression import NotEnoughDataError
from analytics.predictive.seasonality import seasonal_index

HORIZON_DAYS = 30
SLICE = 500
PREDICTIONS = {
    TargetKind.CATEGORY: Prediction.CATEGORIES,
    TargetKind.BRAND: Prediction.BRANDS,
    TargetKind.PRODUCT: Prediction.PRODUCTS,
    TargetKind.KEYWORD: Prediction.KEYWORDS,
}
TESTED = ("tested_auc", "tested_count", "tested_buyers", "tested_named", "tested_hits")


@dataclass(frozen=True)
class BestLimits:
    """The limits (t,) that did best in the back-test, NaN for unknown, by ids of targets."""

    targets: Integers
    best: Floats


@dataclass(frozen=True)
class Rows(Learned):
    """Values of columns of targets, by their ids; what is not named stays or becomes empty."""

    columns: tuple[str, ...] = ()
    rows: tuple[tuple[int, dict[str, object]], ...] = ()


@dataclass(frozen=True)
class Material:
    """What a lesson on one kind learns from: the targets that something is known of."""

    ids: Integers
    level: Level
    record: Record
    sample: PurchaseSample
    described: Descriptions

    def fit(self, *, day: int) -> InterestModel:
        """Learn as of `day`; raises NotEnoughDataError."""
        model = fit_interest(
            self.record,
            self.level.targets,
            day=day,
            horizon_days=HORIZON_DAYS,
            belongs=self.level.belongs,
            kin=self.level.kin,
            described=self.described,
        )
        starts = anchors(day, HORIZON_DAYS)
        days = self.sample.orders.day
        return in_season(model, seasonal_index(days, today=day, days=HORIZON_DAYS, anchors=starts))


def model_key(kind: TargetKind) -> str:
    """Return the key of the model of a kind."""
    return f"interest_{kind}"


def limits_key(kind: TargetKind) -> str:
    """Return the key of the limits that did best in the back-test of a kind."""
    return f"interest_{kind}_limits"


class InterestTestLesson(Lesson):
    """Learns as of 30 days ago and compares with what customers bought since."""

    part = RefreshPart.INTERESTS

    def __init__(self, kind: TargetKind) -> None:
        self.kind = kind
        self.key = f"interest_{kind}_test"

    def learn(self, occasion: Occasion) -> Rows:
        """Return the back-test of the kind and the tested figures of its targets."""
        day = occasion.today - HORIZON_DAYS
        try:
            material = _material(self.kind, occasion, day=day)
            model = material.fit(day=day)
        except NotEnoughDataError as error:
            lacking = shortage(PREDICTIONS[self.kind], HORIZON_DAYS, error)
            return Rows({limits_key(self.kind): b""}, [lacking], TESTED)
        judged = judge_interest(model, material.record, day=day, horizon_days=HORIZON_DAYS)
        return Rows(
            {limits_key(self.kind): pack(BestLimits(material.ids, judged.best))},
            [_tested(PREDICTIONS[self.kind], judged, day=day)],
            TESTED,
            _tested_rows(material.ids, judged),
        )

    def store(self, occasion: Occasion, learned: Learned) -> None:
        """Write the back-test, and the figures of each target."""
        store(occasion.refresh, learned)
        if isinstance(learned, Rows):
            _store(self.kind, learned)


class InterestLesson(Lesson):
    """Learns as of today, and from which probability on a customer is interested."""

    part = RefreshPart.INTERESTS

    def __init__(self, kind: TargetKind) -> None:
        self.kind = kind
        self.key = model_key(kind)

    def learn(self, occasion: Occasion) -> Rows:
        """Return the model of the kind; an empty one where the shop has too little data."""
        columns = ("learned_in_id", "horizon_days", "medium_limit", "high_limit")
        try:
            material = _material(self.kind, occasion, day=occasion.today)
            model = halved(material.fit(day=occasion.today))
        except NotEnoughDataError:
            return Rows({self.key: b""}, (), columns)
        some = thinned(material.record, targets=material.ids.size, day=occasion.today)
        limits = limits_between(predict_in_parts(model, some), self._best(material.ids))
        products = material.sample.catalogue.ids
        followed = Followed(material.ids, products, material.level.belongs, model, limits)
        rows = (
            (
                pk,
                {
                    "learned_in_id": occasion.refresh.pk,
                    "horizon_days": HORIZON_DAYS,
                    "medium_limit": medium,
                    "high_limit": high,
                },
            )
            for pk, medium, high in zip(
                material.ids.tolist(), limits.medium.tolist(), limits.high.tolist(), strict=True
            )
        )
        return Rows({self.key: pack(followed)}, (), columns, tuple(rows))

    def store(self, occasion: Occasion, learned: Learned) -> None:
        """Write the model, and the limits of each target."""
        store(occasion.refresh, learned)
        if isinstance(learned, Rows):
            _store(self.kind, learned)

    def _best(self, ids: Integers) -> Floats:
        """Return what the back-test of this refresh found best."""
        found = fitted(limits_key(self.kind), BestLimits)
        known = {} if found is None else dict(zip(found.targets.tolist(), found.best, strict=True))
        return np.array([known.get(pk, np.nan) for pk in ids.tolist()], np.float64)


def _material(kind: TargetKind, occasion: Occasion, *, day: int) -> Material:
    sample = read_sample(start=occasion.start, zone=occasion.shop.zone)
    rows = list(InterestTarget.objects.filter(kind=kind).order_by("key").values_list("pk", "key"))
    groups = groups_of(kind, [key for _pk, key in rows], sample.catalogue)
    goods = Goods(sample.catalogue.brand, sample.catalogue.category)
    if kind == TargetKind.PRODUCT:
        rows = [row for row, group in zip(rows, groups, strict=True) if group.size]
        places = np.concatenate([*groups, integers([])]).astype(np.int64)
        level = products_level(places, sample.bought, goods, day=day)
    else:
        level = groups_level(groups, sample.bought, goods, day=day)
    if not level.known.any():
        raise NotEnoughDataError("targets", needs=1, has=0)
    ids = integers([pk for pk, _key in rows])[level.known]
    views = sampled_views(
        sample.customers,
        sample.catalogue.ids,
        start=occasion.start,
        days=occasion.today - min(anchors(day, HORIZON_DAYS)) + REMEMBERED_DAYS,
        zone=occasion.shop.zone,
    )
    record = level.record(Record(sample.orders, sample.bought, sample.bought, views))
    described = described_products(sample.catalogue)
    return Material(ids, level.only(level.known), record, sample, described)


def _tested(prediction: Prediction, judged: Judged, *, day: int) -> Tested:
    chance, bought = judged.chance.ravel(), judged.bought.ravel()
    if not judged.ours.target_count:
        error = NotEnoughDataError("buyers", needs=5, has=int(judged.bought.sum(axis=0).max()))
        return shortage(prediction, HORIZON_DAYS, error)
    return Tested(
        prediction,
        HORIZON_DAYS,
        {
            "window_start": date.fromordinal(day),
            "window_end": date.fromordinal(day + HORIZON_DAYS),
            "target_count": judged.ours.target_count,
            "case_count": bought.size,
            "hit_count": int(bought.sum()),
            "named_count": int(judged.named.sum()),
            "named_hits": int(judged.hits.sum()),
            "auc": judged.ours.auc,
            "lift": judged.ours.lift,
            "calibration_error": judging.calibration_error(chance, bought),
            "brier_score": judging.brier(chance, bought),
        },
        [
            RuleFigures(Rule(name), auc=found.auc, lift=found.lift)
            for name, found in judged.rules.items()
        ],
        [(one.cases, one.predicted, one.observed) for one in judging.tenths(chance, bought)],
    )


def _tested_rows(ids: Integers, judged: Judged) -> tuple[tuple[int, dict[str, object]], ...]:
    values = zip(
        ids.tolist(),
        judged.auc.tolist(),
        judged.bought.sum(axis=0).tolist(),
        judged.named.tolist(),
        judged.hits.tolist(),
        strict=True,
    )
    return tuple(
        (
            pk,
            {
                "tested_auc": None if np.isnan(auc) else auc,
                "tested_count": judged.bought.shape[0],
                "tested_buyers": buyers,
                "tested_named": named,
                "tested_hits": hits,
            },
        )
        for pk, auc, buyers, named, hits in values
    )


def _store(kind: TargetKind, learned: Rows) -> None:
    wanted = dict(learned.rows)
    empty = {name: HORIZON_DAYS if name == "horizon_days" else None for name in learned.columns}
    rows: Sequence[InterestTarget] = list(InterestTarget.objects.filter(kind=kind))
    for row in rows:
        for name, value in wanted.get(row.pk, empty).items():
            setattr(row, name, value)
    fields = [name.removesuffix("_id") for name in learned.columns]
    InterestTarget.objects.bulk_update(rows, fields, batch_size=SLICE)


LESSONS: tuple[Lesson, ...] = (
    TargetLesson(),
    *(InterestTestLesson(kind) for kind in TargetKind),
    *(InterestLesson(kind) for kind in TargetKind),
)
