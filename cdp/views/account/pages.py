"""The account page: what users change about themselves."""

from __future__ import annotations

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from cdp import second_factor
from cdp.models import User
from cdp.pages import page, show, user_of
from cdp.sessions import end_sessions
from cdp.users import note, role_of
from cdp.views.account.fields import dress


def language_choices() -> list[tuple[str, object]]:
    """Return the languages of the pages; the first choice leaves it to the browser."""
    return [("", gettext_lazy("As the browser says")), *settings.LANGUAGES]


class ProfileForm(forms.ModelForm):
    """Name, e-mail and language."""

    language = forms.ChoiceField(
        label=gettext_lazy("Language"), choices=language_choices, required=False
    )

    class Meta:
        model = User
        fields = ("first_name", "last_name", "email", "language")
        labels = {
            "first_name": gettext_lazy("First name"),
            "last_name": gettext_lazy("Last name"),
            "email": gettext_lazy("E-mail"),
        }

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        dress(self)
        for name, filled in (
            ("first_name", "given-name"),
            ("last_name", "family-name"),
            ("email", "email"),
        ):
            self.fields[name].widget.attrs["autocomplete"] = filled


@page("")
def profile(request: HttpRequest) -> HttpResponseBase:
    """Show the account, and take changes of name, e-mail and language."""
    user = User.objects.prefetch_related("groups").get(pk=user_of(request).pk)
    if request.method == "POST":
        form = ProfileForm(request.POST, instance=user)
        if form.is_valid():
            form.save()
            with translation.override(user.language or translation.get_language()):
                messages.success(request, _("Your account was saved."))
            return redirect("account:profile")
    else:
        form = ProfileForm(instance=user)
    content = {
        "form": form,
        "account": user,
        "role": role_of(user),
        "has_code": second_factor.needs_code(user),
        "codes_left": second_factor.recovery_codes_left(user),
    }
    return show(request, "cdp/account/profile.html", content, title=_("Your account"))


@require_POST
@page("")
def end_other_sessions(request: HttpRequest) -> HttpResponseBase:
    """Log the user out everywhere but here."""
    user, now = user_of(request), timezone.now()
    ended = end_sessions(user, now=now, but=request.session.session_key)
    note(user, "logged out elsewhere", by=user, now=now)
    if ended:
        messages.success(request, _("You are logged out everywhere else."))
    else:
        messages.info(request, _("You were not logged in anywhere else."))
    return redirect("account:profile")
