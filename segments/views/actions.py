"""What the buttons of a segment do: star, archive, refresh, keep as a list, delete."""

from __future__ import annotations

from collections.abc import Iterable

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from cdp.jobs.requests import enqueue
from cdp.pages import page, show, user_of
from segments.deletion import delete_segment
from segments.exceptions import SegmentError
from segments.figures.uses import uses_of, uses_of_each
from segments.followers import followers_of
from segments.models import Segment, SegmentType
from segments.snapshots import take_snapshot
from segments.views.tabs import segment_of


@page("segments.change_segment")
@require_POST
def star(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Put the segment before the others, or back among them."""
    segment = segment_of(pk)
    segment.is_starred = request.POST.get("star") == "1"
    segment.save(update_fields=["is_starred"])
    return back(request, segment)


@page("segments.change_segment")
@require_POST
def archive(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Put the segment out of the way, or back."""
    segment = segment_of(pk)
    segment.is_archived = request.POST.get("archive") == "1"
    segment.save(update_fields=["is_archived"])
    messages.success(request, _said(segment))
    if segment.is_archived and followers_of(segment):
        messages.warning(
            request,
            _("Its audiences stand still: nobody enters, and only who may not be there leaves."),
        )
    return back(request, segment)


def _said(segment: Segment) -> str:
    if segment.is_archived:
        return _(
            "“%(name)s” is archived: it is no longer refreshed unless another segment asks for it."
        ) % {"name": segment.name}
    return _("“%(name)s” is back among the others.") % {"name": segment.name}


@page("segments.change_segment")
@require_POST
def refresh(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Compute the members anew in the background, with those of the segments that ask for it."""
    segment = segment_of(pk)
    _enqueue(request, [segment])
    return redirect("segments:detail", pk=segment.pk)


def _enqueue(request: HttpRequest, segments: Iterable[Segment]) -> None:
    now = timezone.now()
    for segment in segments:
        enqueue("refresh_segments", str(segment.pk), now=now, user=user_of(request))


@page("segments.add_segment")
@require_http_methods(["GET", "HEAD", "POST"])
def snapshot(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Ask for a name and keep the present members under it."""
    segment = segment_of(pk)
    now = timezone.now()
    name = request.POST.get("name", "")
    error = ""
    if request.method == "POST":
        try:
            kept = take_snapshot(segment, name=name, user=user_of(request), now=now)
        except SegmentError as problem:
            error = str(problem)
        else:
            messages.success(
                request,
                ngettext(
                    "%(count)s member is kept as the list “%(name)s”.",
                    "%(count)s members are kept as the list “%(name)s”.",
                    kept.member_count or 0,
                )
                % {"count": kept.member_count, "name": kept.name},
            )
            return redirect("segments:detail", pk=kept.pk)
    else:
        day = timezone.localdate(now).isoformat()
        name = f"{segment.name[:180]} {day}"
    return show(
        request,
        "segments/snapshot.html",
        {"segment": segment, "name": name, "error": error},
        title=_("Keep the present members as a fixed list"),
        status=400 if error else 200,
    )


@page("segments.delete_segment")
@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Say what goes and what stays, then delete; refuse while other segments ask for it."""
    segment = segment_of(pk)
    error = ""
    if request.method == "POST":
        name = segment.name
        try:
            delete_segment(segment, user=user_of(request), now=timezone.now())
        except SegmentError as problem:
            error = str(problem)
        else:
            messages.success(
                request, _("“%(name)s” is deleted. Its customers are kept.") % {"name": name}
            )
            return redirect("segments:list")
    return show(
        request,
        "segments/delete.html",
        {
            "segment": segment,
            "uses": uses_of(segment),
            "followers": followers_of(segment),
            "link_count": segment.links.filter(revoked_at=None).count(),
            "export_count": segment.exports.count(),
            "error": error,
        },
        title=_("Delete “%(name)s”") % {"name": segment.name},
        status=409 if error else 200,
    )


@page("segments.change_segment")
@require_POST
def bulk(request: HttpRequest) -> HttpResponseBase:
    """Do the same with all segments that are ticked on the list."""
    keys = [key for key in request.POST.getlist("segment") if key.isdecimal()]
    chosen = list(Segment.objects.filter(pk__in=keys))
    action = request.POST.get("action", "")
    if not chosen:
        messages.warning(request, _("No segment is ticked. Tick some first."))
    elif action == "refresh":
        dynamic = [one for one in chosen if one.type == SegmentType.DYNAMIC]
        _enqueue(request, dynamic)
        messages.success(request, _counted_refresh(len(dynamic)))
    elif action in ("archive", "unarchive"):
        _archive_all(request, chosen, is_archived=action == "archive")
    else:
        messages.error(request, _("Choose what to do with the ticked segments."))
    return back(request)


def _archive_all(request: HttpRequest, chosen: list[Segment], *, is_archived: bool) -> None:
    Segment.objects.filter(pk__in=[one.pk for one in chosen]).update(is_archived=is_archived)
    said = (
        ngettext("%(count)s segment is archived.", "%(count)s segments are archived.", len(chosen))
        if is_archived
        else ngettext(
            "%(count)s segment is back among the others.",
            "%(count)s segments are back among the others.",
            len(chosen),
        )
    )
    messages.success(request, said % {"count": len(chosen)})
    if is_archived and any(uses_of_each(chosen).values()):
        messages.info(
            request, _("Those that other segments are computed from are still refreshed with them.")
        )


def _counted_refresh(count: int) -> str:
    said = ngettext(
        "%(count)s segment will be refreshed.", "%(count)s segments will be refreshed.", count
    )
    return said % {"count": count}


def back(request: HttpRequest, segment: Segment | None = None) -> HttpResponseBase:
    """Return to the page the button stood on."""
    address = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(address, allowed_hosts={request.get_host()}):
        address = reverse(
            "segments:list" if segment is None else "segments:detail",
            args=[] if segment is None else [segment.pk],
        )
    return redirect(address)
