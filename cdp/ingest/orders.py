"""Writing orders and returns: who ordered, what it is worth in shop currency, and what follows for
their lines.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Case, F, OuterRef, Subquery, Value, When
from django.db.models.functions import Greatest
from django.utils.translation import gettext as _

from cdp import bulk
from cdp.ingest.changes import Changes
from cdp.ingest.context import Context, Outcome, Row, rejected, without_older
from cdp.ingest.identity import Directory
from cdp.ingest.values import BadValue, named, parse_status
from cdp.models import CountsAs, Order, OrderLine, OrderStatus

_COLUMNS = (
    "source",
    "external_id",
    "source_updated_at",
    "customer_id",
    "status",
    "placed_at",
    "cancelled_at",
    "currency",
    "total",
    "discount",
    "shipping",
    "tax",
    "refunded",
    "amount",
    "channel",
    "country",
)
_ZERO = Decimal(0)


@dataclass(frozen=True)
class _Stored:
    pk: int
    customer_id: int | None
    placed_at: datetime
    status: str
    currency: str
    refunded: Decimal
    updated_at: datetime | None


def customers_named(rows: Sequence[Row], *, context: Context) -> list[int | None]:
    """Return the customer of each row: by id, else e-mail, added if unknown; None for a guest."""
    directory = Directory(
        context.source,
        (row.values["customer_id"] for row in rows if "customer_id" in row.values),
        (row.values["email"] for row in rows if "email" in row.values),
    )
    people = []
    for row in rows:
        external_id, email = row.values.get("customer_id", ""), row.values.get("email", "")
        known = None
        if external_id or email:
            known = directory.find(external_id, email) or directory.add(external_id, email)
        people.append(known)
    if directory.added:
        context.notes.add(
            "new_customers",
            _(
                "The customer was not known yet and was added until a customers file fills the "
                "profile."
            ),
            directory.store_stubs(),
        )
    directory.store_identities(now=context.now)
    changes = Changes()
    changes.add_all(known.pk for known in directory.added)
    changes.store(now=context.now)
    return [None if known is None else known.pk for known in people]


def status_after(status: str, total: Decimal, refunded: Decimal) -> str:
    """Return the status of an order once this much was given back."""
    if total <= 0 or refunded <= 0 or status in (OrderStatus.PENDING, OrderStatus.CANCELLED):
        return status
    return OrderStatus.REFUNDED if refunded >= total else OrderStatus.PARTIALLY_REFUNDED


def write(rows: Sequence[Row], *, context: Context) -> Outcome:
    """Store orders; a row with a negative total is a return, one without customer is a guest's."""
    outcome = Outcome()
    rows = _with_status(rows, outcome)
    stored = _stored_orders([row.values["order_id"] for row in rows], context.source)
    fresh = without_older(
        rows,
        lambda values: values["order_id"],
        context,
        {name: order.updated_at for name, order in stored.items()},
    )
    for row in fresh:
        if "currency" in row.values:
            context.settle_currency(row.values["currency"])
            break
    customers = customers_named(fresh, context=context)
    result = bulk.upsert(
        Order,
        _COLUMNS,
        [
            _row(row.values, customer, stored.get(row.values["order_id"]), context)
            for row, customer in zip(fresh, customers, strict=True)
        ],
        key=("source", "external_id"),
        newer_by="source_updated_at",
    )
    follow_lines(result.changed)
    changes = Changes()
    altered = set(result.changed)
    for order in stored.values():
        if order.pk in altered:
            changes.add(order.customer_id, order.placed_at)
    for customer_id, placed_at in Order.objects.filter(pk__in=result.touched).values_list(
        "customer_id", "placed_at"
    ):
        changes.add(customer_id, placed_at)
    changes.store(now=context.now)
    written = Outcome.of(result, len(rows))
    return Outcome(written.new, written.changed, written.unchanged, outcome.rejections)


def _with_status(rows: Sequence[Row], outcome: Outcome) -> list[Row]:
    """Understand the status of every row; a return is one whatever the shop calls it."""
    taken = []
    for row in rows:
        text = row.values.get("status")
        if text is not None:
            try:
                row.values["status"] = parse_status(text)
            except BadValue as bad:
                if row.values["total"] >= 0:
                    reason = bad.about(named(_("order status"), text))
                    outcome.rejections.append(rejected(row, reason))
                    continue
                row.values["status"] = OrderStatus.REFUNDED
        taken.append(row)
    return taken


def _stored_orders(external_ids: Sequence[str], source: str) -> dict[str, _Stored]:
    found = Order.objects.filter(source=source, external_id__in=set(external_ids)).values_list(
        "external_id",
        "pk",
        "customer_id",
        "placed_at",
        "status",
        "currency",
        "refunded",
        "source_updated_at",
    )
    return {external_id: _Stored(*values) for external_id, *values in found}


def _row(
    values: Mapping[str, Any], customer_id: int | None, stored: _Stored | None, context: Context
) -> tuple[object, ...]:
    total, placed_at = values["total"], values["placed_at"]
    default = stored.status if stored else OrderStatus.PAID
    status = values.get("status", default)
    currency = values.get("currency") or (stored.currency if stored else context.shop.currency)
    refunded = max(abs(values.get("refunded", _ZERO)), stored.refunded if stored else _ZERO)
    if status == OrderStatus.REFUNDED and total > 0:
        refunded = max(refunded, total)
    status = status_after(status, total, refunded)
    amount = context.in_shop_currency(
        max(total - refunded, _ZERO) if total > 0 else total, currency, placed_at
    )
    if amount is None:
        context.notes.add(
            "no_rate",
            _(
                "No exchange rate for %(currency)s is known on the day of the order; it counts in "
                "no amount until there is one and the file is imported again."
            )
            % {"currency": currency},
        )
    cancelled_at = values.get("cancelled_at")
    if cancelled_at is None and status == OrderStatus.CANCELLED:
        cancelled_at = values.get("updated_at")
    if cancelled_at is not None:
        cancelled_at = max(cancelled_at, placed_at)
    return (
        context.source,
        values["order_id"],
        values.get("updated_at"),
        customer_id,
        status,
        placed_at,
        cancelled_at,
        currency,
        total,
        values.get("discount") and abs(values["discount"]),
        values.get("shipping"),
        values.get("tax"),
        refunded,
        amount,
        values.get("channel"),
        values.get("country"),
    )


def follow_lines(order_ids: Sequence[int]) -> None:
    """Let the lines of changed orders repeat their customer, moment and whether they count."""
    if not order_ids:
        return
    order = Order.objects.filter(pk=OuterRef("order_id"))
    lines = OrderLine.objects.filter(order__in=order_ids)
    lines.update(
        customer_id=Subquery(order.values("customer_id")[:1]),
        placed_at=Subquery(order.values("placed_at")[:1]),
        purchased_quantity=Case(
            When(
                order__in=Order.objects.filter(pk__in=order_ids, counts_as=CountsAs.ORDER),
                then=Greatest(F("quantity"), Value(0)),
            ),
            default=Value(0),
        ),
    )
