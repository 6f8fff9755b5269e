"""Every page in the shop's time zone and in the language its user has chosen."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation

from cdp.models import Shop


class ShopCalendarMiddleware:
    """Shows moments as the shop's clock shows them.

    Probes of the site's health need no shop; readers of secret links and services that
    call us are nobody's session.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request in the zone and the language of its reader."""
        if request.path.startswith(("/healthz", "/s/", "/hooks/")):
            return self.get_response(request)
        language = getattr(request.user, "language", "")
        if language:
            translation.activate(language)
            request.LANGUAGE_CODE = translation.get_language()
        with timezone.override(Shop.objects.current().zone):
            return self.get_response(request)
