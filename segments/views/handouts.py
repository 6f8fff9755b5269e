"""The tab from which a segment's members leave the house: files and secret links."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cdp.models import Shop
from cdp.pages import page, user_of
from segments.exceptions import SegmentError
from segments.handouts.exporting import start_export, state_of, visible_exports
from segments.handouts.link_log import LinkUse, uses_of
from segments.handouts.links import (
    LinkState,
    columns_of,
    last_day_of,
    links_of,
    make_link,
    revoke_link,
    rotate_link,
    states_of,
)
from segments.models import SecretLink, Segment, SegmentType
from segments.views.handout_forms import ExportForm, LinkForm
from segments.views.tabs import segment_of, show_tab

TAB = "handouts"
SHOWN_EXPORTS = 10
READS_PER_PAGE = 50


@dataclass(frozen=True)
class ShownLink:
    """A link with what people want to know about it."""

    link: SecretLink
    state: LinkState
    use: LinkUse
    last_day: date | None


@page("cdp.export_customers")
@require_safe
def handouts(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Show what was handed out of a segment, and what can be."""
    form = ExportForm(user=user_of(request))
    return _overview(request, segment_of(pk), form, now=timezone.now())


@page("cdp.export_customers")
@require_POST
def start(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Begin to write a file of the members."""
    segment, user, now = segment_of(pk), user_of(request), timezone.now()
    form = ExportForm(request.POST, user=user)
    if form.is_valid():
        try:
            export = start_export(
                user=user,
                now=now,
                segment=segment,
                columns=form.cleaned_data["columns"],
                dialect=form.cleaned_data["dialect"],
            )
        except SegmentError as error:
            form.add_error(None, str(error))
        else:
            return redirect("segments:export", export.pk)
    return _overview(request, segment, form, now=now)


def _overview(
    request: HttpRequest, segment: Segment, form: ExportForm, *, now: datetime
) -> HttpResponseBase:
    exports = visible_exports(user_of(request)).filter(segment=segment).order_by("-pk")
    links = list(links_of(segment))
    context = {
        "form": form,
        "exports": [(export, state_of(export, now=now)) for export in exports[:SHOWN_EXPORTS]],
        "links": _shown(links, now=now),
        "export_days": settings.EXPORT_DAYS,
        "is_uncomputed": segment.type == SegmentType.DYNAMIC and segment.computed_at is None,
    }
    return _show(request, "segments/handouts.html", segment, context, now=now)


@page("cdp.export_customers")
@require_http_methods(["GET", "HEAD", "POST"])
def new_link(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Ask for whom a link is, make it and show its address this one time."""
    segment, user, now = segment_of(pk), user_of(request), timezone.now()
    form = LinkForm(
        request.POST if request.method == "POST" else None,
        user=user,
        segment_id=segment.pk,
        zone=Shop.objects.current().zone,
        now=now,
    )
    if form.is_bound and form.is_valid():
        try:
            link, secret = make_link(
                segment,
                user=user,
                now=now,
                label=form.cleaned_data["label"],
                columns=form.cleaned_data["columns"],
                format=form.cleaned_data["format"],
                expires_at=form.expires_at(),
            )
        except SegmentError as error:
            form.add_error(None, str(error))
        else:
            return _show_secret(request, segment, link, secret, now=now)
    return _show(request, "segments/handouts_new_link.html", segment, {"form": form}, now=now)


@page("cdp.export_customers")
@require_safe
def link(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Show a link: what it gives, whether it works, who read it when."""
    now = timezone.now()
    shown = _link(pk)
    reads = Paginator(shown.reads.order_by("-pk"), READS_PER_PAGE)
    context = {
        "shown": _shown([shown], now=now)[0],
        "columns": columns_of(shown),
        "rows": reads.get_page(request.GET.get("page")),
    }
    segment = segment_of(shown.segment_id)
    return _show(request, "segments/handouts_link.html", segment, context, now=now)


@page("cdp.export_customers")
@require_POST
def rotate(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Replace the secret of a link and show the new address this one time.

    The form says which secret its reader saw, so that sending it twice rotates once.
    """
    shown, now = _link(pk), timezone.now()
    try:
        if request.POST.get("hint") != shown.hint:
            raise SegmentError(
                _("The link “%(label)s” was rotated a moment ago.") % {"label": shown.label},
                hint=_("Rotate it again if its new address was not kept."),
            )
        rotated, secret = rotate_link(shown, user=user_of(request), now=now)
    except SegmentError as error:
        messages.error(request, str(error))
        return redirect("segments:link", pk)
    return _show_secret(request, segment_of(shown.segment_id), rotated, secret, now=now)


@page("cdp.export_customers")
@require_POST
def revoke(request: HttpRequest, pk: int) -> HttpResponseBase:
    """End a link for good."""
    shown = _link(pk)
    revoke_link(shown, user=user_of(request), now=timezone.now())
    words = _("The link for “%(label)s” is revoked. Its address gives nothing any more.")
    messages.success(request, words % {"label": shown.label})
    return redirect("segments:handouts", shown.segment_id)


def _shown(links: Sequence[SecretLink], *, now: datetime) -> list[ShownLink]:
    states, uses, zone = states_of(links, now=now), uses_of(links), Shop.objects.current().zone
    return [
        ShownLink(link, states[link.pk], uses[link.pk], last_day_of(link, zone)) for link in links
    ]


def _link(pk: int) -> SecretLink:
    return get_object_or_404(SecretLink.objects.select_related("segment", "user"), pk=pk)


def _show_secret(
    request: HttpRequest, segment: Segment, made: SecretLink, secret: str, *, now: datetime
) -> HttpResponseBase:
    """Show an address that nobody can look up again: in this answer, not kept in a session."""
    address = request.build_absolute_uri(reverse("links:read", args=[secret]))
    context = {
        "address": address,
        "columns": columns_of(made),
        "shown": _shown([made], now=now)[0],
    }
    response = _show(request, "segments/handouts_secret.html", segment, context, now=now)
    response["Referrer-Policy"] = "no-referrer"
    return response


def _show(
    request: HttpRequest,
    template: str,
    segment: Segment,
    context: Mapping[str, object],
    *,
    now: datetime,
) -> HttpResponseBase:
    """Show the tab without the refresh under way, whose end would load the page anew: that would
    lose what somebody chooses, or an address that is shown once.
    """
    still = {**context, "refresh_job": None}
    return show_tab(request, template, segment, still, tab=TAB, now=now)
