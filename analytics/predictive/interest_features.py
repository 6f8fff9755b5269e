"""What is known of customers, targets and their pairs on a day: the features of interest.

Everything is computed from days before `Lens.day`; later purchases change nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.sparse import csr_array

from analytics.predictive.cadence import Days
from analytics.predictive.ease import fit_ease, kept_items
from analytics.predictive.frames import Flags, Floats, Integers
from analytics.predictive.likeness import alike
from analytics.predictive.purchases import Pairs, Purchases, pairs
from analytics.predictive.relations import Relation, relate, relation, themselves
from analytics.predictive.replenishment import cycles, own_cycles

RIDGE = 1000.0
MOST_ITEMS = 2000
HALF_LIFE_DAYS = 60.0
SHORT_HALF_LIFE_DAYS = 20.0
RECENT_DAYS = 60
VIEWS_HALF_LIFE_DAYS = 14.0
UNKNOWN_CYCLE_DAYS = 365.0
USUAL_CUSTOMERS = 5_000


@dataclass(frozen=True)
class Record:
    """What some customers ordered: their order days, and the products and level items bought.

    At the level of products `level` is `products`. `views` are the level items that they looked at
    or put into a cart, None in a shop that does not tell.
    """

    orders: Days
    products: Purchases
    level: Purchases
    views: Purchases | None = None

    @property
    def customer_count(self) -> int:
        """How many customers there are."""
        return self.level.customer_count

    def of(self, customers: Integers) -> Record:
        """Return the record of some customers, given by rising place, numbered anew from 0."""
        place = np.full(self.customer_count, -1, np.int64)
        place[customers] = np.arange(customers.size)
        owner = place[self.orders.customer]
        orders = Days(owner[owner >= 0], self.orders.day[owner >= 0])
        products = self.products.of(customers)
        level = products if self.level is self.products else self.level.of(customers)
        views = None if self.views is None else self.views.of(customers)
        return Record(orders, products, level, views)


@dataclass(frozen=True)
class Lens:
    """What the whole shop taught about the targets (t,) until `day`; customers are seen through it.

    `items` (t, 3): ln share of customers who bought it in the last 60 days, that share's trend, and
    recent against all buyers. `relations`: item-item scores. `cycle` (t,): days, NaN if unknown.
    `sees_views` says that what customers looked at counts. `likeness`: how alike products are by
    their descriptions, None without any. `usual` (k, t): the affinities of the average customer.
    """

    day: int
    targets: Integers
    items: Floats
    relations: tuple[Relation, ...]
    cycle: Floats
    usual: Floats
    sees_views: bool = False
    likeness: Relation | None = None


@dataclass(frozen=True)
class Sight:
    """Customers seen through a lens: their own features, their affinities, and what they had."""

    customers: Floats
    active: Flags
    affinities: tuple[Floats, ...]
    had: Pairs
    again: Floats
    position: Integers


def customer_features(record: Record, *, day: int) -> tuple[Floats, Flags]:
    """Return features of the customers (n, 10) before `day`, and who had ordered by then.

    Logs of silence, order days, the same decayed with 30 and 90 days, age, mean gap, silence in
    gaps, products bought lately and ever, products per order day.
    """
    known = record.orders.day < day
    customer, at = record.orders.customer[known], record.orders.day[known]
    count = record.customer_count
    orders = np.bincount(customer, minlength=count).astype(np.float64)
    first, last = np.full(count, day - 1), np.zeros(count, np.int64)
    np.minimum.at(first, customer, at)
    np.maximum.at(last, customer, at)
    age = (day - at).astype(np.float64)
    lately = np.bincount(customer, 0.5 ** (age / 30), minlength=count)
    longer = np.bincount(customer, 0.5 ** (age / 90), minlength=count)
    silence = np.where(orders > 0, day - last, day - first + 365).astype(np.float64)
    single = day - first + 30
    gap = np.where(orders > 1, (last - first) / np.maximum(orders - 1, 1), single)
    had = pairs(record.products, day=day, half_life_days=HALF_LIFE_DAYS)
    breadth = np.bincount(had.customer, had.recent, minlength=count)
    ever = np.bincount(had.customer, minlength=count)
    positive = (silence, orders, lately, longer, day - first, gap, silence / np.maximum(gap, 1))
    logs = [np.log1p(values) for values in (*positive, breadth, ever)]
    return np.column_stack([*logs, np.log1p(breadth) - np.log1p(longer)]), orders > 0


def target_features(record: Record, targets: Integers, *, day: int, population: int) -> Floats:
    """Return features of the targets (t, 3): popularity, its trend, recent against all buyers."""

    def buyers(known: Purchases) -> Floats:
        first = np.ones(known.customer.size, np.bool_)
        first[1:] = (np.diff(known.customer) != 0) | (np.diff(known.item) != 0)
        return np.bincount(known.item[first], minlength=known.item_count)[targets].astype(float)

    recent = buyers(record.level.within(day - RECENT_DAYS, day))
    latest = buyers(record.level.within(day - RECENT_DAYS // 2, day))
    return np.column_stack(
        [
            np.log((recent + 1) / (population + 10)),
            np.log(2 * (latest + 2) / (recent + 4)),
            np.log((recent + 5) / (buyers(record.level.before(day)) + 10)),
        ]
    )


def fit_lens(
    record: Record,
    targets: Integers,
    *,
    day: int,
    belongs: csr_array | None = None,
    kin: csr_array | None = None,
    described: csr_array | None = None,
) -> Lens:
    """Learn from all customers what there is to know about `targets` before `day`.

    `belongs` (products, level items) at the levels above products; `kin` (targets, level items)
    where targets inherit from others (see `relations.siblings`), else each stands for itself; what
    is inherited comes from all their products. `described` (products, terms) is what is said of the
    products (see `likeness.descriptions`).
    """
    had = pairs(record.level, day=day, half_life_days=HALF_LIFE_DAYS)
    if kin is None:
        kin = themselves(targets, record.level.item_count)
    by_count, by_recency = matrices(had)
    relations = [
        relate(fit_ease(matrix, ridge=RIDGE, most=MOST_ITEMS), matrix, kin)
        for matrix in (by_count, by_recency)
    ]
    bought = had
    if belongs is not None:
        bought = pairs(record.products, day=day, half_life_days=HALF_LIFE_DAYS)
        matrix, _recent = matrices(bought)
        ease = fit_ease(matrix, ridge=RIDGE, most=MOST_ITEMS)
        relations.append(relate(ease, matrix, (kin @ belongs.T).tocsr()))
    likeness = None
    if described is not None:
        _count, matrix = matrices(bought)
        kept = kept_items(matrix, most=MOST_ITEMS)
        members = _members(targets, kept, belongs, product_count=record.products.item_count)
        likeness = relation(kept, alike(described, kept, members), matrix)
    known = record.orders.day < day
    active = np.unique(record.orders.customer[known])
    items = target_features(record, np.arange(kin.shape[1]), day=day, population=active.size)
    shares = np.asarray(kin.sum(axis=1)).ravel()
    inherited = np.asarray(kin @ items) / np.maximum(shares, 1e-12)[:, None]
    cycle = cycles(record.level, day=day)[targets]
    usual = np.zeros((len(relations) + (likeness is not None), targets.size))
    sees_views = record.views is not None
    lens = Lens(day, targets, inherited, tuple(relations), cycle, usual, sees_views, likeness)
    stride = -(-active.size // USUAL_CUSTOMERS) or 1
    return replace(lens, usual=_usual_affinities(record.of(active[::stride]), lens))


def _members(
    targets: Integers, kept: Integers, belongs: csr_array | None, *, product_count: int
) -> csr_array:
    """Return which products a target is alike through: itself, or those of the group that are
    `kept`: (targets, products).
    """
    if belongs is None:
        return themselves(targets, product_count)
    chosen = np.zeros(product_count)
    chosen[kept] = 1.0
    return (belongs[:, targets].T * chosen[None, :]).tocsr()


def _usual_affinities(record: Record, lens: Lens) -> Floats:
    """Return the mean affinities of customers for the targets: (k, t)."""
    had = pairs(record.level, day=lens.day, half_life_days=HALF_LIFE_DAYS)
    total = [affinity.sum(axis=0) for affinity in _affinities(record, lens, had)]
    return np.stack(total) / max(record.customer_count, 1)


def matrices(had: Pairs) -> tuple[csr_array, csr_array]:
    """Return what customers have of items, by count ln(1 + n) and by recency sqrt(decayed n)."""
    return had.matrix(np.log1p(had.count)), had.matrix(np.sqrt(had.recent))


def look(record: Record, lens: Lens) -> Sight:
    """See some customers through the lens; their number is free, so this is done in chunks."""
    customers, active = customer_features(record, day=lens.day)
    had = pairs(record.level, day=lens.day, half_life_days=HALF_LIFE_DAYS)
    affinities = _affinities(record, lens, had)
    if lens.sees_views:
        affinities = (*affinities, _viewed(record, lens))
    short = pairs(record.level, day=lens.day, half_life_days=SHORT_HALF_LIFE_DAYS)
    place = np.full(record.level.item_count, -1, np.int64)
    place[lens.targets] = np.arange(lens.targets.size)
    cycle = np.full(record.level.item_count, np.nan)
    cycle[lens.targets] = lens.cycle
    silence = (lens.day - had.last_day).astype(np.float64)
    own = np.nan_to_num(own_cycles(had, cycle), nan=UNKNOWN_CYCLE_DAYS)
    orders, longer = np.expm1(customers[:, 1]), np.expm1(customers[:, 3])
    again = np.column_stack(
        [
            np.log1p(had.count),
            np.log1p(had.recent),
            np.log1p(short.recent),
            np.log1p(silence),
            np.log((had.count + 0.3) / (orders[had.customer] + 1.5)),
            np.log((had.recent + 0.1) / (longer[had.customer] + 0.3)),
            np.minimum(silence / np.maximum(own, 1.0), 3.0),
            (silence >= 0.9 * own).astype(np.float64),
        ]
    )
    return Sight(customers, active, affinities, had, again, place[had.item])


def _affinities(record: Record, lens: Lens, had: Pairs) -> tuple[Floats, ...]:
    """Return how much more than usual customers who have `had` level items are drawn to targets: k
    tables (customers, t).

    From the usual, because one regression learns from all targets: an affinity that is large for
    everybody sets targets apart, and would hide what sets the customers of a target apart.
    """
    inputs = list(matrices(had))
    _count, of_products = inputs
    if len(lens.relations) > len(inputs):
        bought = pairs(record.products, day=lens.day, half_life_days=HALF_LIFE_DAYS)
        by_count, of_products = matrices(bought)
        inputs.append(by_count)
    relations = lens.relations
    if lens.likeness is not None:
        relations = (*relations, lens.likeness)
        inputs.append(of_products)
    found = tuple(one.affinity(matrix) for one, matrix in zip(relations, inputs, strict=True))
    for affinity, usual in zip(found, lens.usual, strict=True):
        affinity -= usual
    return found


def _viewed(record: Record, lens: Lens) -> Floats:
    """Return ln(1 + days on which customers looked at targets, fading): (customers, targets)."""
    if record.views is None:
        return np.zeros((record.customer_count, lens.targets.size))
    seen = pairs(record.views, day=lens.day, half_life_days=VIEWS_HALF_LIFE_DAYS)
    table: Floats = seen.matrix(np.log1p(seen.recent)).tocsc()[:, lens.targets].toarray()
    return table
