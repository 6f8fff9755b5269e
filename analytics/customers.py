"""Computing and storing the statistics and labels of one chunk of customers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from analytics import classification, statistics
from analytics.models import CustomerClassification, CustomerStatistics, RefreshPart
from analytics.predicting import predictions
from analytics.predictive.cadence import order_days
from analytics.predictive.frames import moment_of, positions, read_lines, read_orders
from analytics.predictors import ChunkFacts, Derived
from analytics.scope import Basis, Scope
from cdp import bulk
from cdp.models import CustomerChange, Order, OrderLine
from cdp.money import to_units


@dataclass(frozen=True)
class Computed:
    """The rows of a chunk as they should be, and what is to be removed.

    `changes` are the change marks as they were read, `ahead` the customers of whom something lies
    in the future: they stay marked, so that a later refresh looks at them again.
    """

    scope: Scope
    is_last: bool
    customer_count: int
    statistics: list[tuple]
    classifications: list[tuple]
    without_statistics: list[int]
    without_classification: list[int]
    changes: list[tuple[int, datetime]]
    ahead: set[int]
    derived: list[Derived]

    @property
    def last(self) -> int:
        """Return the id after which the next chunk begins."""
        if self.scope.ids is not None:
            return max(self.scope.ids, default=self.scope.after)
        return self.scope.upto if self.scope.upto is not None else self.scope.after


def next_of_changed(after: int, basis: Basis, *, size: int) -> tuple[Scope, bool]:
    """Return the next customers with changes or at the end of a stage, and whether none follow."""
    changed = CustomerChange.objects.filter(customer_id__gt=after)
    passing = CustomerClassification.objects.filter(
        customer_id__gt=after, next_stage_on__lte=basis.refresh.figures_day
    )
    ids: set[int] = set()
    for rows in (changed, passing):
        ids.update(rows.order_by("customer_id").values_list("customer_id", flat=True)[:size])
    chosen = sorted(ids)[:size]
    return Scope(after, ids=tuple(chosen)), len(chosen) < size


def compute(scope: Scope, basis: Basis, *, is_last: bool) -> Computed:
    """Read the facts of the scope and return its rows. Change marks are read first: later ones
    stay, and so do all of them where only a part is computed.
    """
    part = basis.refresh.part
    marks = (
        CustomerChange.objects.all() if part == RefreshPart.ALL else CustomerChange.objects.none()
    )
    changes = list(scope.of(marks).values_list("customer_id", "changed_at"))
    profiles = statistics.read_profiles(scope)
    ids, count = profiles.ids, profiles.count
    everything = read_orders(scope.of(Order.objects.filter(customer__isnull=False)), basis.zone)
    latest, ahead = statistics.read_activity(scope, basis, ids)
    is_past = everything.at < moment_of(basis.now)
    ahead.update(everything.customer[~is_past].tolist())
    position, present = positions(everything.customer, ids)
    orders = everything.where(present & is_past)
    position = position[is_past[present]]
    cap = basis.refresh.order_cap
    facts = statistics.order_facts(
        orders, position, count=count, cap=None if cap is None else to_units(cap)
    )
    is_paid = ~orders.is_return
    days = order_days(position[is_paid], orders.day[is_paid])
    lines = read_lines(
        scope.of(OrderLine.objects.filter(customer__isnull=False, placed_at__lt=basis.now)),
        basis.zone,
    )
    owner, of_present = positions(lines.customer, ids)
    lines = lines.where(of_present)
    derived = predictions(ChunkFacts(ids, orders, position, lines, owner), scope, basis)
    if part == RefreshPart.INTERESTS:
        return Computed(scope, is_last, count, [], [], [], [], [], set(), derived)
    discounts = statistics.discount_share(scope, basis, ids, lines, owner, facts)
    prices = classification.price_indices(lines, owner, basis, count=count)
    return Computed(
        scope=scope,
        is_last=is_last,
        customer_count=count,
        statistics=statistics.statistics_rows(profiles, orders, facts, days, discounts, latest),
        classifications=classification.classification_rows(ids, facts, days, prices, basis),
        without_statistics=_surplus(scope, CustomerStatistics, ids),
        without_classification=_surplus(scope, CustomerClassification, ids[facts.has_orders]),
        changes=changes,
        ahead=ahead.intersection(ids.tolist()) if part == RefreshPart.ALL else set(),
        derived=derived,
    )


def _surplus(
    scope: Scope,
    model: type[CustomerStatistics] | type[CustomerClassification],
    wanted: np.ndarray,
) -> list[int]:
    stored = scope.of(model._default_manager.order_by()).values_list("customer_id", flat=True)
    return sorted(set(stored).difference(wanted.tolist()))


def store(computed: Computed, *, now: datetime) -> int:
    """Write what differs inside the caller's transaction; return how many were touched."""
    touched: set[int] = set()
    touched.update(
        bulk.upsert(
            CustomerStatistics,
            statistics.COLUMNS,
            computed.statistics,
            key=("customer_id",),
            clear_nulls=True,
        ).touched
    )
    touched.update(
        bulk.upsert(
            CustomerClassification,
            classification.COLUMNS,
            computed.classifications,
            key=("customer_id",),
            insert_only=classification.INSERT_ONLY,
            clear_nulls=True,
        ).touched
    )
    for model, ids in (
        (CustomerStatistics, computed.without_statistics),
        (CustomerClassification, computed.without_classification),
    ):
        for part in _parts(ids):
            model._default_manager.filter(customer_id__in=part).delete()
        touched.update(ids)
    for derived in computed.derived:
        _store_derived(derived, computed.scope)
    _settle_changes(computed, now=now)
    return len(touched)


def _store_derived(derived: Derived, scope: Scope) -> None:
    """Make the rows of a predicted table equal to the wanted ones, for the customers of the scope.

    One row per customer is updated in place; many narrow ones are compared and replaced.
    """
    model = derived.model
    stored = scope.of(model._default_manager.order_by())
    if derived.key_width > 1:
        bulk.make_equal(
            model, derived.columns, derived.rows, key_width=derived.key_width, stored=stored
        )
        return
    surplus = set(stored.values_list("customer_id", flat=True))
    surplus.difference_update(row[0] for row in derived.rows)
    for part in _parts(sorted(surplus)):
        model._default_manager.filter(customer_id__in=part).delete()
    bulk.upsert(model, derived.columns, derived.rows, key=("customer_id",), clear_nulls=True)


def _settle_changes(computed: Computed, *, now: datetime) -> None:
    """Remove the change marks that were dealt with, unless they were renewed meanwhile."""
    by_moment: dict[datetime, list[int]] = defaultdict(list)
    for customer_id, changed_at in computed.changes:
        if customer_id not in computed.ahead:
            by_moment[changed_at].append(customer_id)
    for changed_at, ids in by_moment.items():
        for part in _parts(ids):
            CustomerChange.objects.filter(customer_id__in=part, changed_at=changed_at).delete()
    missing = computed.ahead.difference(customer_id for customer_id, _at in computed.changes)
    CustomerChange.objects.bulk_create(
        (CustomerChange(customer_id=pk, changed_at=now) for pk in sorted(missing)),
        ignore_conflicts=True,
    )


def _parts(ids: Sequence[int]) -> list[Sequence[int]]:
    return [ids[start : start + 1000] for start in range(0, len(ids), 1000)]
