"""What people see when a page is not theirs, does not exist or broke."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _

from cdp.pages import is_fragment, show


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    """Say that the user's role does not include the page."""
    words = _("Your role does not include this page. Ask an administrator of Regulars for it.")
    return _said(request, words, title=_("Not for your role"), status=403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    """Say that there is no such page; to strangers without the shell."""
    words = _("There is no page at this address. It may have been deleted, or the link is wrong.")
    return _said(request, words, title=_("Page not found"), status=404)


def broken(request: HttpRequest) -> HttpResponse:
    """Say that the fault is ours; whatever caused it may also break the shell."""
    return render(request, "cdp/broken.html", status=500)


def _said(request: HttpRequest, words: str, *, title: str, status: int) -> HttpResponseBase:
    if is_fragment(request):
        return HttpResponse(words, status=status)
    if not request.user.is_authenticated:
        return render(request, "cdp/said.html", {"title": title, "words": words}, status=status)
    return show(request, "cdp/refused.html", {"words": words}, title=title, status=status)
