"""Making an audience and changing its settings: whom it reaches is said before it is stored."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from cdp.pages import page, show, user_of
from integrations.audiences import free_name, store_audience
from integrations.connecting.connections import declared
from integrations.models import Audience, Connection
from integrations.models.audience import LARGEST_HOLDOUT
from integrations.reach import Reach, reach_of
from integrations.views.audiences.forms import AudienceForm, PairForm
from integrations.views.audiences.frame import audience_of, show_audience
from segments.models import Segment

# The button that counts anew where no script does it.
COUNT = "count"


@page("integrations.add_audience")
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponseBase:
    """Ask which segment is kept where, say whom that reaches, then make it."""
    given = request.POST if request.method == "POST" else request.GET
    asked = {name: given[name] for name in ("segment", "connection") if given.get(name)}
    connections = list(Connection.objects.all()[:2])
    if len(connections) == 1:
        asked.setdefault("connection", str(connections[0].pk))
    pair = PairForm(asked if len(asked) == 2 else None, initial=asked)
    if not pair.is_bound or not pair.is_valid():
        return _ask_for_pair(request, pair, has_connections=bool(connections))
    audience = Audience(
        segment=pair.cleaned_data["segment"], connection=pair.cleaned_data["connection"]
    )
    if request.method != "POST":
        audience.outside_name = free_name(audience)
    form = AudienceForm(request.POST if request.method == "POST" else None, instance=audience)
    is_counting = COUNT in request.POST
    if request.method == "POST" and not is_counting and form.is_valid():
        store_audience(audience, user=user_of(request), now=timezone.now())
        words = _(
            "“%(name)s” is set up; nothing has been sent yet. A dry run shows who would be sent."
        )
        messages.success(request, words % {"name": audience.outside_name})
        return redirect("audiences:detail", audience.pk)
    context = {
        "form": form,
        "audience": audience,
        "destination": form.destination,
        "reach": _reach(audience, given.get("holdout_percent", "")),
    }
    return show(request, "audiences/new.html", context, title=_("New audience"))


def _ask_for_pair(
    request: HttpRequest, pair: PairForm, *, has_connections: bool
) -> HttpResponseBase:
    context = {
        "form": pair,
        "has_connections": has_connections,
        "has_segments": Segment.objects.filter(is_archived=False).exists(),
    }
    return show(request, "audiences/pair.html", context, title=_("New audience"))


@page("integrations.add_audience")
@require_safe
def reach(request: HttpRequest) -> HttpResponseBase:
    """Say whom a segment would reach at a connection, with a share kept out: a part of a page."""
    pair = PairForm(request.GET)
    if not pair.is_valid() and pair.existing is None:
        return HttpResponse(_("Choose a segment and a connection first."), status=400)
    audience = Audience(
        segment=pair.cleaned_data["segment"], connection=pair.cleaned_data["connection"]
    )
    found = _reach(audience, request.GET.get("holdout_percent", ""))
    destination = declared(audience.connection)
    context = {"reach": found, "audience": audience, "destination": destination}
    return HttpResponse(render_to_string("audiences/_reach.html", context, request))


def _reach(audience: Audience, percent: str) -> Reach:
    """Return whom the audience reaches with a share typed into the form; wrong ones count as 0."""
    share = int(percent) if percent.isdecimal() and len(percent) < 4 else audience.holdout_percent
    kept = audience.holdout_percent
    audience.holdout_percent = min(share, LARGEST_HOLDOUT)
    try:
        return reach_of(audience)
    finally:
        audience.holdout_percent = kept


@page("integrations.change_audience")
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Change the settings; they count from the next run on."""
    audience = audience_of(pk)
    form = AudienceForm(request.POST if request.method == "POST" else None, instance=audience)
    if form.is_bound and form.is_valid():
        store_audience(audience, user=user_of(request), now=timezone.now())
        messages.success(request, _("The settings are stored; they count from the next run on."))
        return redirect("audiences:detail", audience.pk)
    return show_audience(
        request, "audiences/edit.html", audience_of(pk), {"form": form}, tab="edit"
    )
