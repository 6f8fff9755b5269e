"""Everything that can go wrong between us and a service outside, as a closed family of errors."""

from __future__ import annotations

from cdp.exceptions import RegularsError


class DestinationError(RegularsError):
    """A service did not do what was asked: a sentence for the marketer, a hint what to do.

    `retry` says whether the same request may succeed later without anybody doing something.
    Neither text ever holds an address, a number, a hash or a secret.
    """

    retry = False


class NotAuthorized(DestinationError):
    """The credentials, the rights or the terms do not allow it: pause the connection."""


class BadRequest(DestinationError):
    """The service understood and refused: a wrong setting, or a mistake of ours."""


class AudienceGone(BadRequest):
    """The audience was deleted over there: offer to create it again."""


class AddressRefused(BadRequest):
    """The address somebody entered is not one that Regulars calls."""


class RateLimited(DestinationError):
    """Too many requests: wait `retry_after` seconds (None: the service did not say)."""

    retry = True

    def __init__(self, message: str, *, hint: str = "", retry_after: float | None = None) -> None:
        super().__init__(message, hint=hint)
        self.retry_after = retry_after


class Unavailable(DestinationError):
    """No answer, half an answer or a fault over there; whether the request took effect is unknown.

    `retry_after` is what the service asked for, in seconds, if it said.
    """

    retry = True

    def __init__(self, message: str, *, hint: str = "", retry_after: float | None = None) -> None:
        super().__init__(message, hint=hint)
        self.retry_after = retry_after


class CredentialsUnreadable(RegularsError):
    """Stored credentials cannot be read or written: the key is missing, wrong or malformed."""
