"""Learning what to recommend from what the shop's customers bought."""

from __future__ import annotations

from analytics.learning.fitted import fitted
from analytics.learning.lessons import Learned, Lesson, Occasion
from analytics.learning.purchase_samples import PurchaseSample, read_sample
from analytics.models import RefreshPart
from analytics.predictive.assortment import ASSORTMENT_PARTS, Assortment, Goods, learn_assortment
from analytics.predictive.packing import pack
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


def learned_assortment() -> Assortment | None:
    """Return what the last refresh learned, None in a shop that had not sold anything."""
    return fitted(KEY, Assortment, *ASSORTMENT_PARTS, Relation)


def goods_of(sample: PurchaseSample, *, day: int) -> Goods:
    """Return the products of the shop as they stood before `day`."""
    known = sample.catalogue
    return Goods(known.ids, sample.on_sale(day), known.brand, known.category, known.first_day)
