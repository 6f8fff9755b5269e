"""The page behind a link with which somebody chooses a password."""

from __future__ import annotations

from typing import cast

from django.contrib import messages
from django.contrib.auth.forms import SetPasswordForm
from django.contrib.auth.views import PasswordResetConfirmView
from django.http import HttpResponse
from django.urls import reverse_lazy
from django.utils import timezone
from django.utils.translation import gettext as _

from cdp import lockouts
from cdp.models import User
from cdp.users import note, password_links
from cdp.views.account.fields import RulesAtFirstField, dress


class NewPasswordForm(RulesAtFirstField, SetPasswordForm):
    """Asks for the new password twice."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        dress(self)


class SetPassword(PasswordResetConfirmView):
    """Checks the link, then asks; the secret leaves the address before anything is shown."""

    template_name = "cdp/account/set_password.html"
    form_class = NewPasswordForm
    token_generator = password_links
    reset_url_token = "choose"  # noqa: S105 - a word in an address
    success_url = reverse_lazy("admin:login")

    def get_context_data(self, **kwargs: object) -> dict[str, object]:
        """Say which of the two pages this is."""
        title = _("Choose a password") if self.validlink else _("This link does not work")
        return {**super().get_context_data(**kwargs), "title": title}

    def form_valid(self, form: SetPasswordForm) -> HttpResponse:
        """Store the password and let the user try it at once."""
        answer = super().form_valid(form)
        user = cast("User", form.user)
        lockouts.unlock(user.get_username())
        note(user, "password chosen by link", by=user, now=timezone.now())
        messages.success(
            self.request,
            _("Your password is set. Log in as %(name)s.") % {"name": user.get_username()},
        )
        return answer
