"""Saving a draft: as a new segment or over a stored one, and computing its members at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from django.db import IntegrityError, OperationalError, transaction
from django.utils.translation import gettext

from cdp.bulk.deadline import DeadlinePassed
from cdp.models import User
from cdp.text import tidy
from segments.definitions import NAME_LENGTH
from segments.drafting.drafts import Draft
from segments.drafting.preview import figures_of
from segments.exceptions import SegmentError
from segments.models import Segment, SegmentType
from segments.refreshing import affected_by, refresh_segment
from segments.storing import carry_name, compare, store

# A segment that is counted as quickly as this is computed while the user waits for the next page.
QUICK_SECONDS = 1.0


class NameRefused(SegmentError):
    """The name cannot be given to the segment."""


class EditedMeanwhile(SegmentError):
    """Somebody else changed the segment after it was opened for editing."""


def version_of(segment: Segment) -> str:
    """Return what changes with every edit, to notice the edits of others."""
    return segment.edited_at.isoformat()


def save_draft(
    draft: Draft, *, segment: Segment | None, version: str = "", now: datetime, user: User
) -> Segment:
    """Store a checked draft, over `segment` or as a new one; return the stored segment.

    Raises `NameRefused`, `EditedMeanwhile` if `segment` is no longer at `version`, or another
    `SegmentError`; then nothing is stored.
    """
    if draft.name_problem:
        raise NameRefused(draft.name_problem)
    try:
        with transaction.atomic():
            return _save(draft, segment, version, now=now, user=user)
    except IntegrityError:  # Two people gave the same name at the same moment.
        raise _taken(tidy(draft.name)) from None


def _save(
    draft: Draft, segment: Segment | None, version: str, *, now: datetime, user: User
) -> Segment:
    name = tidy(draft.name)
    own = None
    if segment is not None:
        own = Segment.objects.select_for_update(no_key=True).filter(pk=segment.pk).first()
        if own is None:
            raise EditedMeanwhile(
                gettext("Somebody has deleted this segment meanwhile."),
                hint=gettext("Save it as a copy to keep what you made."),
            )
        if version_of(own) != version:
            raise EditedMeanwhile(
                gettext("Somebody has changed this segment since you opened it."),
                hint=gettext("Look at it in another tab, or save yours as a copy."),
            )
    namesake = Segment.objects.filter(name=name).first()
    if namesake is not None and namesake != own:
        raise _taken(name)
    if own is not None and own.name != name:
        Segment.objects.filter(pk=own.pk).update(name=name)
        own.name = name
        carry_name(own)
    if own is None or own.type == SegmentType.DYNAMIC:
        store(compare([draft.definition]), now=now)
    saved = Segment.objects.get(name=name)
    if own is None:
        saved.owner = user
    if saved.type != SegmentType.DYNAMIC:
        saved.note = draft.note.strip()
    saved.is_starred = draft.is_starred
    saved.edited_at = now
    saved.save(update_fields=["owner", "note", "is_starred", "edited_at"])
    return saved


def _taken(name: str) -> NameRefused:
    return NameRefused(
        gettext("There is already a segment “%(name)s”.") % {"name": name},
        hint=gettext("Choose another name."),
    )


def copy_name(name: str) -> str:
    """Return a free name for a copy."""
    number = 1
    while True:
        wanted = (
            gettext("%(name)s (copy)") if number == 1 else gettext("%(name)s (copy %(number)s)")
        )
        room = NAME_LENGTH - len(wanted % {"name": "", "number": number})
        found = wanted % {"name": tidy(name)[:room].rstrip(), "number": number}
        if not Segment.objects.filter(name=found).exists():
            return found
        number += 1


def compute_now(
    segment: Segment, draft: Draft, *, now: datetime, later: Callable[[], object]
) -> bool:
    """Compute the members at once if that is quick, else call `later`; return whether they are.

    Segments that ask for this one are always left to `later`.
    """
    try:
        is_quick = figures_of(draft.definition, now=now).seconds <= QUICK_SECONDS
        is_done = is_quick and refresh_segment(segment, now=now).diff is not None
    except (DeadlinePassed, OperationalError):
        is_done = False
    if not is_done or len(affected_by([segment])) > 1:
        later()
    return is_done


def with_copy_name(draft: Draft) -> Draft:
    """Return the draft under a name that is free, to be saved beside the stored segment."""
    is_taken = Segment.objects.filter(name=tidy(draft.name)).exists()
    return replace(draft, name=copy_name(draft.name)) if is_taken else draft
