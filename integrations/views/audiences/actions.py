"""What the buttons of an audience do: run, pause, let removals go, make again, find lookalikes."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from analytics.charts.scale import figure
from cdp.exceptions import RegularsError
from cdp.models import User
from cdp.pages import page, user_of
from integrations.connecting.connections import declared
from integrations.lookalikes import LookalikeRefused, ask_for_lookalike
from integrations.models import Audience, AudienceState, RunKind
from integrations.sync.requests import (
    ask_for_run,
    pause,
    recreate,
    release_removals,
    resume,
)
from integrations.views.audiences.detail import show_ledger
from integrations.views.audiences.forms import LookalikeForm
from integrations.views.audiences.frame import audience_of


class Deed(Protocol):
    """Something that is done to an audience by a user at a moment."""

    def __call__(self, audience: Audience, *, now: datetime, user: User | None) -> object:
        """Do it, or raise an error with what is in the way."""


# What a button asks for; what is graver has a page that asks first.
_STARTED = {
    RunKind.SYNC: gettext_lazy("“%(name)s” is being brought up to date."),
    RunKind.DRY_RUN: gettext_lazy("The dry run has been asked for; it sends nothing."),
    RunKind.FULL: gettext_lazy("Everybody in “%(name)s” is sent again."),
    RunKind.COMPARE: gettext_lazy("“%(name)s” is being compared with the service."),
}


@page("integrations.change_audience")
@require_POST
def start(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Ask for a run of the kind that the button names."""
    audience = audience_of(pk)
    kind = request.POST.get("kind", "")
    if kind not in _STARTED:
        messages.error(request, _("Choose what to do with the audience."))
    else:
        said = _STARTED[RunKind(kind)] % {"name": audience.outside_name}
        begin(request, audience, RunKind(kind), said=said)
    return redirect("audiences:detail", pk)


def begin(request: HttpRequest, audience: Audience, kind: RunKind, *, said: str) -> bool:
    """Ask for a run and say so, or why it cannot be; return whether it will."""
    if audience.state in (AudienceState.ENDED, AudienceState.STOPPED):
        words = _("Nothing can be sent: “%(name)s” is %(state)s.")
        state = AudienceState(audience.state).label
        messages.error(request, words % {"name": audience.outside_name, "state": state})
        return False
    try:
        ask_for_run(audience, kind, now=timezone.now(), user=user_of(request))
    except RegularsError as error:
        messages.error(request, str(error))
        return False
    messages.success(request, said)
    return True


@page("integrations.change_audience")
@require_POST
def pause_it(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Let nobody enter until it is resumed."""
    audience = audience_of(pk)
    said = _("“%(name)s” is paused. Whoever withdraws consent or is erased is still taken out.")
    _do(request, audience, pause, said)
    return redirect("audiences:detail", pk)


@page("integrations.change_audience")
@require_POST
def resume_it(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Follow the segment again, from where it stopped."""
    audience = audience_of(pk)
    _do(request, audience, resume, _("“%(name)s” follows its segment again."))
    return redirect("audiences:detail", pk)


@page("integrations.change_audience")
@require_POST
def release(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Let the removals go that were held back, if they are still as many as was shown."""
    audience = audience_of(pk)
    if request.POST.get("count") != str(audience.held_removals) or not audience.held_removals:
        messages.warning(
            request, _("The figure has changed meanwhile. Look at it and decide again.")
        )
        return redirect("audiences:detail", pk)
    said = ngettext(
        "%(count)s removal is let go.", "%(count)s removals are let go.", audience.held_removals
    ) % {"count": figure(audience.held_removals)}
    _do(request, audience, release_removals, said)
    return redirect("audiences:detail", pk)


@page("integrations.change_audience")
@require_POST
def again(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Make an audience anew that was deleted over there, and send everybody."""
    audience = audience_of(pk)
    _do(request, audience, recreate, _("“%(name)s” is made again over there; everybody is sent."))
    return redirect("audiences:detail", pk)


@page("integrations.change_audience")
@require_POST
def lookalike(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Have an audience of people who resemble ours made over there, by a job."""
    audience = audience_of(pk)
    form = LookalikeForm(request.POST)
    if not declared(audience.connection).makes_lookalikes:
        messages.error(request, _("This service makes no lookalikes."))
        return redirect("audiences:detail", pk)
    if form.is_valid():
        try:
            ask_for_lookalike(
                audience,
                country=form.cleaned_data["country"],
                percent=form.cleaned_data["percent"],
                user=user_of(request),
                now=timezone.now(),
            )
        except LookalikeRefused as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("The lookalike is being made."))
            return redirect("audiences:detail", pk)
    return show_ledger(request, audience, lookalike_form=form, status=400)


def _do(request: HttpRequest, audience: Audience, deed: Deed, said: str) -> None:
    """Do something to the audience and say so, or why it cannot be."""
    try:
        deed(audience, now=timezone.now(), user=user_of(request))
    except RegularsError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, said % {"name": audience.outside_name})
