"""The fields of the log-in and account forms: their looks, and what browsers may fill in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django import forms
from django.contrib.auth import authenticate
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from cdp.models import User

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

CHECKBOXES = (forms.CheckboxInput, forms.RadioSelect)


def dress(form: forms.BaseForm) -> None:
    """Give every field of a form the looks of our pages."""
    for field in form.fields.values():
        if not isinstance(field.widget, CHECKBOXES):
            field.widget.attrs["class"] = "cdp-input"


def code_field(label: StrOrPromise, help_text: StrOrPromise) -> forms.CharField:
    """Return a field for the six digits of an authenticator app."""
    return forms.CharField(
        label=label,
        help_text=help_text,
        max_length=40,
        widget=forms.TextInput(
            {"autocomplete": "one-time-code", "spellcheck": "false", "autocapitalize": "off"}
        ),
    )


class RulesAtFirstField:
    """Says what is wrong with a new password where it is first typed, beside the rules."""

    def validate_password_for_user(self, user: User, password_field_name: str = "") -> None:
        """Check the password against the rules."""
        super().validate_password_for_user(user, "new_password1")  # type: ignore[misc]


class PasswordAgainForm(forms.Form):
    """Asks for the password before something that a stolen session must not do.

    Wrong ones count like failed log-ins.
    """

    password = forms.CharField(
        label=_("Your password"),
        strip=False,
        widget=forms.PasswordInput({"autocomplete": "current-password"}),
    )

    def __init__(self, request: HttpRequest) -> None:
        super().__init__(request.POST if request.method == "POST" else None)
        self.request = request
        dress(self)

    def clean_password(self) -> str:
        """Refuse a wrong password."""
        return checked_password(self.request, self.cleaned_data["password"])


def checked_password(request: HttpRequest, password: str) -> str:
    """Return the password if it is that of the user who asks."""
    name = request.user.get_username()
    if authenticate(request, username=name, password=password) != request.user:
        raise ValidationError(_("This is not your password. Nothing was changed."))
    return password
