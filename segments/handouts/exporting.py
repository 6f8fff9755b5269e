"""Exports: who may make one, of which columns, and how one is begun and found again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import Enum
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from cdp.jobs.requests import enqueue
from cdp.models import (
    LIVE_STATES,
    AuditAction,
    AuditEntry,
    CustomerSelection,
    JobState,
    Shop,
    User,
)
from cdp.periods import local_day
from segments.exceptions import SegmentError
from segments.handouts.dialects import DIALECTS
from segments.handouts.export import COLUMNS, DEFAULT_COLUMNS, Column, columns_named
from segments.handouts.export_files import folder
from segments.models import Export, ExportDialect, Segment, SegmentType

EXPORT_RIGHT = "cdp.export_customers"
CONTACT_RIGHT = "cdp.view_contact_data"
SLUG_LENGTH = 60


class HandingOutRefused(SegmentError):
    """Somebody wants to hand out what they may not, or what is not there."""


class ExportState(Enum):
    """Whether the file of an export can be had."""

    WRITING = gettext_lazy("being written"), "info"
    READY = gettext_lazy("ready"), "good"
    EXPIRED = gettext_lazy("expired"), ""
    FAILED = gettext_lazy("not made"), "bad"

    def __init__(self, label: Promise, tone: str) -> None:
        self.label = label
        self.tone = tone


def offered_columns(user: User) -> list[Column]:
    """Return the columns that a user may hand out, those of their last export first."""
    may_see_contact = user.has_perm(CONTACT_RIGHT)
    allowed = {
        key: column for key, column in COLUMNS.items() if may_see_contact or not column.is_contact
    }
    first = [key for key in default_columns(user) if key in allowed]
    return [allowed[key] for key in dict.fromkeys([*first, *allowed])]


def default_columns(user: User) -> list[str]:
    """Return the columns of the user's last export, in their order; else the usual ones."""
    last = Export.objects.filter(user=user).order_by("-pk").values_list("columns", flat=True)
    keys = [key for key in (last.first() or "").split(",") if key in COLUMNS]
    may_see_contact = user.has_perm(CONTACT_RIGHT)
    return [
        key for key in keys or DEFAULT_COLUMNS if may_see_contact or not COLUMNS[key].is_contact
    ]


def default_dialect(user: User) -> str:
    """Return the form of the user's last export; else commas."""
    last = Export.objects.filter(user=user).order_by("-pk").values_list("dialect", flat=True)
    return last.first() or ExportDialect.COMMA


def start_export(
    *,
    user: User,
    now: datetime,
    segment: Segment | None = None,
    selection: CustomerSelection | None = None,
    columns: Sequence[str],
    dialect: str = ExportDialect.COMMA,
) -> Export:
    """Queue the job that writes a file of a segment's members or of a selection.

    Asked twice for the same thing, the export under way is returned. Raises `HandingOutRefused` in
    words for the user.
    """
    chosen = columns_named(columns)
    refuse_without_right(user, chosen)
    if dialect not in DIALECTS:
        raise HandingOutRefused(_("There is no format “%(name)s”.") % {"name": dialect})
    if (segment is None) == (selection is None):
        raise TypeError("An export is of a segment or of a selection.")
    if segment is not None:
        refuse_uncomputed(segment)
    if selection is not None:
        _refuse_foreign(selection, user)
    keys = ",".join(column.key for column in chosen)
    with transaction.atomic():
        same = Export.objects.filter(
            user=user, segment=segment, selection=selection, dialect=dialect, columns=keys
        )
        under_way = same.filter(job__state__in=LIVE_STATES).first()
        if under_way is not None:
            return under_way
        if selection is not None and Export.objects.filter(selection=selection).exists():
            raise HandingOutRefused(
                _("These customers were exported already."),
                hint=_("Choose them again on the list of customers to export them once more."),
            )
        export = Export.objects.create(
            segment=segment,
            selection=selection,
            user=user,
            dialect=dialect,
            columns=keys,
            created_at=now,
            expires_at=now + timedelta(days=settings.EXPORT_DAYS),
        )
        export.job = enqueue("export", str(export.pk), now=now, user=user)
        export.save(update_fields=["job"])
        AuditEntry.objects.record(
            AuditAction.EXPORT_MADE,
            now=now,
            user=user,
            subject=subject_of(export),
            details=f"export {export.pk}; {dialect}; {keys}",
        )
    return export


def subject_of(export: Export) -> str:
    """Return what the audit log calls the customers of an export."""
    if export.segment_id is not None:
        return f"segment {export.segment_id}"
    return f"selection {export.selection_id}" if export.selection_id else f"export {export.pk}"


def refuse_without_right(user: User | None, columns: Sequence[Column]) -> None:
    """Raise unless the user may hand out these columns today."""
    if user is None or not user.is_active or not user.has_perm(EXPORT_RIGHT):
        raise HandingOutRefused(
            _("The role of this user does not include handing out customers."),
            hint=_("Ask an administrator of Regulars for it."),
        )
    secret = [str(column.label) for column in columns if column.is_contact]
    if secret and not user.has_perm(CONTACT_RIGHT):
        raise HandingOutRefused(
            ngettext(
                "The role of this user does not include the column %(names)s.",
                "The role of this user does not include the columns %(names)s.",
                len(secret),
            )
            % {"names": ", ".join(secret)},
            hint=_("Leave it out, or ask an administrator of Regulars for the right."),
        )


def refuse_uncomputed(segment: Segment) -> None:
    """Raise for a segment whose members nobody has computed: its file would say "nobody"."""
    if segment.type == SegmentType.DYNAMIC and segment.computed_at is None:
        raise HandingOutRefused(
            _("The members of “%(name)s” have not been computed yet.") % {"name": segment.name},
            hint=_("Refresh the segment first."),
        )


def _refuse_foreign(selection: CustomerSelection, user: User) -> None:
    if selection.user_id != user.pk:
        raise HandingOutRefused(
            _("These customers were chosen by somebody else."),
            hint=_("Choose them yourself on the list of customers."),
        )


def visible_exports(user: User) -> QuerySet[Export]:
    """Return the exports that a user may see and read: their own, or all with the right."""
    exports = Export.objects.select_related("segment", "selection", "user", "job")
    return exports if user.has_perm("cdp.view_every_job") else exports.filter(user=user)


def open_export(export: Export, *, user: User, now: datetime) -> Path:
    """Return the file of a finished export and record that it is read.

    Raises `HandingOutRefused` if it has expired, is gone, or holds what the reader may not see.
    """
    refuse_without_right(user, columns_of(export))
    if now >= export.expires_at:
        raise HandingOutRefused(
            _("The file of this export has expired and was removed."),
            hint=_("Make a new export."),
        )
    if export.job is not None and export.job.is_live:
        raise HandingOutRefused(_("The file is still being written."))
    path = folder() / export.path if export.path else None
    if path is None or not path.is_file():
        raise HandingOutRefused(
            _("The file of this export does not exist."), hint=_("Make a new export.")
        )
    AuditEntry.objects.record(
        AuditAction.EXPORT_READ,
        now=now,
        user=user,
        subject=subject_of(export),
        details=f"export {export.pk}; {export.row_count} rows",
    )
    return path


def state_of(export: Export, *, now: datetime) -> ExportState:
    """Return whether there is a file to download, and why not."""
    if export.job is not None and export.job.is_live:
        return ExportState.WRITING
    if now >= export.expires_at:
        return ExportState.EXPIRED
    is_done = export.job is None or export.job.state == JobState.DONE
    return ExportState.READY if is_done and export.path else ExportState.FAILED


def columns_of(export: Export) -> list[Column]:
    """Return the columns of an export that this version knows."""
    return [COLUMNS[key] for key in export.columns.split(",") if key in COLUMNS]


def file_name(name: str, moment: datetime, suffix: str) -> str:
    """Return a harmless name for a file: plain letters, the shop's local day."""
    slug = slugify(name)[:SLUG_LENGTH].strip("-_") or "customers"
    return f"{slug}-{local_day(moment, Shop.objects.current().zone):%Y-%m-%d}.{suffix}"


def download_name(export: Export) -> str:
    """Return under which name an export is saved."""
    name = export.segment.name if export.segment else _("customers")
    return file_name(name, export.created_at, DIALECTS[export.dialect].suffix)
