"""How connections stand, in the words that people read everywhere."""

from __future__ import annotations

from django.utils.translation import gettext as _

from integrations.audience_words import Standing
from integrations.connecting.connections import stored_secrets
from integrations.exceptions import CredentialsUnreadable
from integrations.models import Connection, ConnectionState


def connection_standing(connection: Connection) -> Standing:
    """Return how a connection stands, the gravest first; asks neither database nor network."""
    return (
        _unreadable(connection)
        or _stopped(connection)
        or _paused(connection)
        or _doubtful(connection)
        or Standing(_("works"), "good", _("The service let us in at the last test."))
    )


def why_unreadable(connection: Connection) -> CredentialsUnreadable | None:
    """Return why the stored secrets do not open, None if they do."""
    try:
        stored_secrets(connection)
    except CredentialsUnreadable as error:
        return error
    return None


def _unreadable(connection: Connection) -> Standing | None:
    error = why_unreadable(connection)
    if error is None:
        return None
    return Standing(_("cannot be opened"), "bad", error.message, error.hint, needs_attention=True)


def _stopped(connection: Connection) -> Standing | None:
    if connection.state != ConnectionState.STOPPED:
        return None
    return Standing(
        _("stopped"),
        "bad",
        connection.error or _("The service refused something; nothing is sent."),
        connection.hint or _("Mend what it names, then press Resume."),
        needs_attention=True,
    )


def _paused(connection: Connection) -> Standing | None:
    if connection.state != ConnectionState.PAUSED:
        return None
    if connection.checked_at is None:
        return Standing(
            _("does not work yet"),
            "bad",
            connection.error or _("It has never been tested with success, so nothing is sent."),
            connection.hint or _("Correct its settings; saving tests it again."),
            needs_attention=True,
        )
    return Standing(
        _("paused"),
        "warn",
        _(
            "Nobody is added to its audiences. Whoever withdraws consent or is erased is taken out "
            "all the same."
        ),
        _("Press Resume to go on."),
    )


def _doubtful(connection: Connection) -> Standing | None:
    if not connection.error:
        return None
    return Standing(
        _("last test failed"),
        "warn",
        connection.error,
        connection.hint or _("Test it again; if it goes on, look at its settings."),
        needs_attention=True,
    )
