"""What it means when the receiver of a webhook refuses a message."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

from integrations.exceptions import BadRequest, DestinationError, NotAuthorized
from integrations.network.http import Answer


@dataclass(frozen=True)
class Explainer:
    """Says what an answer of a host means; None leaves it to the status."""

    host: str

    def __call__(self, answer: Answer) -> DestinationError | None:
        """Return the error, without a word of what the receiver wrote."""
        named = {"host": self.host, "status": answer.status}
        if answer.status == 410:
            return NotAuthorized(
                _("The receiver at %(host)s says that it is gone for good (410).") % named,
                hint=_(
                    "Enter the address of another receiver under Connections, then press Resume."
                ),
            )
        if answer.status in (401, 403):
            return NotAuthorized(
                _("The receiver at %(host)s refused the signature (%(status)s).") % named,
                hint=_(
                    "Enter the same secret here and in the receiver, check that its clock is "
                    "right, then press Resume."
                ),
            )
        if answer.status in (404, 405):
            return BadRequest(
                _("There is no receiver at the address on %(host)s (%(status)s).") % named,
                hint=_("Correct the address under Connections, then press Resume."),
            )
        if answer.status == 413:
            return BadRequest(
                _("The receiver at %(host)s does not take messages of this size (413).") % named,
                hint=_("Let it take bodies of up to 1 MB, then press Resume."),
            )
        if answer.status in (400, 409, 422):
            return BadRequest(
                _("The receiver at %(host)s refused the message (%(status)s).") % named,
                hint=_("Look in the log of the receiver, mend it there, then press Resume."),
            )
        return None
