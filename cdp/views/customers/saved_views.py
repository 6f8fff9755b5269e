"""Saved views: the filters, search and order of the customers page under a name."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from cdp.models import SavedView
from cdp.pages import page, user_of
from cdp.text import tidy
from cdp.views.customers.query import CustomerQuery

PAGE = "customers"
NAME_LENGTH = 80


@dataclass(frozen=True)
class ReadyView:
    """A question that every shop has."""

    name: str
    query: str


def ready_views(*, has_forecasts: bool = False) -> list[ReadyView]:
    """Return the views that everybody finds; one more where the shop has forecasts."""
    at_risk = ReadyView(_("VIPs at high churn risk"), "churn_risk=high&importance=vip")
    return [
        ReadyView(_("All customers"), ""),
        ReadyView(_("VIPs"), "importance=vip"),
        ReadyView(
            _("VIPs slipping away or lost"),
            "importance=vip&life_cycle=lost&life_cycle=slipping_away",
        ),
        *([at_risk] if has_forecasts else []),
        ReadyView(_("One-time buyers"), "importance=one_time"),
        ReadyView(_("Prospects"), "life_cycle=none&sort=-registered_at"),
    ]


@page("cdp.view_customer")
@require_POST
def save(request: HttpRequest) -> HttpResponseBase:
    """Keep the query under a name; a view of that name shows the new query from now on."""
    asked = CustomerQuery(QueryDict(request.POST.get("query", "")), request=request)
    name = tidy(request.POST.get("name", ""))
    if not name or len(name) > NAME_LENGTH or "\0" in name:
        messages.error(
            request,
            _("The view was not saved. Give it a name of at most %(limit)s characters.")
            % {"limit": NAME_LENGTH},
        )
        return redirect(address(asked.text))
    if not asked.is_valid:
        messages.error(
            request, _("The view was not saved: one of its filters has a value that does not fit.")
        )
        return redirect(address(asked.text))
    view, is_new = SavedView.objects.update_or_create(
        user=user_of(request),
        page=PAGE,
        name=name,
        defaults={"query": asked.text},
        create_defaults={"query": asked.text, "created_at": timezone.now()},
    )
    said = _("Saved as the view “%(name)s”.") if is_new else _("The view “%(name)s” was updated.")
    messages.success(request, said % {"name": name})
    return redirect(address(view.query, view))


@page("cdp.view_customer")
@require_POST
def delete(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Forget a view of one's own."""
    view = get_object_or_404(SavedView, pk=pk, user=user_of(request), page=PAGE)
    view.delete()
    messages.success(
        request, _("The view “%(name)s” was deleted. No customer was.") % {"name": view.name}
    )
    return redirect(address(view.query))


def address(query: str, view: SavedView | None = None) -> str:
    """Return the address of the list with this query, lit as a saved view."""
    mark = f"view={view.pk}" if view else ""
    parts = "&".join(part for part in (query, mark) if part)
    return reverse("customers:list") + (f"?{parts}" if parts else "")
