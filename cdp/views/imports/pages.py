"""The imports pages."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponseBase

from cdp.pages import page, show


@page("cdp.add_importrun")
def first(request: HttpRequest) -> HttpResponseBase:
    """Show the page."""
    return show(request, "cdp/home.html", title="imports")
