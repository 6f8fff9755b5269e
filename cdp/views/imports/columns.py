"""The choices offered for each column of a file, and the choice made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.http import QueryDict
from django.utils.translation import gettext as _

from cdp.ingest.headers import DATE_ORDERS, Column, recognised
from cdp.ingest.preview import Look, extra_target, is_date, remembered, target_of
from cdp.ingest.records import FIELD_PREFIX, Record, header_key
from cdp.ingest.words import FIELD_WORDS
from cdp.models import CustomerField, ImportRun, Upload

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

Option = tuple[str, "StrOrPromise"]


@dataclass(frozen=True)
class ColumnChoice:
    """A column as the page shows it."""

    position: int
    header: str
    examples: list[str]
    target: str
    groups: list[tuple[str, list[Option]]]
    order: str = ""
    orders: tuple[str, ...] = ()
    is_date: bool = False


def first_targets(upload: Upload, look: Look) -> tuple[list[str], ImportRun | None]:
    """Return what is proposed for each column, and the earlier import it was taken from."""
    kind, headers = look.record.kind.value, look.headers
    check = upload.validation
    if check is not None and check.kind == kind:
        return [target_of(column) for column in _columns(check)], None
    last = remembered(kind, headers)
    if last is not None:
        return [target_of(column) for column in _columns(last)], last
    found = recognised(look.record, headers, {}, name=upload.file_name)
    return [target_of(column) for column in found], None


def _columns(run: ImportRun) -> list[Column]:
    return [
        Column.restored(column.position, column.header, column.field)
        for column in run.columns.all()
    ]


def sent_targets(data: QueryDict, look: Look) -> list[str]:
    """Return what somebody has chosen for each column."""
    targets = []
    for position in range(len(look.headers)):
        target = data.get(f"column-{position}", "")
        order = data.get(f"order-{position}", "")
        if order and is_date(look.record, target):
            target = f"{target} {order}"
        targets.append(target)
    return targets


def choices_for(look: Look, targets: Sequence[str]) -> list[ColumnChoice]:
    """Return the columns with what each can be taken for."""
    fields = _fields(look.record)
    known: list[Option] = []
    if look.record.extras == "fields":
        rows = CustomerField.objects.order_by("label").values_list("key", "label")
        known = [(FIELD_PREFIX + key, label) for key, label in rows]
    return [
        _choice(look, position, target, fields, known) for position, target in enumerate(targets)
    ]


def _fields(record: Record) -> list[tuple[str, list[Option]]]:
    """Return the fields of a kind, those first of which one is needed."""
    needed = {name for group in record.needs for name in group}
    options = [(field.name, FIELD_WORDS[field.name]) for field in record.fields]
    return [
        (_("Needed"), [option for option in options if option[0] in needed]),
        (_("Fields"), [option for option in options if option[0] not in needed]),
    ]


def _choice(
    look: Look,
    position: int,
    target: str,
    fields: list[tuple[str, list[Option]]],
    known: list[Option],
) -> ColumnChoice:
    name, _blank, order = target.partition(" ")
    header = look.headers[position]
    groups = list(fields)
    extras = list(known)
    own = extra_target(look.record, header_key(header)[:60])
    for extra in dict.fromkeys(filter(None, (own, name if ":" in name else ""))):
        if extra not in dict(extras):
            label = _("new: %(name)s") % {"name": extra.partition(":")[2]}
            extras.insert(0, (extra, label))
    if extras:
        is_field = look.record.extras == "fields"
        groups.append((_("Custom field") if is_field else _("Product attribute"), extras))
    return ColumnChoice(
        position,
        header,
        look.examples(position),
        name,
        groups,
        order,
        tuple(text.upper() for text in DATE_ORDERS) if look.takes_dates(position) else (),
        is_date(look.record, name),
    )
