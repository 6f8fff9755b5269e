"""What Google's error reasons mean, which it buries in the details of an error."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext as _

from integrations.exceptions import AudienceGone, BadRequest, DestinationError, NotAuthorized
from integrations.network.discretion import discreet
from integrations.network.http import Answer

_MEMBER = re.compile(r"members\[(\d+)\]")
_GONE = frozenset({"INVALID_USER_LIST_ID", "NOT_FOUND"})


def _details(answer: Answer) -> Iterator[Mapping[str, Any]]:
    yield from (one for one in answer.at("error", "details") or [] if isinstance(one, dict))


def _violations(answer: Answer) -> Iterator[Mapping[str, Any]]:
    for detail in _details(answer):
        yield from detail.get("fieldViolations", [])


def _reasons(answer: Answer) -> set[str]:
    found = [*_details(answer), *_violations(answer)]
    return {str(one["reason"]) for one in found if "reason" in one}


def wrong_rows(answer: Answer, count: int) -> dict[int, str]:
    """Return position and reason of the people that Google named as malformed."""
    wrong: dict[int, str] = {}
    for violation in _violations(answer):
        found = _MEMBER.search(str(violation.get("field", "")))
        if found and int(found[1]) < count:
            wrong[int(found[1])] = discreet(str(violation.get("description", "")))
    return wrong


def reconnect() -> NotAuthorized:
    """Return the error of a log-in that has ended."""
    return NotAuthorized(
        _("Google no longer accepts the log-in: the refresh token has ended or was taken back."),
        hint=_(
            "Make a new refresh token, enter it under Connections, then press Resume. Tokens of a "
            "project in testing end after 7 days: publish it in the Google Cloud console."
        ),
    )


def wrong_client() -> NotAuthorized:
    """Return the error of an OAuth client that Google does not know."""
    return NotAuthorized(
        _("Google does not know the OAuth client, or its secret is wrong."),
        hint=_(
            "Copy both again from the Google Cloud console under APIs and services, Credentials, "
            "then press Resume."
        ),
    )


def explain(answer: Answer, account: str = "") -> DestinationError | None:
    """Return what a refusal means for an account, None to leave it to the status."""
    if answer.status not in (400, 403, 404):
        return None
    reasons = _reasons(answer)
    said = {"account": account, "detail": discreet(str(answer.at("error", "message") or ""))}
    if reasons & _GONE:
        return AudienceGone(
            _("The list was deleted in Google Ads, or the account may not use it."),
            hint=_("Let Regulars make it again, or end this audience."),
        )
    for reason in reasons & set(_REFUSALS):
        message, hint = _REFUSALS[reason]
        return NotAuthorized(gettext(message) % said, hint=gettext(hint) % said)
    if answer.status == 403:
        return NotAuthorized(
            _("Google does not allow this for account %(account)s: %(detail)s") % said,
            hint=_(
                "Give the log-in access to the Google Ads account, enable the Data Manager API in "
                "the Google Cloud console, then press Resume."
            ),
        )
    if "DISPLAY_NAME_ALREADY_USED" in reasons:
        return BadRequest(
            _("Google Ads has another list with this name."), hint=_("Choose another name.")
        )
    return BadRequest(
        _("Google refused the request for account %(account)s: %(detail)s") % said,
        hint=_("Press Test connection. If that finds nothing, ask whoever runs Regulars."),
    )


_REFUSALS = {
    "TERMS_AND_CONDITIONS_NOT_SIGNED": (
        gettext_noop(
            "Google refused the upload because the Customer Match terms are not accepted for "
            "account %(account)s."
        ),
        gettext_noop("Accept them in Google Ads under Audience manager, then press Resume."),
    ),
    "EU_POLITICAL_ADVERTISING_DECLARATION_REQUIRED": (
        gettext_noop(
            "Google wants account %(account)s to declare whether it runs political advertising in "
            "the EU."
        ),
        gettext_noop("Answer it in Google Ads for every campaign, then press Resume."),
    ),
    "ACCESS_TOKEN_SCOPE_INSUFFICIENT": (
        gettext_noop("The log-in of Google was not given the right to manage audiences."),
        gettext_noop(
            "Make a new refresh token for the scope datamanager, enter it under Connections, then "
            "press Resume."
        ),
    ),
    "CUSTOMER_NOT_ALLOWLISTED_FOR_THIS_FEATURE": (
        gettext_noop("Google does not let account %(account)s use Customer Match yet."),
        gettext_noop(
            "Accounts need a history of payments and of following the rules. Ask Google's "
            "support, then press Resume."
        ),
    ),
}
