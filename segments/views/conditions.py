"""The conditions of a segment: as a sentence, row by row with what each does, and as JSON."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _

from analytics.charts.scale import place
from analytics.clock import effective_now
from cdp.bulk.deadline import DeadlinePassed
from cdp.exceptions import RegularsError
from cdp.models import Shop
from cdp.pages import is_fragment, page
from segments.criteria import criteria
from segments.definitions import definition_of, to_json
from segments.dependencies import depends_on_day
from segments.drafting.row_effects import RowEffect, row_effects
from segments.exceptions import SegmentError
from segments.models import Condition, Segment, SegmentType
from segments.rows import understand
from segments.views.tabs import segment_of, show_tab


@dataclass(frozen=True)
class ShownRow:
    """A condition row in words, or what is wrong with it, and what it does once that is counted."""

    condition: Condition
    criterion: str
    sentence: str
    problem: str
    notices: tuple[str, ...]
    records: tuple[str, ...] = ()
    effect: RowEffect | None = None
    width: str = "0"


@page("segments.view_segment")
def conditions(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Show the rows; what each does is counted afterwards, or by a link."""
    segment = segment_of(pk)
    now = timezone.now()
    context = _rows(segment, now=now, is_counted="effects" in request.GET)
    return show_tab(
        request, "segments/conditions.html", segment, context, tab="conditions", now=now
    )


@page("segments.view_segment")
def effects(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Give the rows with what each does, for the tab that waits for it."""
    segment = segment_of(pk)
    now = timezone.now()
    context = _rows(segment, now=now, is_counted=True)
    if is_fragment(request):
        return render(request, "segments/_rows.html", {"segment": segment, **context})
    return show_tab(
        request, "segments/conditions.html", segment, context, tab="conditions", now=now
    )


def _rows(segment: Segment, *, now: datetime, is_counted: bool) -> dict[str, object]:
    shown = [_row(condition) for condition in segment.conditions.all()]
    problem = ""
    if is_counted and shown and segment.type == SegmentType.DYNAMIC:
        try:
            counted = row_effects(segment, now=effective_now(now))
        except DeadlinePassed:
            problem = _(
                "This is a large question: counting each of its rows took too long and was "
                "stopped. The members are not touched by that."
            )
        except SegmentError as error:
            problem = str(error)
        else:
            largest = max(max(effect.alone, effect.after) for effect in counted)
            shown = [
                replace(row, effect=effect, width=place(100 * effect.after / max(largest, 1)))
                for row, effect in zip(shown, counted, strict=True)
            ]
    is_dynamic = segment.type == SegmentType.DYNAMIC
    return {
        "shown_rows": shown,
        "counting_problem": problem,
        "is_counted": is_counted,
        "depends_on_day": depends_on_day(segment),
        "definition": to_json(definition_of(segment)) if is_dynamic else "",
    }


def _row(condition: Condition) -> ShownRow:
    key = condition.criterion
    label = str(criteria.get(key).label) if key in criteria else key
    try:
        row = understand(condition)
    except RegularsError as error:
        return ShownRow(condition, label, "", str(error), ())
    said = row.describe(currency=Shop.objects.current().currency)
    return ShownRow(condition, label, said, "", tuple(row.notices()), tuple(row.track_record()))
