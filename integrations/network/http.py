"""The one door to the network: time-outs, retries, pace, errors that explain themselves."""

from __future__ import annotations

import json
import logging
import secrets
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import Any

import requests
import urllib3
from django.conf import settings
from django.utils.translation import gettext as _
from requests.auth import AuthBase
from requests.structures import CaseInsensitiveDict

from integrations.exceptions import (
    AddressRefused,
    BadRequest,
    DestinationError,
    NotAuthorized,
    RateLimited,
    Unavailable,
)
from integrations.network.addresses import CheckedAdapter, check_url
from integrations.network.discretion import discreet_path
from integrations.network.pace import Pace

logger = logging.getLogger(__name__)

AGENT = "Regulars (customer-data platform)"
BROKEN = frozenset({500, 502, 503, 504, 520, 521, 522, 523, 524})
_CHUNK = 65_536
_FIRST_PAUSE = 1.0

# What decoded JSON may be.
Json = dict[str, Any] | list[Any] | str | int | float | bool | None


@dataclass(frozen=True)
class Answer:
    """What came back: `data` is the decoded JSON, None where the body was empty or no JSON."""

    status: int
    headers: Mapping[str, str]
    data: Json
    is_json: bool

    def at(self, *path: str | int) -> Any:
        """Return what lies at the end of a path of keys and positions, None where it breaks off."""
        found: Any = self.data
        for step in path:
            try:
                found = found[step]
            except (KeyError, IndexError, TypeError):
                return None
        return found


Explain = Callable[[Answer], DestinationError | None]


@dataclass(frozen=True)
class Patience:
    """How long and how often to try. `wait` and `clock` are replaced in tests, which do not sleep.

    `tries` counts the first one; a pause above `longest_pause` seconds is not slept but raised, so
    that a job can come back later. `seconds` bound the wait for one answer where somebody waits
    (None: the door decides), and no request leaves once the clock shows `until`.
    """

    tries: int = 5
    longest_pause: float = 30.0
    wait: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic
    seconds: float | None = None
    until: float | None = None


@dataclass
class Door:
    """A way to one service: its name for messages, the address its paths hang on, how to log in.

    `explain` turns an answer of 400 and above into an error of the family, None leaves it to the
    status. `is_checked` is for addresses that people entered: public ones only, no proxy, small
    answers. `requests_made` counts every request that left, repeated ones too.
    """

    service: str
    base_url: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    auth: AuthBase | None = field(default=None, repr=False)
    explain: Explain | None = None
    pace: Pace = field(default_factory=lambda: Pace(()))
    patience: Patience = field(default_factory=Patience)
    is_checked: bool = False
    read_seconds: float | None = None
    largest_answer: int = 64_000_000
    requests_made: int = 0

    def __post_init__(self) -> None:
        if self.is_checked:
            check_url(self.base_url)
        self._session = requests.Session()
        self._session.trust_env = False  # No proxy and no .netrc of the environment.
        self._session.headers["User-Agent"] = AGENT
        if self.is_checked:
            self._session.mount("https://", CheckedAdapter())
            self._session.mount("http://", CheckedAdapter())
        elif settings.OUTSIDE_PROXY:
            self._session.proxies = {
                "http": settings.OUTSIDE_PROXY,
                "https": settings.OUTSIDE_PROXY,
            }

    def close(self) -> None:
        """Give the connections back."""
        self._session.close()

    def send(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str | int] | None = None,
        body: Json | bytes = None,
        form: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        accept: Collection[int] = (),
        pace: Pace | None = None,
        is_repeatable: bool = True,
    ) -> Answer:
        """Send a request until it is answered, and return the answer.

        `body` travels as JSON, bytes as they are, `form` as a form. Statuses below 300 and those
        of `accept` are answers; everything else raises a `DestinationError`, after the retries if
        it is worth one. After a dropped connection nobody knows whether the request took effect:
        one that would make something twice is not `is_repeatable`, and its `Unavailable` is raised
        at once.
        """
        data: bytes | Mapping[str, str] | None = form
        sent = {**self.headers, **(headers or {})}
        if isinstance(body, bytes):
            data = body
        elif body is not None:
            data = json.dumps(body, ensure_ascii=False, allow_nan=False).encode()
            sent.setdefault("Content-Type", "application/json")
        attempt = 0
        while True:
            attempt += 1
            self._keep(pace or self.pace)
            try:
                return self._once(method, path, query, data, sent, accept)
            except (RateLimited, Unavailable) as error:
                if isinstance(error, Unavailable) and not is_repeatable:
                    raise
                pause = _pause(attempt, error.retry_after)
                if attempt >= self.patience.tries or pause > self.patience.longest_pause:
                    raise
                logger.info(
                    "service=%s attempt=%s error=%s pause=%.1f",
                    self.service,
                    attempt,
                    type(error).__name__,
                    pause,
                )
                self.patience.wait(pause)

    @property
    def _seconds(self) -> float:
        """How long an answer may take to come."""
        usual: float = self.read_seconds or settings.OUTSIDE_READ_SECONDS
        return usual if self.patience.seconds is None else min(usual, self.patience.seconds)

    def _keep(self, pace: Pace) -> None:
        if self.patience.until is not None and self.patience.clock() >= self.patience.until:
            raise Unavailable(
                _("%(service)s did not answer in time.") % {"service": self.service},
            )
        delay = pace.delay(at=self.patience.clock())
        if delay > self.patience.longest_pause:
            raise RateLimited(
                _("%(service)s allows no more requests for the moment.")
                % {"service": self.service},
                hint=_("Regulars goes on by itself later."),
                retry_after=delay,
            )
        if delay > 0:
            self.patience.wait(delay)
        pace.take(at=self.patience.clock())

    def _once(
        self,
        method: str,
        path: str,
        query: Mapping[str, str | int] | None,
        data: bytes | Mapping[str, str] | None,
        headers: Mapping[str, str],
        accept: Collection[int],
    ) -> Answer:
        self.requests_made += 1
        started = self.patience.clock()
        try:
            with self._session.request(
                method,
                self.base_url.rstrip("/") + path,
                params=query,
                data=data,
                headers=headers,
                auth=self.auth,
                timeout=(settings.OUTSIDE_CONNECT_SECONDS, self._seconds),
                allow_redirects=False,
                stream=True,
            ) as response:
                answer = self._read(response, started)
        except requests.RequestException as error:
            # `from None`: the text of these errors holds the address with its query.
            raise self._no_answer(error) from None
        logger.debug(
            "service=%s method=%s path=%s status=%s seconds=%.2f",
            self.service,
            method,
            # Addresses that people entered may hold a key of their own in the path.
            "-" if self.is_checked else discreet_path(path),
            answer.status,
            self.patience.clock() - started,
        )
        if answer.status in accept:
            return answer
        if answer.status < 300:
            if answer.data is None and not answer.is_json:
                raise self._web_page()
            return answer
        explained = self.explain(answer) if self.explain and answer.status >= 400 else None
        raise explained or self.refusal(answer)

    def _read(self, response: requests.Response, started: float) -> Answer:
        limit = self._seconds * 2
        body = bytearray()
        for piece in _arriving(response):
            body += piece
            if len(body) > self.largest_answer or self.patience.clock() - started > limit:
                raise Unavailable(
                    _("%(service)s sent more than an answer should hold.")
                    % {"service": self.service},
                    hint=_("Regulars tries again by itself."),
                )
        try:
            decoded, is_json = (json.loads(body) if body.strip() else None), True
        except ValueError:
            decoded, is_json = None, False
        headers: Mapping[str, str] = CaseInsensitiveDict(response.headers)
        return Answer(response.status_code, headers, decoded, is_json)

    def _no_answer(self, error: requests.RequestException) -> DestinationError:
        name = {"service": self.service}
        cause: BaseException | None = error
        while cause is not None:
            if isinstance(cause, AddressRefused):
                return cause
            cause = cause.__cause__ or cause.__context__
        if isinstance(error, requests.exceptions.SSLError):
            return BadRequest(
                _("The certificate of %(service)s could not be verified.") % name,
                hint=_("Ask the operator to check the clock and the certificates of the server."),
            )
        if isinstance(error, requests.Timeout):
            return Unavailable(
                _("%(service)s did not answer in time.") % name,
                hint=_("Regulars tries again by itself."),
            )
        return Unavailable(
            _("The connection to %(service)s broke off.") % name,
            hint=_("Regulars tries again by itself."),
        )

    def _web_page(self) -> Unavailable:
        return Unavailable(
            _("%(service)s answered with a web page in place of data.") % {"service": self.service},
            hint=_("Often it is under maintenance. Regulars tries again by itself."),
        )

    def refusal(self, answer: Answer) -> DestinationError:
        """Return the error that a status stands for, whatever the service."""
        name: dict[str, str | int] = {"service": self.service, "status": answer.status}
        if answer.status in (408, 425, 429):
            return RateLimited(
                _("%(service)s asks to slow down.") % name,
                hint=_("Regulars goes on by itself later."),
                retry_after=retry_after(answer.headers),
            )
        if answer.status in BROKEN:
            return Unavailable(
                _("%(service)s has a fault of its own (%(status)s).") % name,
                hint=_("Regulars tries again by itself."),
                retry_after=retry_after(answer.headers),
            )
        if answer.status in (401, 403):
            return NotAuthorized(
                _("%(service)s refused the credentials (%(status)s).") % name,
                hint=_("Enter new ones under Connections, then press Resume."),
            )
        if answer.status < 400:
            return BadRequest(
                _("%(service)s sends to another address, which Regulars does not follow.") % name,
                hint=_("Enter the final address."),
            )
        return BadRequest(
            _("%(service)s refused the request (%(status)s).") % name,
            hint=_("Press Test connection. If that finds nothing, ask whoever runs Regulars."),
        )


def _arriving(response: requests.Response) -> Iterator[bytes]:
    """Yield an answer as it arrives: one that drips byte by byte would never fill a chunk."""
    while True:
        try:
            piece = response.raw.read1(_CHUNK, decode_content=True)
        except urllib3.exceptions.ReadTimeoutError as error:
            raise requests.ReadTimeout(error) from error
        except urllib3.exceptions.HTTPError as error:
            raise requests.ConnectionError(error) from error
        if not piece:
            return
        yield piece


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Return the seconds that the header Retry-After asks for, None if it says nothing readable.

    A moment is compared with the answer's own Date, so that our clock does not matter.
    """
    text = headers.get("Retry-After", "").strip()
    if text.isascii() and text.isdigit():
        return float(text)
    try:
        until = parsedate_to_datetime(text)
        return max(0.0, (until - parsedate_to_datetime(headers.get("Date", ""))).total_seconds())
    except (TypeError, ValueError):
        return None


def _pause(attempt: int, asked: float | None) -> float:
    """What the service asked for; else 1, 2, 4, ... seconds, each up to a half longer at random."""
    jitter = secrets.randbelow(1000) / 2000
    if asked is not None:
        return float(asked) + jitter
    return _FIRST_PAUSE * 2.0 ** (attempt - 1) * (1 + jitter)
