"""The frame around every tab of a segment: what it asks for, how fresh it is, what can be done."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404

from cdp.jobs.heartbeat import pulse
from cdp.jobs.progress import lacks_worker
from cdp.models import Job, Shop
from cdp.pages import show
from segments.dependencies import segments_with_rows
from segments.figures.freshness import freshness_of
from segments.figures.uses import uses_of
from segments.models import Segment, SegmentType
from segments.sentences import sentence_of


def segment_of(pk: int) -> Segment:
    """Return the segment of an address with its rows, or answer that there is none."""
    return get_object_or_404(segments_with_rows(), pk=pk)


def show_tab(
    request: HttpRequest,
    template: str,
    segment: Segment,
    context: Mapping[str, object] | None = None,
    *,
    tab: str,
    now: datetime,
) -> HttpResponseBase:
    """Return a tab of the segment; the template extends `segments/segment.html`."""
    shop = Shop.objects.current()
    job = Job.objects.live().filter(kind="refresh_segments", target=str(segment.pk)).first()
    sign = None if job is None else pulse(now=now)
    frame = {
        "segment": segment,
        "tab": tab,
        "sentence": sentence_of(segment, currency=shop.currency),
        "freshness": freshness_of(segment, now=now),
        "uses": uses_of(segment),
        "is_dynamic": segment.type == SegmentType.DYNAMIC,
        "refresh_job": job,
        "pulse": sign,
        "lacks_worker": job is not None and sign is not None and lacks_worker([job], sign, now=now),
    }
    return show(request, template, {**frame, **(context or {})}, title=segment.name)
