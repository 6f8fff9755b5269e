"""Carrying out what was asked for chosen customers: at once or by a job, said in exact numbers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cdp import selections, tagging
from cdp.jobs.runner import enqueue
from cdp.models import AuditAction, AuditEntry, CustomerSelection, Job, Tag, User
from cdp.pages import user_of
from segments import lists
from segments.models import Segment

# So many customers are changed while the user waits; more by a job.
AT_ONCE = 2_000


@dataclass(frozen=True)
class Description:
    """What a selection was made for: in words, with the list it is about and the job at work."""

    words: str
    segment: Segment | None
    job: Job | None


def carry_out(
    request: HttpRequest, change: CustomerSelection, chosen: CustomerSelection, *, now: datetime
) -> HttpResponseBase:
    """Do what `change` was made for, out of those `chosen`; answer with where to see it."""
    action, key = selections.purpose_of(change)
    user = user_of(request)
    count, all_count = selections.size_of(change), selections.size_of(chosen)
    if not count:
        change.delete()
        messages.info(request, _nothing_to_do(action, key, all_count))
        return redirect("customers:selection", chosen.pk)
    is_tag = action in tagging.OPPOSITE
    if is_tag:
        _record(action, key, count, user=user, now=now)
    if count > AT_ONCE:
        kind = "tag_customers" if is_tag else "change_list"
        return redirect("jobs:detail", enqueue(kind, str(change.pk), now=now, user=user).pk)
    if is_tag:
        tagging.change_all(change, now=now)
        enqueue("refresh", now=now)
    else:
        lists.change_all(change, now=now)
    if all_count > count:
        messages.info(request, _others(action, all_count - count))
    return redirect("customers:selection", change.pk)


def opposite_of(change: CustomerSelection, *, user: User, now: datetime) -> CustomerSelection:
    """Return the change that takes this one back."""
    action, key = selections.purpose_of(change)
    if action in tagging.OPPOSITE:
        tag = Tag.objects.filter(pk=key).first()
        if tag is None:
            raise tagging.NoSuchTag(_("The tag was deleted meanwhile."))
        return tagging.who_changes(change, tag, tagging.OPPOSITE[action], user=user, now=now)
    if not user.has_perm("segments.change_segment"):
        raise PermissionDenied
    segment = lists.list_with_key(key)
    return lists.who_changes(change, segment, lists.OPPOSITE[action], user=user, now=now)


def description_of(selection: CustomerSelection) -> Description | None:
    """Return what the selection was made for, None if it was just chosen."""
    if not selection.argument:
        return None
    action, key = selections.purpose_of(selection)
    words = _words(action, key, selections.size_of(selection))
    is_tag = action in tagging.OPPOSITE
    kind = "tag_customers" if is_tag else "change_list"
    segment = None if is_tag else Segment.objects.filter(pk=key).first()
    job = Job.objects.filter(kind=kind, target=str(selection.pk)).order_by("-pk").first()
    return Description(words, segment, job)


def _record(action: str, key: int, count: int, *, user: User, now: datetime) -> None:
    AuditEntry.objects.record(
        AuditAction.CUSTOMERS_TAGGED,
        now=now,
        user=user,
        subject=f"tag {key}",
        details=f"{action} “{_name_of(action, key)}”; customers: {count}",
    )


def _name_of(action: str, key: int) -> str:
    rows = Tag.objects if action in tagging.OPPOSITE else Segment.objects
    return rows.filter(pk=key).values_list("name", flat=True).first() or "?"


def _words(action: str, key: int, count: int) -> str:
    said = {
        tagging.ADD: ngettext(
            "%(count)s customer was given the tag “%(name)s”.",
            "%(count)s customers were given the tag “%(name)s”.",
            count,
        ),
        tagging.REMOVE: ngettext(
            "The tag “%(name)s” was taken from %(count)s customer.",
            "The tag “%(name)s” was taken from %(count)s customers.",
            count,
        ),
        lists.ADD: ngettext(
            "%(count)s customer was added to the list “%(name)s”.",
            "%(count)s customers were added to the list “%(name)s”.",
            count,
        ),
        lists.REMOVE: ngettext(
            "%(count)s customer was removed from the list “%(name)s”.",
            "%(count)s customers were removed from the list “%(name)s”.",
            count,
        ),
    }[action]
    return said % {"count": _number(count), "name": _name_of(action, key)}


def _others(action: str, count: int) -> str:
    said = {
        tagging.ADD: ngettext(
            "%(count)s other customer had the tag already.",
            "%(count)s other customers had the tag already.",
            count,
        ),
        tagging.REMOVE: ngettext(
            "%(count)s other customer did not have the tag.",
            "%(count)s other customers did not have the tag.",
            count,
        ),
        lists.ADD: ngettext(
            "%(count)s other customer was on the list already.",
            "%(count)s other customers were on the list already.",
            count,
        ),
        lists.REMOVE: ngettext(
            "%(count)s other customer was not on the list.",
            "%(count)s other customers were not on the list.",
            count,
        ),
    }[action]
    return said % {"count": _number(count)}


def _nothing_to_do(action: str, key: int, count: int) -> str:
    said = {
        tagging.ADD: _("Nothing to do: all %(count)s have the tag “%(name)s” already."),
        tagging.REMOVE: _("Nothing to do: none of the %(count)s has the tag “%(name)s”."),
        lists.ADD: _("Nothing to do: all %(count)s are on the list “%(name)s” already."),
        lists.REMOVE: _("Nothing to do: none of the %(count)s is on the list “%(name)s”."),
    }[action]
    return said % {"count": _number(count), "name": _name_of(action, key)}


def _number(count: int) -> str:
    return formats.number_format(count, force_grouping=True)
