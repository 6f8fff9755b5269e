"""The rows about interest and recommendations: everything is learned before the split."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from analytics.learning.keywords import words_of
from analytics.predictive.buying_again import buy_again, fit_buying_again, one_list
from analytics.predictive.cadence import order_days
from analytics.predictive.frames import Flags, Floats, Integers
from analytics.predictive.interest import bought_within, fit_interest, predict_interest
from analytics.predictive.interest_features import Record
from analytics.predictive.judging import calibration_error, ndcg
from analytics.predictive.likeness import descriptions
from analytics.predictive.purchases import Purchases, at_level, pairs, purchases
from analytics.predictive.recommend import fit_shelf, history, new_for_you
from benchmarks.interest_data import NONE, ShopData, targets
from benchmarks.interest_rules import over_targets, plain_scores

LISTED = 10
LEAST_BUYERS = 5
WINDOW_DAYS = 30
# AUC of all, AUC of those who never bought it, lift among these (no goal: 0).
INTEREST_GOALS = {
    ("webshop", "category"): (0.77, 0.655, 2.1),
    ("webshop", "brand"): (0.795, 0.675, 2.3),
    ("webshop", "product"): (0.835, 0.74, 3.6),
    ("grocery", "category"): (0.828, 0.69, 0),
    ("grocery", "brand"): (0.825, 0.695, 0),
    ("grocery", "product"): (0.838, 0.715, 0),
}
LIST_GOALS = {"webshop": ("0.320", "0.095")}
LARGEST_CALIBRATION_ERROR = "0.0200"
Row = tuple[object, ...]


def record_of(data: ShopData, level: str) -> tuple[Record, csr_array | None]:
    """Return the shop as the pure functions take it, and which product belongs to what."""
    bought = purchases(
        data.line_customer,
        data.line_product,
        data.line_day,
        customer_count=data.customer_count,
        item_count=len(data.names["product"]),
    )
    orders = order_days(data.order_customer, data.order_day)
    if level == "product":
        return Record(orders, bought, bought), None
    value = data.level_of[level]
    known = np.flatnonzero(value != NONE)
    belongs = csr_array(
        (np.ones(known.size), (known, value[known])), shape=(value.size, len(data.names[level]))
    )
    return Record(orders, bought, at_level(bought, belongs)), belongs


@dataclass(frozen=True)
class Judged:
    """A level as of a day: our probabilities, what came (customers, targets), and of whom."""

    record: Record
    targets: Integers
    probability: Floats
    bought: Flags
    everyone: Flags
    never: Flags

    @property
    def error(self) -> float:
        """The calibration error over all pairs."""
        return calibration_error(self.probability[self.everyone], self.bought[self.everyone]) or 0.0


def judged(
    data: ShopData, level: str, *, day: int, horizon_days: int, every: bool = False
) -> Judged:
    """Learn and predict interest in the values of a level as of `day`."""
    active = np.zeros(data.customer_count, np.bool_)
    active[data.order_customer[data.order_day < day]] = True
    record, belongs = record_of(data, level)
    values = targets(data, level, day, every=every)
    words = [words_of(name) for name in data.product_names]
    described = descriptions(words, data.level_of["brand"], data.level_of["category"])
    model = fit_interest(
        record, values, day=day, horizon_days=horizon_days, belongs=belongs, described=described
    )
    everyone = np.repeat(active[:, None], values.size, axis=1)
    return Judged(
        record,
        values,
        predict_interest(model, record),
        bought_within(record, values, first=day, after=day + horizon_days),
        everyone,
        everyone & ~bought_within(record, values, first=0, after=day),
    )


def goal(shop: str, level: str) -> Row:
    """Return the row that says what is to be reached."""
    area, never, lift = INTEREST_GOALS[shop, level]
    wanted = f"{lift:.3f}" if lift else "-"
    return f"{level}: goal", f"{area:.3f}", "-", f"{never:.3f}", wanted, LARGEST_CALIBRATION_ERROR


def interest_rows(
    data: ShopData, level: str, *, day: int, horizon_days: int, every: bool
) -> list[Row]:
    """Return figures of ours and of the plain rules for a level."""
    rows: list[Row] = []
    found = judged(data, level, day=day, horizon_days=horizon_days, every=every)
    plain = plain_scores(found.record, found.targets, day=day)
    for name, score in {"ours": found.probability, **plain}.items():
        error = f"{found.error:.4f}" if name == "ours" else "-"
        figures = [
            *over_targets(score, found.bought, found.everyone)[:2],
            *over_targets(score, found.bought, found.never)[:2],
        ]
        rows.append((f"{level}: {name}", *(f"{figure:.3f}" for figure in figures), error))
    return rows


def first_baskets(
    bought: Purchases, data: ShopData, *, day: int, allowed: Flags
) -> dict[int, set[int]]:
    """Return the allowed products of each known customer's first order day from `day` on."""
    known = set(data.order_customer[data.order_day < day].tolist())
    later = (data.order_day >= day) & (data.order_day < day + WINDOW_DAYS)
    first: dict[int, int] = {}
    for customer, at in zip(
        data.order_customer[later].tolist(), data.order_day[later].tolist(), strict=True
    ):
        first[customer] = min(at, first.get(customer, at))
    window = bought.within(day, day + WINDOW_DAYS)
    chosen = window.where(allowed[window.item])
    result: dict[int, set[int]] = {}
    for customer, item, at in zip(
        chosen.customer.tolist(), chosen.item.tolist(), chosen.day.tolist(), strict=True
    ):
        if customer in known and first.get(customer) == at:
            result.setdefault(customer, set()).add(item)
    return result


def recommendation_rows(data: ShopData, *, day: int, with_plain: bool = True) -> list[Row]:
    """Return NDCG@10 of our lists and of the plain rules, over all products and the new ones."""
    record, _belongs = record_of(data, "product")
    had = pairs(record.products, day=day, half_life_days=60)
    available = np.bincount(had.item, minlength=had.item_count) >= LEAST_BUYERS
    baskets = first_baskets(record.products, data, day=day, allowed=available)
    shelf = fit_shelf(record.products, day=day, available=available)
    had = history(record.products, shelf)
    new = new_for_you(shelf, had, most=LISTED)
    model = fit_buying_again(
        record.products, day=day, horizon_days=WINDOW_DAYS, available=available
    )
    both = one_list(buy_again(model, shelf, had, most=LISTED), new)
    owned: dict[int, set[int]] = {}
    for customer, item in zip(had.customer.tolist(), had.item.tolist(), strict=True):
        owned.setdefault(customer, set()).add(item)

    def row(name: str, everything: Integers, unknown: Integers) -> Row:
        gains = [ndcg(everything[customer], basket) for customer, basket in baskets.items()]
        fresh = {
            customer: basket - owned.get(customer, set()) for customer, basket in baskets.items()
        }
        first = [ndcg(unknown[customer], basket) for customer, basket in fresh.items() if basket]
        return name, f"{np.mean(gains):.3f}", f"{np.mean(first):.3f}"

    rows = [row("ours: buy again, then new for you", both.products, new.products)]
    if not with_plain:
        return rows
    candidates = np.flatnonzero(available)
    plain = plain_scores(record, candidates, day=day)
    bought_before = plain["own count"] > 0
    popular = plain["popularity of 60 days"]
    for name in ("own count", "own count, half-life 60 d", "item-item cosine"):
        plain[name] = plain[name] + 1e-6 * popular
    for name, score in plain.items():
        if name != "overall activity":
            everything = np.argsort(-score, axis=1, kind="stable")[:, :LISTED]
            unknown = np.argsort(np.where(bought_before, np.inf, -score), axis=1, kind="stable")
            rows.append(row(name, candidates[everything], candidates[unknown[:, :LISTED]]))
    return rows
