"""What Meta's error codes mean: it answers 400 to nearly everything, rate limits included."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from django.utils.translation import gettext as _

from integrations.exceptions import (
    AudienceGone,
    BadRequest,
    DestinationError,
    NotAuthorized,
    RateLimited,
    Unavailable,
)
from integrations.network.discretion import discreet
from integrations.network.http import Answer

_LIMITS = (4, 17, 613, 80003)
_FAULTS = (1, 2)
_TERMS = 1870034
_TOO_SMALL = 1870047
_FLAGGED = 1713230
_TWICE = 2654
_NOT_MADE = 2650
_TERMS_PAGE = "https://business.facebook.com/ads/manage/customaudiences/tos"


class TooSmall(BadRequest):
    """The removal would leave too few people."""


def terms(account: str) -> NotAuthorized:
    """Return the error of an ad account that has not accepted the Custom Audience terms."""
    return NotAuthorized(
        _(
            "Facebook refused the upload because the Custom Audience terms are not accepted "
            "for ad account %(account)s."
        )
        % {"account": account},
        hint=_("Accept them at %(page)s, then press Resume.")
        % {"page": f"{_TERMS_PAGE}?act={account}"},
    )


def explain(answer: Answer, account: str) -> DestinationError | None:
    """Return what a refusal means for an ad account, None where Meta gives no code."""
    code, subcode = answer.at("error", "code"), answer.at("error", "error_subcode")
    if code is None:
        return None
    if code in _LIMITS:
        return RateLimited(
            _("Facebook asks to slow down."),
            hint=_("Regulars goes on by itself later."),
            retry_after=usage(answer)[1] or None,
        )
    if code in _FAULTS or answer.at("error", "is_transient"):
        return Unavailable(
            _("Facebook has a fault of its own."), hint=_("Regulars tries again by itself.")
        )
    said = answer.at("error", "error_user_msg") or answer.at("error", "message") or ""
    named = {"account": account, "detail": discreet(str(said))}
    return _access(code, subcode, named) or _audience(code, subcode, named)


def _access(code: int, subcode: int | None, named: Mapping[str, str]) -> DestinationError | None:
    """Return the error of a token, a right or terms."""
    if subcode == _TERMS:
        return terms(named["account"])
    if subcode == _TOO_SMALL:
        return TooSmall(
            _("Facebook removes nobody while the audience would become too small."),
            hint=_("Regulars tries again after the next people were added."),
        )
    if code == 190:
        return NotAuthorized(
            _("Facebook refused the access token: it has ended or was taken back."),
            hint=_(
                "Make a new token for the system user in the business settings, enter it under "
                "Connections, then press Resume."
            ),
        )
    if code in (10, 200):
        return NotAuthorized(
            _("Facebook does not allow this for ad account %(account)s: %(detail)s") % named,
            hint=_(
                "Give the system user the right to manage the ad account and its token the right "
                "ads_management, then press Resume."
            ),
        )
    return None


def _audience(code: int, subcode: int | None, named: Mapping[str, str]) -> DestinationError:
    """Return the error of an audience or of what was sent to it."""
    if subcode == _FLAGGED:
        return BadRequest(
            _("Facebook blocked the audience, because its name suggests private matters."),
            hint=_("Choose a neutral name and let Regulars make a new audience."),
        )
    if (code, subcode) == (100, 33):
        return AudienceGone(
            _("The audience was deleted at Facebook, or the token may not use it."),
            hint=_("Let Regulars make it again, or end this audience."),
        )
    if code == _TWICE:
        return BadRequest(
            _("Facebook has a lookalike of this audience for the same country and share already."),
            hint=_("Use that one, or choose another country or another share."),
        )
    if code == _NOT_MADE:
        return BadRequest(
            _("Facebook could not make the audience: %(detail)s") % named,
            hint=_(
                "A lookalike needs at least a hundred matched people of one country. Matching "
                "takes up to a day after the upload: try again tomorrow, or use a larger segment."
            ),
        )
    return BadRequest(
        _("Facebook refused the request for ad account %(account)s: %(detail)s") % named,
        hint=_("Press Test connection. If that finds nothing, ask whoever runs Regulars."),
    )


def usage(answer: Answer) -> tuple[float, float]:
    """Return how many per cent of the hour's share are used, and the seconds to leave it alone.

    Meta tells the time in minutes, and nothing while there is enough left.
    """
    entries = list(_entries(answer.headers.get("X-Business-Use-Case-Usage", "")))
    used = max((_number(one, *_SHARES) for one in entries), default=0.0)
    minutes = max((_number(one, "estimated_time_to_regain_access") for one in entries), default=0.0)
    return used, minutes * 60


_SHARES = ("call_count", "total_cputime", "total_time")


def _entries(text: str) -> Iterator[Mapping[str, Any]]:
    try:
        found = json.loads(text) if text else {}
    except ValueError:
        return
    for entries in found.values() if isinstance(found, dict) else ():
        yield from (one for one in entries if isinstance(one, dict))


def _number(entry: Mapping[str, Any], *names: str) -> float:
    values = (entry.get(name) for name in names)
    return max((float(one) for one in values if isinstance(one, int | float)), default=0.0)
