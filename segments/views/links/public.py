"""The address behind a secret link: for programs and people who have nothing but the secret.

It knows no session and no user, says the same about every secret that does not work, and leaves
nothing behind in caches, search engines or the next page's Referer.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from hashlib import sha256
from typing import Any, cast

from csp.constants import NONE
from csp.decorators import csp
from django.core.cache import cache
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseNotAllowed,
    StreamingHttpResponse,
)
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt

from cdp.client_address import client_address
from segments.handouts.exporting import file_name
from segments.handouts.links import OpenedLink, open_link, read_link

METHODS = ("GET", "HEAD")
# So many wrong secrets a minute from one address; after that nothing is looked up any more.
WRONG_SECRETS = 30
WINDOW_SECONDS = 60
HEADERS = {
    "Cache-Control": "no-store, private",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex, nofollow, noarchive",
}
POLICY = {
    "default-src": [NONE],
    "form-action": [NONE],
    "frame-ancestors": [NONE],
    "base-uri": [NONE],
    "sandbox": True,
}

View = Callable[[HttpRequest, str], HttpResponseBase]


def _discreet(view: View) -> View:
    """Send every answer of a view with the headers that keep it to its reader."""

    @wraps(view)
    def wrapped(request: HttpRequest, secret: str) -> HttpResponseBase:
        response = view(request, secret)
        for name, value in HEADERS.items():
            response[name] = value
        return response

    return cast("View", csrf_exempt(csp(POLICY)(cast("Any", wrapped))))


@_discreet
def read(request: HttpRequest, secret: str) -> HttpResponseBase:
    """Stream the members of the link's segment, or say that there is nothing here."""
    if request.method not in METHODS:
        return HttpResponseNotAllowed(METHODS)
    now = timezone.now()
    failures = _Failures(request)
    if failures.are_too_many:
        return _nothing()
    opened = open_link(secret, now=now)
    if opened is None:
        failures.add()
        return _nothing()
    response: HttpResponseBase
    if request.method == "HEAD":
        response = HttpResponse()
    else:
        response = StreamingHttpResponse(read_link(opened, now=now))
    response["Content-Type"] = opened.dialect.content_type
    response["Content-Disposition"] = f'attachment; filename="{_file_name(opened)}"'
    return response


def _file_name(opened: OpenedLink) -> str:
    return file_name(opened.link.segment.name, timezone.now(), opened.dialect.suffix)


def _nothing() -> HttpResponse:
    """Return the one answer to every secret that does not work, whatever the reason."""
    return HttpResponse(
        _("There is nothing at this address.") + "\n",
        status=404,
        content_type="text/plain; charset=utf-8",
    )


class _Failures:
    """Wrong secrets from the address of a request within the last minute.

    Counted in the memory of this process, under a hash, and forgotten after a minute.
    """

    def __init__(self, request: HttpRequest) -> None:
        address = client_address(request) or "unknown"
        self._key = f"wrong-secrets-{sha256(address.encode()).hexdigest()}"

    @property
    def are_too_many(self) -> bool:
        """Whether nothing more is looked up for this address."""
        return cache.get(self._key, 0) >= WRONG_SECRETS

    def add(self) -> None:
        """Count one more."""
        if not cache.add(self._key, 1, WINDOW_SECONDS):
            try:
                cache.incr(self._key)
            except ValueError:  # The minute ended between the two calls.
                cache.set(self._key, 1, WINDOW_SECONDS)
