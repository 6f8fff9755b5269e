"""The pages on which users ask for a code at log-in, get recovery codes, and stop it."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_otp import login as remember_device

from cdp import second_factor
from cdp.models import User
from cdp.pages import page, show, user_of
from cdp.sessions import end_sessions
from cdp.users import note
from cdp.views.account.fields import PasswordAgainForm, code_field, dress
from cdp.views.account.log_in import wrong_code


class FirstCodeForm(forms.Form):
    """Asks for the first code, which proves that the app has taken the secret."""

    code = code_field(
        gettext_lazy("Code from the app"), gettext_lazy("Six digits, new every 30 seconds.")
    )

    def __init__(self, data: object = None) -> None:
        super().__init__(data)  # type: ignore[arg-type]
        dress(self)


@page("")
def set_up(request: HttpRequest) -> HttpResponseBase:
    """Show the secret, and ask for a code from now on once the first one is right."""
    user, now = user_of(request), timezone.now()
    if second_factor.needs_code(user):
        return redirect("account:profile")
    device = second_factor.begin(user)
    form = FirstCodeForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        confirmed = second_factor.confirm(user, form.cleaned_data["code"])
        if confirmed is not None:
            remember_device(request, confirmed)
            end_sessions(user, now=now, but=request.session.session_key)
            note(user, "two-step log-in set up", by=user, now=now)
            return _show_codes(request, user)
        form.add_error("code", wrong_code(user, now=now))
    content = {
        "form": form,
        "secret": second_factor.secret(device),
        "image": second_factor.qr_image(device),
        "address": device.config_url,
    }
    return show(request, "cdp/account/two_step.html", content, title=_("Set up two-step log-in"))


@page("")
def recovery_codes(request: HttpRequest) -> HttpResponseBase:
    """Make new recovery codes for whoever gives the password."""
    user, now = user_of(request), timezone.now()
    if not second_factor.needs_code(user):
        return redirect("account:profile")
    form = PasswordAgainForm(request)
    if form.is_valid():
        note(user, "recovery codes renewed", by=user, now=now)
        return _show_codes(request, user)
    content = {
        "form": form,
        "lead": _("New recovery codes replace the ones you have; the old ones stop working."),
        "button": _("Make new recovery codes"),
    }
    title = _("New recovery codes")
    return show(request, "cdp/account/password_again.html", content, title=title)


@page("")
def remove(request: HttpRequest) -> HttpResponseBase:
    """Stop asking for a code, for whoever gives the password."""
    user, now = user_of(request), timezone.now()
    if not second_factor.needs_code(user):
        return redirect("account:profile")
    form = PasswordAgainForm(request)
    if form.is_valid():
        second_factor.remove(user)
        note(user, "two-step log-in removed", by=user, now=now)
        messages.success(request, _("From now on your password alone lets you in."))
        return redirect("account:profile")
    content = {
        "form": form,
        "lead": _("Without two-step log-in, whoever knows your password can log in as you."),
        "button": _("Stop asking for a code"),
    }
    title = _("Stop two-step log-in")
    return show(request, "cdp/account/password_again.html", content, title=title)


def _show_codes(request: HttpRequest, user: User) -> HttpResponseBase:
    content = {"codes": second_factor.renew_recovery_codes(user)}
    return show(request, "cdp/account/recovery_codes.html", content, title=_("Your recovery codes"))
