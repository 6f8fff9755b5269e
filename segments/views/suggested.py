"""Segments worth having, with their sizes, and one click to create them."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from cdp.models import Shop
from cdp.pages import is_fragment, page, show, user_of
from segments.models import Segment
from segments.refreshing import refresh_segments
from segments.sentences import sentence
from segments.storing import compare, store
from segments.suggestions import suggestions


@page("segments.view_segment")
def suggested(request: HttpRequest) -> HttpResponseBase:
    """Show what suits this shop, with counts; as a part of another page without the frame."""
    currency = Shop.objects.current().currency
    stored = dict(Segment.objects.values_list("name", "pk"))
    proposals = [
        (
            proposal,
            sentence([row.understood for row in proposal.definition.rows], currency=currency),
            stored.get(proposal.definition.name),
        )
        for proposal in suggestions(now=timezone.now())
    ]
    context = {
        "proposals": proposals,
        "missing_count": sum(key is None for _proposal, _sentence, key in proposals),
    }
    if is_fragment(request):
        return render(request, "segments/_suggested.html", context)
    return show(request, "segments/suggested.html", context, title=_("Suggested segments"))


@page("segments.add_segment")
@require_POST
def create(request: HttpRequest) -> HttpResponseBase:
    """Create the suggested segments that were chosen, or all that are missing, and compute them."""
    now = timezone.now()
    chosen = set(request.POST.getlist("name"))
    missing = [proposal.definition for proposal in suggestions(now=now) if not proposal.is_stored]
    wanted = [one for one in missing if "all" in request.POST or one.name in chosen]
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
