"""The pages that ask before everybody is replaced, and before an audience ends."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from cdp.exceptions import RegularsError
from cdp.pages import page, show, user_of
from integrations.audiences import end_in_place
from integrations.connecting.connections import declared
from integrations.ledger import counts_of
from integrations.models import Audience, AudienceState, RunKind
from integrations.reach import reach_of
from integrations.sync.requests import end
from integrations.views.audiences.actions import begin
from integrations.views.audiences.frame import audience_of

TAKE_OUT, LEAVE = "take_out", "leave"


@page("integrations.change_audience")
@require_http_methods(["GET", "HEAD", "POST"])
def replace(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Say what replacing everybody does to people we do not know, then do it."""
    audience = audience_of(pk)
    destination = declared(audience.connection)
    if request.method == "POST" and destination.can_replace:
        said = _("Everybody in “%(name)s” is replaced by those who belong in.")
        begin(request, audience, RunKind.REPLACE, said=said % {"name": audience.outside_name})
        return redirect("audiences:detail", pk)
    if not destination.can_replace:
        raise Http404
    context = {
        "audience": audience,
        "destination": destination,
        "counts": counts_of([audience])[audience.pk],
        "reach": reach_of(audience),
    }
    title = _("Replace everybody in “%(name)s”") % {"name": audience.outside_name}
    return show(request, "audiences/replace.html", context, title=title)


@page("integrations.change_audience")
@require_http_methods(["GET", "HEAD", "POST"])
def end_it(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Ask whether the people are taken out or left there, then end the audience."""
    audience = audience_of(pk)
    way = request.POST.get("way", "")
    if audience.state == AudienceState.ENDED:
        return redirect("audiences:detail", pk)
    if request.method == "POST" and way in (TAKE_OUT, LEAVE) and _ended(request, audience, way):
        return redirect("audiences:detail", pk)
    context = {
        "audience": audience,
        "destination": declared(audience.connection),
        "counts": counts_of([audience])[audience.pk],
        "error": _("Choose one of the two ways.") if request.method == "POST" and not way else "",
    }
    title = _("End “%(name)s”") % {"name": audience.outside_name}
    return show(request, "audiences/end.html", context, title=title)


def _ended(request: HttpRequest, audience: Audience, way: str) -> bool:
    now, user = timezone.now(), user_of(request)
    try:
        if way == TAKE_OUT:
            end(audience, now=now, user=user)
        else:
            end_in_place(audience, now=now, user=user)
    except RegularsError as error:
        messages.error(request, str(error))
        return False
    said = (
        _("Everybody is being taken out of “%(name)s”; then it has ended.")
        if way == TAKE_OUT
        else _("“%(name)s” has ended. Whoever is in it stays there.")
    )
    messages.success(request, said % {"name": audience.outside_name})
    return True
