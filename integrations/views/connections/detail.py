"""One connection: how it stands, its settings without secrets, the audiences kept there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import cast

from django import forms
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from cdp.pages import page, show
from integrations.audience_words import Standing, standing_of
from integrations.connecting.connection_words import connection_standing
from integrations.connecting.connections import declared, secret_names, stored_secrets
from integrations.destinations import Destination
from integrations.exceptions import CredentialsUnreadable
from integrations.ledger import Counts, counts_of
from integrations.models import Audience, AudienceState, Connection
from integrations.views.connections.found import found
from integrations.wanted import must_leave_at


@dataclass(frozen=True)
class Setting:
    """Something that was entered. A secret has no text, but where none is stored."""

    label: str
    text: str
    is_secret: bool = False


@dataclass(frozen=True)
class Mirror:
    """An audience kept at the connection."""

    audience: Audience
    standing: Standing
    counts: Counts


@page("integrations.view_connection")
@require_safe
def connection(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Show one connection, and once what a test has just found."""
    related = Connection.objects.select_related("user", "terms_accepted_by")
    shown = get_object_or_404(related, pk=pk)
    destination = declared(shown)
    audiences = list(_live(shown))
    counts = counts_of(audiences)
    standing = connection_standing(shown)
    context = {
        "connection": shown,
        "destination": destination,
        "standing": standing,
        "settings": list(_settings(shown, destination)),
        "audiences": [Mirror(one, standing_of(one), counts[one.pk]) for one in audiences],
        "ended_count": shown.audiences.filter(state=AudienceState.ENDED).count(),
        "overdue_count": _overdue(shown, standing),
        "test": found(request, shown),
    }
    title = _("Connection “%(name)s”") % {"name": shown.name}
    return show(request, "connections/detail.html", context, title=title)


def _overdue(shown: Connection, standing: Standing) -> int:
    """Return how many people may not be there any more, where nothing can be sent."""
    is_cut_off = standing.tone == "bad" and shown.checked_at is not None
    return must_leave_at(shown).count() if is_cut_off else 0


def _live(shown: Connection) -> Iterator[Audience]:
    live = shown.audiences.exclude(state=AudienceState.ENDED)
    yield from live.select_related("segment", "connection").order_by("outside_name")


def _settings(shown: Connection, destination: Destination) -> Iterator[Setting]:
    secrets, stored = secret_names(destination), _names_of_stored(shown)
    for name, field in destination.Settings.base_fields.items():
        label = str(field.label or name)
        if name in secrets:
            is_missing = stored is not None and name not in stored
            yield Setting(label, _("not entered") if is_missing else "", is_secret=True)
        elif shown.settings.get(name) not in (None, "", [], False):
            yield Setting(label, _said(field, shown.settings[name]))


def _names_of_stored(shown: Connection) -> set[str] | None:
    """Return which secrets are stored, None where they do not open."""
    try:
        return set(stored_secrets(shown))
    except CredentialsUnreadable:
        return None


def _said(field: forms.Field, value: object) -> str:
    """Return a value in the words of its field."""
    if value is True:
        return _("yes")
    if isinstance(field, forms.ChoiceField):
        choices = cast("Iterable[tuple[object, object]]", field.choices)
        words = {str(key): str(label) for key, label in choices}
        chosen = value if isinstance(value, list) else [value]
        return ", ".join(words.get(str(one), str(one)) for one in chosen)
    return str(value)
