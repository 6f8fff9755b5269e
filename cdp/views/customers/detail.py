"""The page of one customer."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from cdp.models import Customer
from cdp.pages import page, show


@page("cdp.view_customer")
def customer(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Show the customer."""
    get_object_or_404(Customer, pk=pk)
    return show(request, "cdp/home.html", title=_("Customer"))
