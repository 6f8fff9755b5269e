"""Deleting a segment: never while another one is computed from it, and never its customers."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import ProtectedError
from django.utils.translation import gettext as _

from cdp.models import AuditAction, AuditEntry, User
from segments.exceptions import SegmentError
from segments.models import Segment


def delete_segment(segment: Segment, *, user: User | None, now: datetime) -> None:
    """Delete the segment with its history, exports and links; refuse while others ask for it.

    What follows it stays, without a segment from now on.
    """
    subject, name = f"segment {segment.pk}", segment.name
    try:
        with transaction.atomic():
            segment.delete()
            AuditEntry.objects.record(
                AuditAction.SEGMENT_DELETED, now=now, user=user, subject=subject, details=name
            )
    except ProtectedError:
        raise SegmentError(
            _("“%(name)s” was not deleted, because other segments are computed from it.")
            % {"name": name},
            hint=_("Change those segments first, or archive this one."),
        ) from None
