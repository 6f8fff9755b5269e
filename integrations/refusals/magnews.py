"""What MagNews' refusals mean, as far as its public description tells."""

from __future__ import annotations

from django.utils.translation import gettext as _

from integrations.exceptions import AudienceGone, BadRequest, DestinationError, NotAuthorized
from integrations.network.discretion import discreet
from integrations.network.http import Answer


def detail(answer: Answer) -> str:
    """Return what MagNews says about a refusal, without people in it."""
    said = answer.at("errors", 0, "errormsg") or answer.at("message") or answer.at("error")
    return discreet(str(said or ""))


def gone() -> AudienceGone:
    """Return the error of an audience that is not there any more."""
    return AudienceGone(
        _("The audience was deleted in MagNews."),
        hint=_("Let Regulars make it again, or end this audience."),
    )


def explain(answer: Answer) -> DestinationError | None:
    """Return what a refusal means, None to leave it to the status."""
    if answer.status == 401:
        return NotAuthorized(
            _("MagNews refused the access token: it has ended or was taken back."),
            hint=_("Make a new one in MagNews, enter it under Connections, then press Resume."),
        )
    said = {"detail": detail(answer)}
    if answer.status == 403:
        return NotAuthorized(
            _("MagNews does not allow this: %(detail)s") % said,
            hint=_(
                "Give the user of the token the right to use the API and the database, then press "
                "Resume."
            ),
        )
    if answer.status in (400, 404, 422):
        return BadRequest(
            _("MagNews refused the request: %(detail)s") % said,
            hint=_("Check the database and the names of the fields under Connections."),
        )
    return None
