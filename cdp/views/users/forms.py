"""What an administrator enters about a user."""

from __future__ import annotations

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cdp.models import User
from cdp.roles import ADMIN, ANALYST, MARKETER
from cdp.views.account.fields import dress
from cdp.views.account.pages import language_choices

ROLE_CHOICES = [
    (MARKETER, gettext_lazy("Marketer")),
    (ANALYST, gettext_lazy("Analyst")),
    (ADMIN, gettext_lazy("Admin")),
]


def role_field() -> forms.ChoiceField:
    """Return the choice of a role; the page says beside each what it may do."""
    return forms.ChoiceField(
        label=gettext_lazy("Role"),
        choices=ROLE_CHOICES,
        initial=MARKETER,
        widget=forms.RadioSelect,
    )


class RoleForm(forms.Form):
    """Asks for another role."""

    role = role_field()


class InvitedUserForm(forms.ModelForm):
    """Asks who is to come in, and with which role."""

    language = forms.ChoiceField(
        label=gettext_lazy("Language"), choices=language_choices, required=False
    )
    role = role_field()

    class Meta:
        model = User
        fields = ("username", "email", "first_name", "last_name", "language")
        labels = {
            "username": gettext_lazy("User name"),
            "email": gettext_lazy("E-mail"),
            "first_name": gettext_lazy("First name"),
            "last_name": gettext_lazy("Last name"),
        }
        help_texts = {
            "username": gettext_lazy("For the log-in: letters, digits and @ . + - _"),
            "email": gettext_lazy("For you to know; Regulars sends no mail."),
        }

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        dress(self)
        for name in ("username", "email", "first_name", "last_name"):
            self.fields[name].widget.attrs["autocomplete"] = "off"

    def clean_username(self) -> str:
        """Refuse a name that differs from another only by upper and lower case."""
        name: str = self.cleaned_data["username"]
        if User.objects.filter(username__iexact=name).exists():
            raise ValidationError(
                _("There is a user %(name)s already. Choose another name.") % {"name": name}
            )
        return name
