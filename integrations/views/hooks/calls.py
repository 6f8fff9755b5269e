"""What a service says when it calls: it has no user and no session, only the secret of the address.

Every wrong secret gets the same answer, and nothing of a call is logged but how many it concerned.
"""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt

from integrations.connecting.hooks import hear, hook_of

METHODS = ("GET", "HEAD", "POST")
LARGEST_CALL = 64_000  # bytes; one about a contact with every merge field is a few thousand
HEADERS = {
    "Cache-Control": "no-store, private",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow, noarchive",
}


@csrf_exempt
def call(request: HttpRequest, secret: str) -> HttpResponse:
    """Take a call in; a service that only looks whether the address is there gets an answer."""
    response = _answer(request, secret)
    for name, value in HEADERS.items():
        response[name] = value
    return response


def _answer(request: HttpRequest, secret: str) -> HttpResponse:
    if request.method not in METHODS:
        return HttpResponseNotAllowed(METHODS)
    connection = hook_of(secret)
    if connection is None:
        return _said(_("There is nothing at this address."), 404)
    if _size(request) > LARGEST_CALL:
        return _said(_("The call is too large."), 413)
    if request.method == "POST":
        hear(connection, request.POST.dict(), now=timezone.now())
    return _said("ok", 200)


def _size(request: HttpRequest) -> int:
    """Return how many bytes are announced; without an announcement nothing is read."""
    announced = request.META.get("CONTENT_LENGTH") or "0"
    return int(announced) if announced.isdecimal() else LARGEST_CALL + 1


def _said(text: str, status: int) -> HttpResponse:
    return HttpResponse(f"{text}\n", status=status, content_type="text/plain; charset=utf-8")
