"""What the targets of one kind are in terms of purchases, and what little-known ones inherit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from analytics.predictive.frames import Flags, Integers
from analytics.predictive.interest_features import Record
from analytics.predictive.purchases import Purchases, at_level, belonging
from analytics.predictive.relations import siblings, themselves

# A target with fewer buyers says less about itself than its siblings do.
ENOUGH_BUYERS = 10
MOST_THIN = 50


@dataclass(frozen=True)
class Goods:
    """The brand and the leaf category of each product (p,), as numbers, negative for none."""

    brand: Integers
    category: Integers


@dataclass(frozen=True)
class Level:
    """The items that purchases are counted by, and which of them the targets (t,) are.

    `belongs` (products, items), None where the items are the products; `kin` (t, items) as for
    `fit_lens`. `known` says of which targets anything can be said: something of their kin was
    bought.
    """

    targets: Integers
    belongs: csr_array | None
    kin: csr_array
    known: Flags

    def of(self, bought: Purchases) -> Purchases:
        """Return purchases of products as purchases of the level's items."""
        return bought if self.belongs is None else at_level(bought, self.belongs)

    def record(self, whole: Record) -> Record:
        """Return a record of products at this level."""
        views = None if whole.views is None else self.of(whole.views)
        return Record(whole.orders, whole.products, self.of(whole.products), views)

    def only(self, chosen: Flags) -> Level:
        """Return the level with some of its targets."""
        return Level(
            self.targets[chosen], self.belongs, self.kin[np.flatnonzero(chosen)], self.known[chosen]
        )


def products_level(targets: Integers, bought: Purchases, goods: Goods, *, day: int) -> Level:
    """Return the level of products; those with few buyers before `day` inherit from siblings."""
    buyers = bought.before(day).buyers()
    kin = siblings(targets, buyers, goods.brand, goods.category, enough=ENOUGH_BUYERS)
    return Level(targets, None, kin, _known(kin, buyers))


def groups_level(groups: Sequence[Integers], bought: Purchases, goods: Goods, *, day: int) -> Level:
    """Return the level of groups of products (their places): categories, brands or keywords.

    A group with few buyers before `day` inherits from the siblings of its products, which stand
    beside it as a further item: so a keyword means something on the day its first product comes.
    """
    count, known = len(groups), bought.before(day)
    targets = np.arange(count)
    buyers = at_level(known, belonging(groups, bought.item_count)).buyers()
    of_products = known.buyers()
    stands_for = targets.copy()
    added: list[Integers] = []
    for target in np.flatnonzero(buyers < ENOUGH_BUYERS).tolist():
        own = np.sort(groups[target])[:MOST_THIN]
        kin = siblings(own, of_products, goods.brand, goods.category, enough=ENOUGH_BUYERS)
        heirs = np.unique(kin.indices).astype(np.int64)
        if of_products[heirs].sum() > buyers[target]:
            stands_for[target] = count + len(added)
            added.append(heirs)
    belongs = belonging([*groups, *added], bought.item_count)
    kin = themselves(stands_for, belongs.shape[1])
    return Level(targets, belongs, kin, _known(kin, at_level(known, belongs).buyers()))


def _known(kin: csr_array, buyers: Integers) -> Flags:
    found: Flags = np.asarray(kin @ buyers.astype(np.float64)) > 0
    return found
