"""What Mailchimp's refusals mean."""

from __future__ import annotations

from django.utils.translation import gettext as _

from integrations.exceptions import (
    AudienceGone,
    BadRequest,
    DestinationError,
    NotAuthorized,
    RateLimited,
)
from integrations.network.discretion import discreet
from integrations.network.http import Answer


def detail(answer: Answer) -> str:
    """Return what Mailchimp says about a refusal, without people in it."""
    return discreet(str(answer.at("detail") or answer.at("title") or ""))


def gone() -> AudienceGone:
    """Return the error of a tag that is not there any more."""
    return AudienceGone(
        _("The tag was deleted in Mailchimp."),
        hint=_("Let Regulars make it again, or end this audience."),
    )


def no_list(list_id: str) -> BadRequest:
    """Return the error of a Mailchimp audience that is not there any more."""
    return BadRequest(
        _("Mailchimp has no audience with the ID %(id)s any more.") % {"id": list_id},
        hint=_("Enter the ID of another one under Connections, then press Resume."),
    )


def explain(answer: Answer) -> DestinationError | None:
    """Return what a refusal means, None to leave it to the status."""
    if answer.status == 401:
        return NotAuthorized(
            _("Mailchimp refused the API key: it was revoked, or the account is closed."),
            hint=_(
                "Make a new key in Mailchimp under Extras, API keys, enter it under Connections, "
                "then press Resume."
            ),
        )
    if answer.status == 403 and answer.at("title") is None:
        # How Mailchimp throttles under heavy load: no body, no word of it.
        return RateLimited(
            _("Mailchimp asks to slow down."), hint=_("Regulars goes on by itself later.")
        )
    said = {"detail": detail(answer)}
    if answer.status == 403:
        return NotAuthorized(
            _("Mailchimp does not allow this: %(detail)s") % said,
            hint=_(
                "Enter the key of a user with the role Manager or higher under Connections, then "
                "press Resume."
            ),
        )
    if answer.status in (400, 404):
        return BadRequest(
            _("Mailchimp refused the request: %(detail)s") % said,
            hint=_("Press Test connection. If that finds nothing, ask whoever runs Regulars."),
        )
    return None
