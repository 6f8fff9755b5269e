"""The tab that says at which services outside a segment is kept, and how it stands there."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone
from django.views.decorators.http import require_safe

from cdp.pages import page
from integrations.audience_words import Standing, standing_of
from integrations.ledger import Counts, counts_of
from integrations.models import Audience, AudienceState, Connection
from segments.views.tabs import segment_of, show_tab

TAB = "destinations"


@dataclass(frozen=True)
class Mirror:
    """An audience that is kept equal to the segment."""

    audience: Audience
    standing: Standing
    counts: Counts


@page("integrations.view_audience")
@require_safe
def destinations(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Show the audiences fed by the segment; those that have ended are left out."""
    segment = segment_of(pk)
    live = Audience.objects.filter(segment=segment).exclude(state=AudienceState.ENDED)
    audiences = list(
        live.select_related("segment", "connection").order_by("connection__name", "outside_name")
    )
    counts = counts_of(audiences)
    context = {
        "audiences": [Mirror(one, standing_of(one), counts[one.pk]) for one in audiences],
        "has_connections": Connection.objects.exists(),
    }
    return show_tab(
        request, "segments/destinations.html", segment, context, tab=TAB, now=timezone.now()
    )
