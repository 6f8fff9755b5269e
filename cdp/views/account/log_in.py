"""The way in: user name and password, then a code for those who want one asked, then the site."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import cast

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.auth import login
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.models import AbstractBaseUser
from django.contrib.auth.views import LoginView
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from cdp import lockouts, second_factor
from cdp.models import User
from cdp.views.account.fields import code_field, dress

BACKEND = "django.contrib.auth.backends.ModelBackend"
HALF_WAY = "half_way_in"
HALF_WAY_LIMIT = timedelta(minutes=5)


@dataclass(frozen=True)
class HalfWay:
    """What a session remembers of somebody who gave the right password and still owes a code."""

    user: int
    password: str
    until: float
    target: str


class LogInForm(AuthenticationForm):
    """User name and password; one message whatever was wrong, so that no name can be found out."""

    error_messages = {
        "invalid_login": gettext_lazy(
            "This user name and password do not belong together. Upper and lower case count. "
            "If you have forgotten them, ask an administrator of Regulars for a new link."
        ),
        "inactive": AuthenticationForm.error_messages["inactive"],
    }

    def __init__(self, request: HttpRequest | None = None, *args: object, **kwargs: object) -> None:
        super().__init__(request, *args, **kwargs)
        self.fields["username"].label = _("User name")
        dress(self)

    def confirm_login_allowed(self, user: AbstractBaseUser) -> None:
        """Refuse users that are not for this site in the same words as a wrong password."""
        if not user.is_active or not cast("User", user).is_staff:
            raise self.get_invalid_login_error()


@method_decorator(never_cache, name="dispatch")
class LogIn(LoginView):
    """Asks for user name and password."""

    template_name = "cdp/account/log_in.html"
    authentication_form = LogInForm
    extra_context = {"title": gettext_lazy("Log in")}

    def get(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        """Spare those who are in already."""
        if admin.site.has_permission(request):
            return redirect(self.get_success_url())
        return super().get(request, *args, **kwargs)

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        """Let the user in, or ask for the code."""
        user = cast("User", form.get_user())
        if not second_factor.needs_code(user):
            return super().form_valid(form)
        half_way = HalfWay(
            user=user.pk,
            password=user.get_session_auth_hash(),
            until=(timezone.now() + HALF_WAY_LIMIT).timestamp(),
            target=self.get_success_url(),
        )
        self.request.session[HALF_WAY] = asdict(half_way)
        return redirect("account:code")


class CodeForm(forms.Form):
    """Asks for a code."""

    code = code_field(
        gettext_lazy("Code"),
        gettext_lazy(
            "The six digits that your authenticator app shows now, or one of your recovery codes."
        ),
    )

    def __init__(self, data: object = None) -> None:
        super().__init__(data)  # type: ignore[arg-type]
        dress(self)
        self.fields["code"].widget.attrs["autofocus"] = True


@never_cache
@sensitive_post_parameters("code")
@require_http_methods(["GET", "POST"])
def code(request: HttpRequest) -> HttpResponse:
    """Ask whoever gave the right password for the code."""
    now = timezone.now()
    half_way, user = _half_way(request, now=now)
    if half_way is None or user is None:
        request.session.pop(HALF_WAY, None)
        messages.info(request, _("Please begin again with your user name and password."))
        return redirect("admin:login")
    form = CodeForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        device = second_factor.verify(user, form.cleaned_data["code"])
        if device is not None:
            request.session.pop(HALF_WAY, None)
            user.otp_device = device  # type: ignore[attr-defined]
            login(request, user, backend=BACKEND)
            return redirect(half_way.target)
        form.add_error("code", wrong_code(user, now=timezone.now()))
    return render(request, "cdp/account/code.html", {"form": form, "title": _("Enter your code")})


def wrong_code(user: User, *, now: datetime) -> str:
    """Say that a code was not taken, and when the next one will be looked at."""
    seconds = second_factor.seconds_to_wait(user, now=now)
    if seconds <= 1:
        return _("This code is wrong, or was used before. Enter the next one your app shows.")
    return ngettext(
        "This code is wrong, or came too soon after a wrong one. Wait %(count)d second, then enter "
        "the code your app shows.",
        "This code is wrong, or came too soon after a wrong one. Wait %(count)d seconds, then "
        "enter the code your app shows.",
        seconds,
    ) % {"count": seconds}


def locked_out(
    request: HttpRequest, response: HttpResponse | None, credentials: dict[str, str] | None
) -> HttpResponse:
    """Say that too many tries have failed; the same words whether there is such a user or not."""
    minutes = lockouts.minutes_left(
        (credentials or {}).get("username", ""),
        getattr(request, "axes_ip_address", None),
        now=timezone.now(),
    )
    said = {"title": _("Too many failed tries"), "minutes": minutes}
    said["failures"] = settings.AXES_FAILURE_LIMIT
    answer = render(request, "cdp/account/locked.html", said, status=429)
    answer["Retry-After"] = str(minutes * 60)
    return answer


def _half_way(request: HttpRequest, *, now: datetime) -> tuple[HalfWay | None, User | None]:
    """Return whose code is awaited, if the password was given a moment ago and is still theirs."""
    kept = request.session.get(HALF_WAY)
    if kept is None:
        return None, None
    half_way = HalfWay(**kept)
    user = cast("User | None", ModelBackend().get_user(half_way.user))
    is_theirs = user is not None and constant_time_compare(
        user.get_session_auth_hash(), half_way.password
    )
    return half_way, user if is_theirs and now.timestamp() < half_way.until else None
