"""Parts of the builder that its script asks for: rows, results, and values to choose from."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from analytics.clock import effective_now
from cdp.models import Shop
from cdp.pages import page
from segments.compiler import shop_time
from segments.drafting.values import found
from segments.models import Segment
from segments.views.builder.inputs import Offer
from segments.views.builder.posted import draft_from, row_from, segment_names
from segments.views.builder.result import funnel_by_row, result_of
from segments.views.builder.shown import groups, shown_row


@page("segments.change_segment")
@require_POST
def row(request: HttpRequest) -> HttpResponseBase:
    """Answer one row with the fields that fit its criterion and operator now."""
    number = request.POST.get("number", "")
    wanted = int(number) if number.isdecimal() and len(number) < 7 else 0
    offer = Offer(
        Shop.objects.current().currency, request.POST.get("stored_name", "").replace("\x00", "")
    )
    draft = row_from(request.POST, wanted, segment_names())
    today = shop_time(effective_now(timezone.now())).date()
    shown = shown_row(draft, 1, offer, today=today)
    return render(request, "segments/builder/row.html", {"row": shown, "groups": groups()})


@page("segments.change_segment")
@require_POST
def preview(request: HttpRequest) -> HttpResponseBase:
    """Answer what the draft finds."""
    stored = _stored(request)
    draft = draft_from(request.POST, stored=stored)
    shop = Shop.objects.current()
    offer = Offer(shop.currency, draft.stored_name)
    result = result_of(draft, stored=stored, offer=offer, now=timezone.now())
    context = {"result": result, "draft": draft, "shop": shop, "stored": stored}
    return render(request, "segments/builder/result.html", context)


@page("segments.change_segment")
@require_POST
def funnel(request: HttpRequest) -> HttpResponseBase:
    """Answer what each row of the draft finds, alone and after those above it."""
    draft = draft_from(request.POST, stored=_stored(request))
    figures = funnel_by_row(draft, now=timezone.now())
    rows = [(f"c-{row.number}", figures.get(row.number)) for row in draft.rows]
    return render(request, "segments/builder/funnel.html", {"rows": rows, "draft": draft})


def _stored(request: HttpRequest) -> Segment | None:
    key = request.POST.get("segment", "")
    is_key = key.isdecimal() and len(key) < 19
    return get_object_or_404(Segment, pk=int(key)) if is_key else None


@page("segments.change_segment")
@require_GET
def values(request: HttpRequest) -> HttpResponseBase:
    """Answer the values of a list that contain what was typed, as options.

    Values of custom fields may tell who somebody is: they are for whoever may see that.
    """
    source = request.GET.get("source", "")
    is_allowed = source != "field_values" or request.user.has_perm("cdp.view_contact_data")
    query = request.GET.get("q", "") if is_allowed else ""
    choices = found(source if is_allowed else "", query=query, of=request.GET.get("of", ""))
    return render(request, "segments/builder/options.html", {"found": choices, "query": query})
