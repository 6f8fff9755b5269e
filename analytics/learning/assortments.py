"""Learning what to recommend, and trying it on the last 30 days of the shop."""

from __future__ import annotations

from datetime import date

from analytics.learning.fitted import fitted
from analytics.learning.lessons import (
    Learned,
    Lesson,
    Occasion,
    RuleFigures,
    Tested,
    shortage,
)
from analytics.learning.purchase_samples import PurchaseSample, read_sample
from analytics.models import Prediction, RefreshPart, Rule
from analytics.predictive.assortment import (
    ASSORTMENT_PARTS,
    HORIZON_DAYS,
    Assortment,
    Goods,
    learn_assortment,
)
from analytics.predictive.assortment_trial import ListFigures, try_assortment
from analytics.predictive.packing import pack
from analytics.predictive.regression import NotEnoughDataError
from analytics.predictive.relations import Relation

KEY = "assortment"


class AssortmentLesson(Lesson):
    """Learns which products go together and what is bought again."""

    key = KEY
    part = RefreshPart.INTERESTS

    def learn(self, occasion: Occasion) -> Learned:
        """Learn from a sample; a shop that has not sold anything yet gets nothing."""
        sample = read_sample(start=occasion.start, zone=occasion.shop.zone)
        if not sample.bought.item.size:
            return Learned({KEY: b""})
        goods = goods_of(sample, day=occasion.today)
        return Learned({KEY: pack(learn_assortment(sample.bought, goods, day=occasion.today))})


class AssortmentTrial(Lesson):
    """Tries what would have been recommended 30 days ago on what was bought since."""

    key = "assortment_trial"
    part = RefreshPart.INTERESTS

    def learn(self, occasion: Occasion) -> Learned:
        """Compare both lists with the first basket of each customer who ordered again."""
        sample = read_sample(start=occasion.start, zone=occasion.shop.zone)
        day = occasion.today - HORIZON_DAYS
        kinds = (Prediction.BUY_AGAIN, Prediction.NEW_FOR_YOU)
        try:
            figures = try_assortment(
                sample.bought, goods_of(sample, day=day), day=day, horizon_days=HORIZON_DAYS
            )
        except NotEnoughDataError as error:
            return Learned(tested=[shortage(kind, HORIZON_DAYS, error) for kind in kinds])
        return Learned(
            tested=[
                _tested(kind, found, day=day) for kind, found in zip(kinds, figures, strict=True)
            ]
        )


def _tested(kind: Prediction, found: ListFigures | NotEnoughDataError, *, day: int) -> Tested:
    if isinstance(found, NotEnoughDataError):
        return shortage(kind, HORIZON_DAYS, found)
    figures: dict[str, object] = {
        "window_start": date.fromordinal(day),
        "window_end": date.fromordinal(day + HORIZON_DAYS),
        "case_count": found.cases,
        "hit_count": found.hits,
        "named_count": found.named,
        "named_hits": found.named_hits,
        "ndcg": found.ndcg,
    }
    rules = [RuleFigures(Rule(name), ndcg=value) for name, value in found.plain.items()]
    return Tested(kind, HORIZON_DAYS, figures, rules)


def learned_assortment() -> Assortment | None:
    """Return what the last refresh learned, None in a shop that had not sold anything."""
    return fitted(KEY, Assortment, *ASSORTMENT_PARTS, Relation)


def goods_of(sample: PurchaseSample, *, day: int) -> Goods:
    """Return the products of the shop as they stood before `day`."""
    known = sample.catalogue
    return Goods(known.ids, sample.on_sale(day), known.brand, known.category, known.first_day)
