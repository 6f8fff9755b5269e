"""The history of a segment: its evaluations, who entered and left with each, who edited it."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponseBase
from django.utils import timezone

from cdp.models import AuditEntry
from cdp.pages import page
from segments.models import MembershipEvent, Segment, SegmentRun
from segments.views.tabs import segment_of, show_tab

ROWS_PER_PAGE = 50
ENTRIES_SHOWN = 30


@page("segments.view_segment")
def history(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Show the evaluations, the newest first, or only those that changed something."""
    segment = segment_of(pk)
    runs = SegmentRun.objects.filter(segment=segment)
    only_changes = request.GET.get("show") == "changes"
    if only_changes:
        runs = runs.exclude(entered_count=0, left_count=0, error="")
    return show_tab(
        request,
        "segments/history.html",
        segment,
        {
            "rows": Paginator(runs, ROWS_PER_PAGE).get_page(request.GET.get("page")),
            "only_changes": only_changes,
            "entries": _audited(segment),
        },
        tab="history",
        now=timezone.now(),
    )


@page("segments.view_segment")
def run(request: HttpRequest, pk: int, run: int) -> HttpResponseBase:
    """Show who entered or left with one evaluation."""
    segment = segment_of(pk)
    asked = SegmentRun.objects.filter(segment=segment, pk=run).first()
    if asked is None:
        raise Http404
    change = request.GET.get("change", "")
    if change not in MembershipEvent.Change.values:
        change = "entered" if asked.entered_count or not asked.left_count else "left"
    events = MembershipEvent.objects.filter(run=asked, change=change)
    rows = Paginator(events.select_related("customer").order_by("pk"), ROWS_PER_PAGE)
    return show_tab(
        request,
        "segments/run.html",
        segment,
        {"run": asked, "change": change, "rows": rows.get_page(request.GET.get("page"))},
        tab="history",
        now=timezone.now(),
    )


def _audited(segment: Segment) -> list[AuditEntry]:
    subject = f"segment {segment.pk}"
    entries = AuditEntry.objects.filter(Q(subject=subject) | Q(subject__endswith=f" of {subject}"))
    return list(entries[:ENTRIES_SHOWN])
