"""What Klaviyo's refusals mean."""

from __future__ import annotations

from django.utils.translation import gettext as _

from integrations.exceptions import AudienceGone, BadRequest, DestinationError, NotAuthorized
from integrations.network.discretion import discreet
from integrations.network.http import Answer


def gone() -> AudienceGone:
    """Return the error of a list that is not there any more."""
    return AudienceGone(
        _("The list was deleted in Klaviyo."),
        hint=_("Let Regulars make it again, or end this audience."),
    )


def explain(answer: Answer) -> DestinationError | None:
    """Return what a refusal means, None to leave it to the status."""
    said = {"detail": discreet(str(answer.at("errors", 0, "detail") or ""))}
    if answer.status == 401:
        return NotAuthorized(
            _("Klaviyo refused the private API key: it was deleted, or it is not a private one."),
            hint=_(
                "Make a new one in Klaviyo under Settings, API keys, enter it under Connections, "
                "then press Resume."
            ),
        )
    if answer.status == 403:
        return NotAuthorized(
            _("Klaviyo does not allow this: %(detail)s") % said,
            hint=_(
                "Make a private key with full access to lists and profiles and read access to "
                "accounts, enter it under Connections, then press Resume."
            ),
        )
    if answer.status == 400:
        return BadRequest(
            _("Klaviyo refused the request: %(detail)s") % said,
            hint=_("Press Test connection. If that finds nothing, ask whoever runs Regulars."),
        )
    return None
