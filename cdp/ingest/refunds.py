"""Writing refunds: their own rows, and what they leave of their order."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.db.models import Sum
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cdp import bulk
from cdp.ingest.changes import Changes
from cdp.ingest.context import Context, Outcome, Row, rejected
from cdp.ingest.orders import follow_lines, status_after
from cdp.models import Order, Refund

_COLUMNS = (
    "source",
    "external_id",
    "source_updated_at",
    "order_id",
    "customer_id",
    "refunded_at",
    "total",
)
_ZERO = Decimal(0)
_TOO_MUCH = gettext_lazy("More was given back than the order was worth.")


def write(rows: Sequence[Row], *, context: Context) -> Outcome:
    """Store refunds of known orders; the order's refunded sum, amount and status follow."""
    names = {row.values["order_id"] for row in rows}
    orders = {
        order.external_id: order
        for order in Order.objects.filter(source=context.source, external_id__in=names)
    }
    outcome = Outcome()
    taken: list[tuple[object, ...]] = []
    for row in rows:
        order = orders.get(row.values["order_id"])
        if order is None:
            reason = _("The order of this refund is not known. Import the orders first.")
            outcome.rejections.append(rejected(row, reason))
        elif not row.values["total"]:
            reason = _("The refund amount is zero. Fill in what was given back.")
            outcome.rejections.append(rejected(row, reason))
        else:
            taken.append(_stored(row.values, order, context))
    result = bulk.upsert(
        Refund, _COLUMNS, taken, key=("source", "external_id"), newer_by="source_updated_at"
    )
    touched = Refund.objects.filter(pk__in=result.touched).values_list("order_id", flat=True)
    settle(set(touched), context=context)
    written = Outcome.of(result, len(taken))
    outcome.new, outcome.changed, outcome.unchanged = (
        written.new,
        written.changed,
        written.unchanged,
    )
    return outcome


def _stored(values: Mapping[str, Any], order: Order, context: Context) -> tuple[object, ...]:
    total, moment = abs(values["total"]), values["refunded_at"]
    name = values.get("refund_id")
    if name is None:
        text = f"{order.external_id}|{moment.isoformat()}|{total.normalize()}"
        name = f"of:{hashlib.sha256(text.encode()).hexdigest()[:32]}"
    return (
        context.source,
        name,
        values.get("updated_at"),
        order.pk,
        order.customer_id,
        moment,
        total,
    )


def settle(order_ids: Iterable[int], *, context: Context) -> None:
    """Let orders reflect what was given back in all; never less than the shop itself said."""
    orders = list(Order.objects.filter(pk__in=set(order_ids)))
    sums = dict(
        Refund.objects.filter(order__in=orders)
        .values_list("order_id")
        .annotate(total=Sum("total"))
        .values_list("order_id", "total")
    )
    rows, changes = [], Changes()
    for order in orders:
        refunded = max(sums.get(order.pk, _ZERO), order.refunded)
        left = order.total - refunded
        if left < 0 < order.total:
            context.notes.add("refund_above_total", _TOO_MUCH)
        amount = context.in_shop_currency(
            max(left, _ZERO) if order.total > 0 else order.total, order.currency, order.placed_at
        )
        status = status_after(order.status, order.total, refunded)
        rows.append((order.pk, refunded, amount, status))
        changes.add(order.customer_id, order.placed_at)
    result = bulk.upsert(Order, ("id", "refunded", "amount", "status"), rows, key=("id",))
    follow_lines(result.changed)
    changes.store(now=context.now)
