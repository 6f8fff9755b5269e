"""Tags that users give to customers or take from them, so that the next refresh notices."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _

from cdp import selections
from cdp.exceptions import RegularsError
from cdp.ingest.changes import Changes
from cdp.models import CustomerSelection, CustomerTag, SelectedCustomer, Tag, User
from cdp.text import key, tidy

ADD, REMOVE = "add_tag", "remove_tag"
OPPOSITE = {ADD: REMOVE, REMOVE: ADD}
NAME_LENGTH = 120


class NoSuchTag(RegularsError):
    """The name belongs to no tag, or cannot belong to one."""


def tag_named(name: str, *, is_new_welcome: bool) -> Tag:
    """Return the tag of this name, whatever its case; made if it may be."""
    name = tidy(name)[:NAME_LENGTH]
    if not name:
        raise NoSuchTag(_("The tag has no name."), hint=_("Write the name of a tag."))
    found = Tag.objects.filter(key=key(name)[:NAME_LENGTH]).first()
    if found is None and not is_new_welcome:
        raise NoSuchTag(
            _("There is no tag “%(name)s”, so nobody carries it.") % {"name": name},
            hint=_("Choose one of the tags in the list."),
        )
    if found is None:
        found, _made = Tag.objects.get_or_create(
            key=key(name)[:NAME_LENGTH], defaults={"name": name}
        )
    return found


def who_changes(
    chosen: CustomerSelection, tag: Tag, action: str, *, user: User | None, now: datetime
) -> CustomerSelection:
    """Put those of the chosen aside for whom the action makes a difference."""
    has_it = Exists(CustomerTag.objects.filter(tag=tag, customer=OuterRef("customer_id")))
    rows = SelectedCustomer.objects.filter(selection=chosen)
    rows = rows.filter(~has_it) if action == ADD else rows.filter(has_it)
    return selections.select(
        rows, user=user, now=now, column="customer_id", argument=f"{action} {tag.pk}"
    )


def change_all(change: CustomerSelection, *, now: datetime) -> None:
    """Do what the selection was made for, at once."""
    action, tag = selections.purpose_of(change)
    with transaction.atomic():
        for piece in selections.pieces(change):
            change_piece(action, tag, piece, now=now)


def change_piece(action: str, tag_id: int, customers: Sequence[int], *, now: datetime) -> None:
    """Give these customers the tag or take it from them; may be repeated."""
    if not Tag.objects.filter(pk=tag_id).exists():
        raise NoSuchTag(_("The tag was deleted meanwhile."), hint=_("Choose another tag."))
    if action == ADD:
        CustomerTag.objects.bulk_create(
            [
                CustomerTag(tag_id=tag_id, customer_id=customer, is_manual=True)
                for customer in customers
            ],
            ignore_conflicts=True,
        )
    else:
        CustomerTag.objects.filter(tag=tag_id, customer__in=customers).delete()
    changes = Changes()
    changes.add_all(customers)
    changes.store(now=now)
