"""The page that opens the day."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponseBase
from django.utils.translation import gettext as _

from cdp.pages import page, show


@page("")
def home(request: HttpRequest) -> HttpResponseBase:
    """Show what there is to do and how the shop does."""
    return show(request, "cdp/home.html", title=_("Home"))
