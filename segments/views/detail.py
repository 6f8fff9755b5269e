"""The overview of a segment: its size over time, its figures beside the shop's, who is in it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _

from analytics.charts import (
    BarChart,
    ColumnChart,
    LineChart,
    Series,
    bar_chart,
    column_chart,
    line_chart,
)
from cdp.models import Shop
from cdp.pages import is_fragment, page
from segments.figures.leaving import stage_forecasts
from segments.figures.metrics import Metrics, Part, is_quick, metrics_of
from segments.figures.overlaps import overlaps_of
from segments.figures.sizes import sizes_of, told_changes
from segments.models import Segment, SegmentRun, SegmentSize
from segments.views.tabs import segment_of, show_tab

RUNS_SHOWN = 5


@page("segments.view_segment")
def overview(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Show the overview. Figures of a large segment follow by themselves, or by a link."""
    segment = segment_of(pk)
    now = timezone.now()
    sizes = sizes_of(segment)
    context: dict[str, object] = {
        "sizes": sizes,
        "size_chart": _size_chart(sizes),
        "flow_chart": _flow_chart(sizes),
        "runs": _changes(segment),
    }
    if "figures" in request.GET or is_quick(segment):
        context |= _figures(segment, now=now)
    if "overlap" in request.GET:
        context["overlaps"] = overlaps_of(segment)
    return show_tab(request, "segments/overview.html", segment, context, tab="overview", now=now)


@page("segments.view_segment")
def figures(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Give the figures alone, for the overview that waits for them."""
    segment = segment_of(pk)
    now = timezone.now()
    context = {
        "segment": segment,
        "shop": Shop.objects.current(),
        **_figures(segment, now=now),
    }
    if is_fragment(request):
        return render(request, "segments/_figures.html", context)
    return show_tab(request, "segments/figures.html", segment, context, tab="overview", now=now)


@page("segments.view_segment")
def overlap(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Give the segments that share members with this one."""
    segment = segment_of(pk)
    context = {"segment": segment, "overlaps": overlaps_of(segment)}
    if is_fragment(request):
        return render(request, "segments/_overlap.html", context)
    return show_tab(
        request, "segments/overlap.html", segment, context, tab="overview", now=timezone.now()
    )


def _size_chart(sizes: Sequence[SegmentSize]) -> LineChart:
    return line_chart(
        [
            Series(_("Members"), [(size.local_date, size.member_count) for size in sizes]),
            Series(
                _("of them may be mailed"),
                [(size.local_date, size.mailable_count) for size in sizes],
            ),
        ],
        title=_("Members over time"),
    )


def _flow_chart(sizes: Sequence[SegmentSize]) -> ColumnChart:
    # Beside a day on which everybody entered no other could be seen.
    days = told_changes(sizes)
    return column_chart(
        [(size.local_date, size.entered_count, size.left_count) for size in days],
        title=_("Entered and left"),
        above=_("entered"),
        below=_("left"),
    )


def _changes(segment: Segment) -> list[SegmentRun]:
    """Return the last evaluations after which the members were others than before."""
    runs = SegmentRun.objects.filter(segment=segment, finished_at__isnull=False)
    return list(runs.exclude(entered_count=0, left_count=0)[:RUNS_SHOWN])


def _figures(segment: Segment, *, now: datetime) -> dict[str, object]:
    metrics = metrics_of(segment)
    return {
        "metrics": metrics,
        "total": metrics.segment.total,
        "measures": metrics.measures(),
        "breakdowns": _breakdowns(metrics),
        "forecasts": stage_forecasts(segment, now=now),
    }


def _breakdowns(metrics: Metrics) -> list[tuple[BarChart, list[Part]]]:
    found = []
    for title, parts in (
        (_("By importance"), metrics.importances()),
        (_("By life cycle"), metrics.life_cycles()),
        (_("By churn risk"), metrics.churn_risks()),
        (_("By country"), metrics.countries()),
    ):
        if not parts:
            continue
        bars = [(part.label, part.customer_count) for part in parts]
        found.append((bar_chart(bars, title=title, unit=_("customers")), parts))
    return found
