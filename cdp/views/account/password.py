"""The page on which users change their own password."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.forms import PasswordChangeForm
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters

from cdp.pages import page, show, user_of
from cdp.users import note
from cdp.views.account.fields import RulesAtFirstField, checked_password, dress


class OwnPasswordForm(RulesAtFirstField, PasswordChangeForm):
    """Asks for the old password, which counts as a failed log-in when wrong, and the new one."""

    def __init__(self, request: HttpRequest) -> None:
        super().__init__(user_of(request), request.POST if request.method == "POST" else None)
        self.request = request
        dress(self)
        self.fields["old_password"].widget.attrs.pop("autofocus", None)

    def clean_old_password(self) -> str:
        """Refuse a wrong password."""
        return checked_password(self.request, self.cleaned_data["old_password"])


@sensitive_post_parameters()
@page("")
def change(request: HttpRequest) -> HttpResponseBase:
    """Ask for the old password and the new one; other sessions of the user end."""
    user = user_of(request)
    form = OwnPasswordForm(request)
    if form.is_valid():
        form.save()
        update_session_auth_hash(request, form.user)
        note(user, "password changed", by=user, now=timezone.now())
        messages.success(
            request, _("Your password was changed. Everywhere else you are logged out.")
        )
        return redirect("account:profile")
    return show(
        request, "cdp/account/password.html", {"form": form}, title=_("Change your password")
    )
