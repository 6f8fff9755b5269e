"""The address at which a service tells us of unsubscribes: made, shown once, closed."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from cdp.pages import page, show, user_of
from integrations.connecting.connections import declared
from integrations.connecting.hooks import drop_hook, new_hook
from integrations.models import Connection


@page("integrations.change_connection")
@require_POST
def make(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Make an address, or another one in its place, and show it this one time.

    The form says which address its reader knew of, so that sending it twice makes one.
    """
    connection = _caller(pk)
    if request.POST.get("known", "") != connection.hook_hash[:8]:
        messages.error(
            request, _("A new address was made a moment ago. Make another one if it was not kept.")
        )
        return redirect("connections:detail", pk)
    secret = new_hook(connection, user=user_of(request), now=timezone.now())
    context = {
        "connection": connection,
        "destination": declared(connection),
        "address": request.build_absolute_uri(reverse("hooks:call", args=[secret])),
    }
    title = _("Address for calls of “%(name)s”") % {"name": connection.name}
    response = show(request, "connections/hook.html", context, title=title)
    response["Referrer-Policy"] = "no-referrer"
    return response


@page("integrations.change_connection")
@require_POST
def close(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Close the address; unsubscribes are still fetched."""
    drop_hook(_caller(pk), user=user_of(request), now=timezone.now())
    messages.success(
        request,
        _("The address is closed. Unsubscribes are still fetched every quarter of an hour."),
    )
    return redirect("connections:detail", pk)


def _caller(pk: int) -> Connection:
    connection = get_object_or_404(Connection, pk=pk)
    if not declared(connection).calls_us:
        raise Http404
    return connection
