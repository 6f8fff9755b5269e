"""The form of a connection: its name, and what its kind of service wants to be told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from cdp.text import tidy
from integrations.connecting.connection_words import why_unreadable
from integrations.connecting.connections import secret_names, stored_secrets
from integrations.destinations import Destination
from integrations.models import Connection

NAME_IS_TAKEN = _("Another connection has this name. Choose another one.")
PLAIN_WIDGETS = (forms.CheckboxInput, forms.CheckboxSelectMultiple, forms.RadioSelect)


class NameForm(forms.Form):
    """What the connection is called here."""

    connection_name = forms.CharField(
        label=_("Name of the connection"),
        max_length=80,
        help_text=_("What your team calls it. Nobody outside sees it."),
    )

    def __init__(self, *args: object, connection: Connection, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self._connection = connection
        self.fields["connection_name"].widget.attrs["class"] = "cdp-input"

    def clean_connection_name(self) -> str:
        """Refuse a name that another connection has."""
        name = tidy(self.cleaned_data["connection_name"])
        others = Connection.objects.exclude(pk=self._connection.pk)
        if others.filter(name__iexact=name).exists():
            raise ValidationError(NAME_IS_TAKEN)
        return name


@dataclass(frozen=True)
class ConnectionForm:
    """Both parts together: `name` is ours, `settings` the destination's."""

    name: NameForm
    settings: forms.Form

    def is_valid(self) -> bool:
        """Look at both, so that every mistake is shown at once."""
        return all([self.name.is_valid(), self.settings.is_valid()])

    def refuse_name(self) -> None:
        """Say that the name is taken."""
        self.name.add_error("connection_name", str(NAME_IS_TAKEN))

    @property
    def called(self) -> str:
        """The name that was entered."""
        return str(self.name.cleaned_data["connection_name"])

    @property
    def changes_the_name_only(self) -> bool:
        """Whether nothing but the name is another than before."""
        return not self.settings.has_changed()


def connection_form(
    destination: Destination, connection: Connection, data: Mapping[str, str] | None
) -> ConnectionForm:
    """Return the form of a connection, with what was entered if `data` is given.

    Secrets that are stored and can be opened may be left empty, which keeps them.
    """
    name = NameForm(data, connection=connection, initial={"connection_name": connection.name})
    settings = destination.Settings(data, initial=connection.settings)
    for field in settings.fields.values():
        if not isinstance(field.widget, PLAIN_WIDGETS):
            field.widget.attrs["class"] = "cdp-input"
    known = {} if why_unreadable(connection) else stored_secrets(connection)
    for secret in secret_names(destination):
        if known.get(secret):
            settings.fields[secret].required = False
            settings.fields[secret].widget.attrs["placeholder"] = _(
                "stored; leave empty to keep it"
            )
    return ConnectionForm(name, settings)
