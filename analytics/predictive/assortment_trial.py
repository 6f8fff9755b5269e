"""How well lists of recommended products named what customers put into their next basket."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from analytics.predictive.assortment import Goods, learn_assortment, two_lists
from analytics.predictive.frames import Flags, Integers
from analytics.predictive.judging import LISTED, ndcg
from analytics.predictive.plain_lists import by_cosine, by_own_count, by_popularity
from analytics.predictive.purchases import Purchases
from analytics.predictive.recommend import NO_PRODUCT, Lists, history
from analytics.predictive.regression import NotEnoughDataError

MOST_CASES = 5_000
ENOUGH_CASES = 30
LEAST_HISTORY_DAYS = 30
SHOWN = 5

Basket = frozenset[int]


@dataclass(frozen=True)
class ListFigures:
    """How a kind of list did.

    Of `cases` customers who ordered in the window, `hits` found at least one of the first five
    products of their list in their first basket; `named` products were listed in these five places,
    `named_hits` of them bought. `ndcg` is the mean over the first ten places of those customers
    whose basket had something that the list could have named; `plain` the same by plain rule.
    """

    cases: int
    hits: int
    named: int
    named_hits: int
    ndcg: float
    plain: dict[str, float] = field(default_factory=dict)


def try_assortment(
    bought: Purchases, goods: Goods, *, day: int, horizon_days: int
) -> tuple[ListFigures | NotEnoughDataError, ListFigures | NotEnoughDataError]:
    """Learn from what was bought before `day`, and judge the lists of that day, known products and
    new ones, by the first baskets of the `horizon_days` from then on.

    Where the window holds too few cases the error says so in place of figures. Raises it where
    there is no window to judge.
    """
    past = bought.before(day)
    first_day = int(bought.day.min()) if bought.day.size else day + horizon_days
    if first_day > day - LEAST_HISTORY_DAYS:
        needs = LEAST_HISTORY_DAYS + horizon_days
        has = max(day + horizon_days - first_day, 0)
        raise NotEnoughDataError("history", needs=needs, has=min(has, needs - 1))
    customers, baskets = first_baskets(
        bought, day=day, horizon_days=horizon_days, allowed=goods.buyable
    )
    if customers.size < ENOUGH_CASES:
        raise NotEnoughDataError("came", needs=ENOUGH_CASES, has=int(customers.size))
    learned = learn_assortment(bought, goods, day=day)
    theirs = _of(past, customers)
    lists = two_lists(learned, theirs, day=day, usable=goods.buyable, most=LISTED)
    had, everyone = history(theirs, learned.shelf), history(past, learned.shelf)
    owned: list[set[int]] = [set() for _ in range(customers.size)]
    for customer, item in zip(had.customer.tolist(), had.item.tolist(), strict=True):
        owned[customer].add(item)
    known = [basket & mine for basket, mine in zip(baskets, owned, strict=True)]
    fresh = [basket - mine for basket, mine in zip(baskets, owned, strict=True)]
    shelf = learned.shelf
    return (
        _judged(
            lists.again,
            known,
            {"own_count": by_own_count(had, shelf, most=LISTED)},
            what="repeat_purchases",
        ),
        _judged(
            lists.new,
            fresh,
            {
                "popularity": by_popularity(had, shelf, most=LISTED),
                "cosine": by_cosine(everyone, had, shelf, most=LISTED),
            },
            what="first_purchases",
        ),
    )


def first_baskets(
    bought: Purchases, *, day: int, horizon_days: int, allowed: Flags
) -> tuple[Integers, list[Basket]]:
    """Return an even sample of the customers with purchases before `day` who bought something
    allowed from then on, and what they put into the first such basket within the horizon.
    """
    known = np.zeros(bought.customer_count, np.bool_)
    known[bought.before(day).customer] = True
    window = bought.within(day, day + horizon_days)
    first = np.full(bought.customer_count, np.iinfo(np.int64).max)
    np.minimum.at(first, window.customer, window.day)
    basket = window.where(
        known[window.customer] & (window.day == first[window.customer]) & allowed[window.item]
    )
    customers = np.unique(basket.customer)
    customers = customers[:: -(-customers.size // MOST_CASES) or 1]
    begin = np.searchsorted(basket.customer, customers)
    end = np.searchsorted(basket.customer, customers, side="right")
    return customers, [
        frozenset(basket.item[start:after].tolist())
        for start, after in zip(begin.tolist(), end.tolist(), strict=True)
    ]


def _of(bought: Purchases, customers: Integers) -> Purchases:
    """Return the purchases of some customers, renumbered from 0."""
    chosen = bought.where(np.isin(bought.customer, customers))
    place = np.searchsorted(customers, chosen.customer)
    return Purchases(place, chosen.item, chosen.day, customers.size, bought.item_count)


def _judged(
    lists: Lists, wanted: list[Basket], plain: dict[str, Lists], *, what: str
) -> ListFigures | NotEnoughDataError:
    cases = [place for place, basket in enumerate(wanted) if basket]
    if len(cases) < ENOUGH_CASES:
        return NotEnoughDataError(what, needs=ENOUGH_CASES, has=len(cases))

    def mean(of: Lists) -> float:
        return float(np.mean([ndcg(of.products[place], set(wanted[place])) for place in cases]))

    shown = lists.products[:, :SHOWN]
    hits = [
        sum(product in basket for product in row)
        for row, basket in zip(shown.tolist(), wanted, strict=True)
    ]
    return ListFigures(
        cases=len(wanted),
        hits=sum(count > 0 for count in hits),
        named=int((shown != NO_PRODUCT).sum()),
        named_hits=sum(hits),
        ndcg=mean(lists),
        plain={name: mean(of) for name, of in plain.items()},
    )
