"""A refresh in chunks: figures of the shop, customers, importance groups; each may be repeated
without harm.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import datetime

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from analytics import customers, figures, groups, predicting, price_norms
from analytics.chunks import Sizes, sizes
from analytics.learning.lessons import Learned, Occasion, forget_earlier
from analytics.models import (
    ClassificationRules,
    CustomerClassification,
    CustomerForecast,
    CustomerStatistics,
    Interest,
    PriceNorm,
    Recommendation,
    Refresh,
    RefreshPart,
)
from analytics.planning import begin
from analytics.predictive.frames import Orders
from analytics.scope import Basis, Scope
from cdp import bulk
from cdp.bulk.timetravel import known_at
from cdp.models import Customer, CustomerChange, Shop
from cdp.periods import start_of

Progress = Callable[[int, int], None]

# Once a fifth of the rows is new, the query planner must hear of it before they are joined.
ANALYZED_SHARE = 5
CAP, HISTORY, PRICES, LEARN, CUSTOMERS, GROUPS, DONE = (
    "cap",
    "history",
    "prices",
    "learn",
    "customers",
    "groups",
    "done",
)


@dataclass(frozen=True)
class Position:
    """How far a refresh has got; `travels` says that facts are read as known at its moment, and
    `predicts` that it learns from the past and predicts.

    `after` is the last customer dealt with, or how many lessons have been learned.
    """

    refresh_id: int
    phase: str
    travels: bool
    sizes: Sizes
    predicts: bool = True
    after: int = 0
    cap: int | None = None
    tally: str = ""

    def to_text(self) -> str:
        """Return the position as a checkpoint."""
        return json.dumps(asdict(self), separators=(",", ":"))

    @classmethod
    def from_text(cls, text: str) -> Position:
        """Return the position that `to_text` gave."""
        values = json.loads(text)
        return cls(**{**values, "sizes": Sizes(**values["sizes"])})

    @property
    def refresh(self) -> Refresh:
        """The refresh under way."""
        return Refresh.objects.get(pk=self.refresh_id)


@dataclass(frozen=True)
class History:
    """A chunk of order history: the orders, the last customer (None at the end), how many
    customers.
    """

    orders: Orders
    last: int | None
    customer_count: int


Chunk = (
    int
    | History
    | tuple[price_norms.ProductSales, int | None]
    | Learned
    | customers.Computed
    | groups.Regrouping
    | None
)


@contextmanager
def _facts(position: Position, refresh: Refresh) -> Iterator[None]:
    if position.travels:
        with known_at(refresh.as_of):
            yield
    else:
        yield


def plan(
    *, now: datetime, travels: bool | None = None, predicts: bool = True
) -> tuple[Position, int]:
    """Begin a refresh (the requested one, if any) and return its first position and its total."""
    refresh = begin(now=now)
    sees_past = refresh.is_pinned if travels is None else travels
    position = Position(refresh.pk, CUSTOMERS, sees_past, sizes(), predicts)
    if not refresh.is_full:
        return position, CustomerChange.objects.count()
    present = Customer.objects.present().count()
    if refresh.part == RefreshPart.ALL:
        return replace(position, phase=CAP), position.sizes.customer_count + present
    return _to_lessons(position, refresh), present


def _to_lessons(position: Position, refresh: Refresh) -> Position:
    """Return the position at the first lesson, or at the customers if there is none to learn."""
    has_lessons = position.predicts and predicting.lessons(refresh.part)
    return replace(position, phase=LEARN if has_lessons else CUSTOMERS, after=0, tally="")


def read(position: Position) -> Chunk:
    """Read and compute the next chunk; nothing is written."""
    refresh = position.refresh
    shop = Shop.objects.current()
    start = start_of(refresh.figures_day, shop.zone)
    rules = ClassificationRules.objects.current()
    with _facts(position, refresh):
        if position.phase == CAP:
            return figures.order_cap(start=start)
        if position.phase == HISTORY:
            end = position.sizes.end(after=position.after, size=position.sizes.buyers)
            orders = figures.read_history(position.after, end, start=start, shop=shop)
            return History(orders, end, position.sizes.between(position.after, end))
        if position.phase == PRICES:
            return price_norms.read_sales(position.after, refresh, shop)
        if position.phase == LEARN:
            return predicting.lessons(refresh.part)[position.after].learn(Occasion(refresh, shop))
        if position.phase == CUSTOMERS:
            size = position.sizes.customers
            usual = price_norms.usual_prices(refresh)
            basis = Basis(refresh, rules, usual, shop.zone, shop.currency, position.predicts)
            if refresh.is_full:
                end = position.sizes.end(after=position.after, size=size)
                scope, is_last = Scope(position.after, end), end is None
            else:
                scope, is_last = customers.next_of_changed(position.after, basis, size=size)
            return customers.compute(scope, basis, is_last=is_last)
        return groups.regroup(refresh, rules)


def write(position: Position, chunk: Chunk, *, now: datetime) -> tuple[Position, int]:
    """Store a chunk inside the caller's transaction; return the next position and the customers
    dealt with.
    """
    refresh = position.refresh
    if position.phase == CAP:
        assert chunk is None or isinstance(chunk, int)  # noqa: S101 - tells the type
        tally = figures.Tally().to_text()
        return replace(position, phase=HISTORY, cap=chunk, tally=tally), 0
    if isinstance(chunk, History):
        return _write_history(position, refresh, chunk), chunk.customer_count
    if isinstance(chunk, tuple):
        sales, last = chunk
        total = price_norms.Sales.from_text(position.tally)
        price_norms.add_sales(total, sales)
        if last is not None:
            return replace(position, after=last, tally=total.to_text()), 0
        price_norms.store_norms(refresh, total)
        return _to_lessons(position, refresh), 0
    if isinstance(chunk, Learned):
        every = predicting.lessons(refresh.part)
        every[position.after].store(Occasion(refresh, Shop.objects.current()), chunk)
        done = position.after + 1
        if done < len(every):
            return replace(position, after=done), 0
        return replace(position, phase=CUSTOMERS, after=0), 0
    if isinstance(chunk, customers.Computed):
        touched = customers.store(chunk, now=now)
        Refresh.objects.filter(pk=refresh.pk).update(
            customer_count=F("customer_count") + chunk.customer_count,
            changed_count=F("changed_count") + touched,
        )
        if chunk.is_last:
            return _after_customers(position, now=now), chunk.customer_count
        return replace(position, after=chunk.last), chunk.customer_count
    assert isinstance(chunk, groups.Regrouping)  # noqa: S101 - tells the type
    groups.store(chunk)
    if not chunk.is_last:
        return replace(position, after=position.after + 1), 0
    Refresh.objects.filter(pk=refresh.pk).update(vip_limit=chunk.vip_limit)
    return _finished(position, refresh, now=now), 0


def _after_customers(position: Position, *, now: datetime) -> Position:
    refresh = position.refresh
    if refresh.changed_count * ANALYZED_SHARE > refresh.customer_count:
        bulk.analyze((CustomerStatistics, CustomerClassification))
    if position.predicts and refresh.is_full:
        bulk.analyze((CustomerForecast, Interest, Recommendation))
    if refresh.part == RefreshPart.INTERESTS:
        return _finished(position, refresh, now=now)
    return replace(position, phase=GROUPS, after=0)


def _finished(position: Position, refresh: Refresh, *, now: datetime) -> Position:
    PriceNorm.objects.exclude(refresh=refresh).delete()
    if position.predicts:
        forget_earlier(refresh)
        for predictor in predicting.predictors(refresh.part):
            predictor.conclude()
    Refresh.objects.filter(pk=refresh.pk).update(finished_at=now)
    return replace(position, phase=DONE)


def _write_history(position: Position, refresh: Refresh, history: History) -> Position:
    tally = figures.Tally.from_text(position.tally)
    day = refresh.figures_day.toordinal()
    figures.add_history(tally, history.orders, figures_day=day, cap=position.cap)
    if history.last is not None:
        return replace(position, after=history.last, tally=tally.to_text())
    figures.conclude(refresh, tally, cap=position.cap, figures_day=day)
    refresh.save()
    return replace(position, phase=PRICES, after=0, cap=None, tally=price_norms.Sales().to_text())


def refresh_now(
    *,
    now: datetime,
    full: bool = False,
    pinned: bool = False,
    progress: Progress | None = None,
    travels: bool | None = None,
    predicts: bool = True,
    part: RefreshPart = RefreshPart.ALL,
) -> Refresh:
    """Run a whole refresh for the moment `now` here and now, without a job, and return it.

    Pinned: later refreshes and segment counts stay at that moment, and facts are read as known then
    (unless `travels` says otherwise). For private use; the shop's own refreshes are jobs.
    """
    with transaction.atomic():
        Refresh.objects.request(now=now, as_of=now if pinned else None, is_full=full, part=part)
        position, total = plan(now=now, travels=travels, predicts=predicts)
    done = 0
    while position.phase != DONE:
        chunk = read(position)
        with transaction.atomic():
            position, step = write(position, chunk, now=now)
        done += step
        if progress is not None:
            progress(done, max(total, done))
    return position.refresh


def stage(position: Position) -> str:
    """Return what a refresh does next, as a sentence."""
    if position.phase == LEARN:
        return _("Learning from the past: step %(number)s of %(total)s.") % {
            "number": position.after + 1,
            "total": len(predicting.lessons(position.refresh.part)),
        }
    if position.phase == CUSTOMERS:
        return _("Computing customers.")
    return _("Computing the figures of the shop.")


def summary(refresh: Refresh) -> str:
    """Return one sentence about a finished refresh."""
    kind = _("all customers") if refresh.is_full else _("customers with changes")
    return _("Computed %(count)s (%(kind)s) as of %(moment)s; %(changed)s changed.") % {
        "count": refresh.customer_count,
        "kind": kind,
        "moment": refresh,
        "changed": refresh.changed_count,
    }
