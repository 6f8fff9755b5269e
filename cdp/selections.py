"""Customers chosen on a list: put aside as they were at that moment, to be worked on in pieces."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db.models import BigIntegerField, QuerySet, Value
from django.utils.translation import gettext as _

from cdp import bulk
from cdp.exceptions import RegularsError
from cdp.models import CustomerSelection, Job, SelectedCustomer, User

KEPT = timedelta(days=7)
PIECE = 2_000


class SelectionGone(RegularsError):
    """What a selection speaks of is not there any more."""


def select(
    customers: QuerySet, *, user: User | None, now: datetime, column: str = "pk", argument: str = ""
) -> CustomerSelection:
    """Put the customers aside whose keys stand in a column of `customers`; `argument` says what
    for.
    """
    selection = CustomerSelection.objects.create(user=user, created_at=now, argument=argument)
    number = Value(selection.pk, output_field=BigIntegerField())
    rows = customers.order_by().values_list(number, column)
    bulk.insert_select(SelectedCustomer, ("selection_id", "customer_id"), rows)
    return selection


def with_key(key: int | str) -> CustomerSelection:
    """Return the selection; say so if it is not kept any more."""
    selection = CustomerSelection.objects.filter(pk=key).first()
    if selection is None:
        raise SelectionGone(
            _("The customers chosen for this are no longer kept."),
            hint=_("Choose them again on the customers page."),
        )
    return selection


def selected_keys(
    selection: CustomerSelection, *, after: int = 0, upto: int | None = None
) -> QuerySet:
    """Return the keys of its customers as a queryset, for other querysets to ask."""
    rows = SelectedCustomer.objects.filter(selection=selection, customer__gt=after)
    if upto is not None:
        rows = rows.filter(customer__lte=upto)
    return rows.values("customer_id")


def size_of(selection: CustomerSelection) -> int:
    """Return how many customers are in the selection."""
    return SelectedCustomer.objects.filter(selection=selection).count()


def next_piece(selection_id: int, *, after: int, size: int | None = None) -> list[int]:
    """Return the keys of the next customers of a selection, empty at its end."""
    rows = SelectedCustomer.objects.filter(selection=selection_id, customer__gt=after)
    return list(rows.order_by("customer_id").values_list("customer_id", flat=True)[: size or PIECE])


def pieces(selection: CustomerSelection) -> Iterator[list[int]]:
    """Give the keys of all customers of a selection in pieces."""
    after = 0
    while piece := next_piece(selection.pk, after=after):
        yield piece
        after = piece[-1]


def purpose_of(selection: CustomerSelection) -> tuple[str, int]:
    """Return what the selection was made for: an action and the key of the thing it is about."""
    action, _blank, key = selection.argument.partition(" ")
    if not key.isdecimal():
        raise SelectionGone(
            _("Selection %(number)s was not made for a change.") % {"number": selection.pk}
        )
    return action, int(key)


def remove_old(*, now: datetime) -> int:
    """Remove selections nobody works with any more; return how many."""
    in_use = [
        int(target)
        for target in Job.objects.live().values_list("target", flat=True)
        if target.isdecimal()
    ]
    old = CustomerSelection.objects.filter(created_at__lt=now - KEPT)
    keys = list(old.exclude(pk__in=in_use).values_list("pk", flat=True))
    CustomerSelection.objects.filter(pk__in=keys).delete()
    return len(keys)
