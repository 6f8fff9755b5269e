"""Segments worth having, with their sizes, and one click to create them."""

from __future__ import annotations

from datetime import datetime

from django.contrib import messages
from django.core.cache import cache
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from analytics.clock import effective_now, latest_refresh
from cdp.models import Shop
from cdp.pages import is_fragment, page, show, user_of
from segments.compiler import shop_time
from segments.models import Segment
from segments.refreshing import refresh_segments
from segments.sentences import sentence
from segments.storing import compare, store
from segments.suggestions import Suggestion, suggestions

KEPT_SECONDS = 10 * 60


@page("segments.view_segment")
def suggested(request: HttpRequest) -> HttpResponseBase:
    """Show what suits this shop, with counts; a page that would have to wait gets them later."""
    now = timezone.now()
    proposals = cache.get(_key(now))
    if proposals is None and (is_fragment(request) or "now" in request.GET):
        proposals = _proposals(now)
    context = {} if proposals is None else _shown(proposals)
    if is_fragment(request):
        return render(request, "segments/_suggested.html", context)
    return show(request, "segments/suggested.html", context, title=_("Suggested segments"))


@page("segments.add_segment")
@require_POST
def create(request: HttpRequest) -> HttpResponseBase:
    """Create the suggested segments that were chosen, or all that are missing, and compute them."""
    now = timezone.now()
    chosen = set(request.POST.getlist("name"))
    stored = set(Segment.objects.values_list("name", flat=True))
    wanted = [
        proposal.definition
        for proposal in _proposals(now)
        if proposal.definition.name not in stored
        and ("all" in request.POST or proposal.definition.name in chosen)
    ]
    created = store(compare(wanted), now=now)
    Segment.objects.filter(pk__in=[one.pk for one in created]).update(owner=user_of(request))
    refresh_segments(now=now, segments=created)
    if not created:
        messages.info(request, _("Nothing was created: it exists already."))
        return redirect("segments:list")
    messages.success(
        request,
        ngettext("%(count)s segment was created.", "%(count)s segments were created.", len(created))
        % {"count": len(created)},
    )
    if len(created) == 1:
        return redirect("segments:detail", pk=created[0].pk)
    return redirect("segments:list")


def _key(now: datetime) -> str:
    refresh = latest_refresh()
    day = shop_time(effective_now(now)).date()
    return f"suggestions:{refresh.pk if refresh else 0}:{day}:{get_language()}"


def _proposals(now: datetime) -> list[Suggestion]:
    """Return the suggestions, counted at most once in a while: that takes long in a large shop."""
    found: list[Suggestion] | None = cache.get(_key(now))
    if found is None:
        found = suggestions(now=now)
        cache.set(_key(now), found, timeout=KEPT_SECONDS)
    return found


def _shown(proposals: list[Suggestion]) -> dict[str, object]:
    """Return the proposals with their sentences and the keys of those that exist."""
    currency = Shop.objects.current().currency
    stored = dict(Segment.objects.values_list("name", "pk"))
    shown = [
        (
            proposal,
            sentence([row.understood for row in proposal.definition.rows], currency=currency),
            stored.get(proposal.definition.name),
        )
        for proposal in proposals
    ]
    return {
        "proposals": shown,
        "missing_count": sum(key is None for _proposal, _sentence, key in shown),
    }
