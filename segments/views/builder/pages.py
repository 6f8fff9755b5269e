"""The pages on which segments are made and changed; they work without JavaScript too."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import formats, timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from analytics.models import InterestTarget
from cdp.jobs.requests import enqueue
from cdp.models import Shop
from cdp.pages import page, show, user_of
from segments.definitions import definition_of
from segments.dependencies import segments_with_rows
from segments.drafting.drafts import Draft, DraftRow, draft_rows
from segments.drafting.interests import interest_draft
from segments.drafting.saving import (
    EditedMeanwhile,
    NameRefused,
    compute_now,
    copy_name,
    save_draft,
    version_of,
    with_copy_name,
)
from segments.exceptions import SegmentError
from segments.figures.uses import uses_of
from segments.models import Segment, SegmentType
from segments.suggestions import suggested
from segments.views.builder.inputs import Offer
from segments.views.builder.posted import draft_from, segment_names
from segments.views.builder.result import RowResult, funnel_by_row, result_of, uncounted_result
from segments.views.builder.shown import LIMIT_HELP, Problem, groups, used_words


@dataclass(frozen=True)
class Desk:
    """What lies on the desk: the draft, the stored segment it changes, and its version then."""

    draft: Draft
    stored: Segment | None = None
    version: str = ""


@page("segments.add_segment")
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponseBase:
    """Make a segment: from nothing, `?from=` another one, from a `?suggestion=` or an
    `?interest=` (with `new=1`: of those who never bought it).
    """
    if request.method == "POST":
        return _answer(request, Desk(draft_from(request.POST)))
    names = segment_names()
    draft = Draft(segment_names=names)
    if "from" in request.GET:
        key = request.GET["from"]
        origin = get_object_or_404(
            segments_with_rows(), pk=int(key) if key.isdecimal() and len(key) < 19 else 0
        )
        if origin.type != SegmentType.DYNAMIC:
            messages.error(
                request,
                _("“%(name)s” has no conditions that could be duplicated.") % {"name": origin.name},
            )
            return redirect("segments:detail", pk=origin.pk)
        draft = replace(_draft_of(origin, names), name=copy_name(origin.name), stored_name="")
    elif "interest" in request.GET:
        key = request.GET["interest"]
        target = get_object_or_404(
            InterestTarget.objects.select_related("category", "product"),
            pk=int(key) if key.isdecimal() and len(key) < 19 else 0,
        )
        draft = interest_draft(target, never_bought="new" in request.GET, segment_names=names)
    elif "suggestion" in request.GET:
        definition = suggested(request.GET["suggestion"], now=timezone.now())
        if definition is None:
            messages.info(request, _("This suggestion no longer suits the shop: start from here."))
        else:
            name = definition.name
            draft = Draft(
                name=copy_name(name) if name in names else name,
                note=definition.note or "",
                match=definition.match,
                rows=draft_rows(definition, names),
                segment_names=names,
            )
    return _page(request, Desk(draft))


@page("segments.change_segment")
@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Change a stored segment."""
    stored = get_object_or_404(segments_with_rows(), pk=pk)
    if request.method == "POST":
        draft = draft_from(request.POST, stored=stored)
        return _answer(request, Desk(draft, stored, request.POST.get("version", "")))
    return _page(request, Desk(_draft_of(stored, segment_names()), stored, version_of(stored)))


def _draft_of(segment: Segment, names: Sequence[str]) -> Draft:
    rows: tuple[DraftRow, ...] = ()
    excluded = ""
    if segment.type == SegmentType.DYNAMIC:
        definition = definition_of(segment)
        rows, excluded = draft_rows(definition, names), definition.excluded
    return Draft(
        name=segment.name,
        note=segment.note,
        is_starred=segment.is_starred,
        match=segment.match,
        excluded=excluded,
        rows=rows,
        stored_name=segment.name,
        segment_names=names,
    )


def _answer(request: HttpRequest, desk: Desk) -> HttpResponseBase:
    action = request.POST.get("action", "")
    if action in ("save", "copy"):
        return _save(request, desk, is_copy=action == "copy")
    return _page(request, replace(desk, draft=_rearranged(desk.draft, request.POST)))


def _rearranged(draft: Draft, posted: QueryDict) -> Draft:
    """Return the draft after a button that adds, copies, moves or removes a row."""
    rows = list(draft.rows)
    places = {str(row.number): place for place, row in enumerate(rows)}
    fresh = max((row.number for row in rows), default=0) + 1
    has_room = len(rows) < settings.SEGMENT_MAX_CONDITIONS
    if "add" in posted and has_room:
        rows.append(DraftRow(fresh, segment_names=draft.segment_names))
    for button, step in (("up", -1), ("down", 1)):
        place = places.get(posted.get(button, ""))
        if place is not None and 0 <= place + step < len(rows):
            rows.insert(place + step, rows.pop(place))
    if (place := places.get(posted.get("duplicate", ""))) is not None and has_room:
        rows.insert(place + 1, replace(rows[place], number=fresh))
    if (place := places.get(posted.get("remove", ""))) is not None:
        del rows[place]
    return replace(draft, rows=tuple(rows))


def _save(request: HttpRequest, desk: Desk, *, is_copy: bool) -> HttpResponseBase:
    now = timezone.now()
    draft = with_copy_name(desk.draft) if is_copy else desk.draft
    is_dynamic = is_copy or desk.stored is None or desk.stored.type == SegmentType.DYNAMIC
    is_unfinished = len(draft.usable) < len(draft.rows) or not draft.rows or draft.problem
    if draft.name_problem or (is_dynamic and is_unfinished):
        return _page(request, replace(desk, draft=draft), is_checked=True)
    try:
        saved = save_draft(
            draft,
            segment=None if is_copy else desk.stored,
            version=desk.version,
            now=now,
            user=user_of(request),
        )
    except SegmentError as error:
        place = "id-name" if isinstance(error, NameRefused) else "cdp-rows"
        problem = Problem(place, str(error))
        is_stale = isinstance(error, EditedMeanwhile)
        return _page(request, desk, is_checked=True, refusal=problem, is_stale=is_stale)
    later = partial(enqueue, "refresh_segments", now=now, user=user_of(request))
    if is_dynamic:
        is_computed = compute_now(saved, draft, now=now, later=later)
        saved.refresh_from_db()
        messages.success(request, _said_after_saving(saved, is_computed=is_computed))
    else:
        messages.success(request, _("“%(name)s” was saved.") % {"name": saved.name})
    return redirect("segments:detail", pk=saved.pk)


def _said_after_saving(segment: Segment, *, is_computed: bool) -> str:
    if not is_computed:
        return _("“%(name)s” was saved. Its customers are being counted.") % {"name": segment.name}
    count = segment.member_count or 0
    return ngettext(
        "“%(name)s” was saved: %(count)s customer.",
        "“%(name)s” was saved: %(count)s customers.",
        count,
    ) % {"name": segment.name, "count": formats.number_format(count, force_grouping=True)}


def _problems(draft: Draft, rows: Sequence[RowResult], *, is_dynamic: bool) -> list[Problem]:
    """Return every mistake for the summary on top, in the order of the page."""
    found = [Problem("id-name", draft.name_problem)] if draft.name_problem else []
    if is_dynamic and not draft.rows:
        found.append(
            Problem("cdp-rows", _("Add at least one condition: without any, nobody is in it."))
        )
    if is_dynamic and draft.problem:
        found.append(Problem("cdp-rows", draft.problem))
    for row in rows:
        for problem in row.row.problems:
            text = _("Condition %(number)s: %(problem)s") % {
                "number": row.row.position,
                "problem": problem.text,
            }
            found.append(Problem(problem.place, text))
    return found


def _name_error(draft: Draft, refusal: Problem | None) -> str:
    if refusal is not None and refusal.place == "id-name":
        return refusal.text
    return draft.name_problem


def _page(
    request: HttpRequest,
    desk: Desk,
    *,
    is_checked: bool = False,
    refusal: Problem | None = None,
    is_stale: bool = False,
) -> HttpResponseBase:
    now = timezone.now()
    draft, stored = desk.draft, desk.stored
    offer = Offer(Shop.objects.current().currency, draft.stored_name)
    is_dynamic = stored is None or stored.type == SegmentType.DYNAMIC
    is_counted = request.method == "POST" and is_dynamic
    result = (
        result_of(
            draft,
            stored=stored,
            offer=offer,
            now=now,
            is_checked=is_checked,
            funnel=funnel_by_row(draft, now=now),
        )
        if is_counted
        else uncounted_result(draft, offer, now=now)
    )
    problems = _problems(draft, result.rows, is_dynamic=is_dynamic) if is_checked else []
    context = {
        "draft": draft,
        "stored": stored,
        "version": desk.version,
        "result": result,
        "is_uncounted": bool(draft.rows) and not is_counted,
        "is_changed": request.method == "POST" or (stored is None and bool(draft.rows)),
        "is_dynamic": is_dynamic,
        "is_stale": is_stale,
        "problems": [*([refusal] if refusal else []), *problems],
        "name_error": _name_error(draft, refusal) if is_checked else "",
        "groups": groups(),
        "offer": offer,
        "used": used_words(len(draft.rows)),
        "limit": settings.SEGMENT_MAX_CONDITIONS,
        "limit_help": LIMIT_HELP,
        "has_room": len(draft.rows) < settings.SEGMENT_MAX_CONDITIONS,
        "next_number": max((row.number for row in draft.rows), default=0) + 1,
        "uses": uses_of(stored) if stored is not None else None,
        "back": reverse("segments:detail", args=[stored.pk])
        if stored
        else reverse("segments:list"),
    }
    title = _("Edit segment") if stored is not None else _("New segment")
    return show(request, "segments/builder/page.html", context, title=title)
