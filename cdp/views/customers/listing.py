"""The list of customers."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponseBase
from django.utils.translation import gettext as _

from cdp.pages import page, show


@page("cdp.view_customer")
def customers(request: HttpRequest) -> HttpResponseBase:
    """Show the list."""
    return show(request, "cdp/home.html", title=_("Customers"))
