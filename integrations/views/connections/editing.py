"""Connecting a service and changing how it is connected, with the guide beside the form."""

from __future__ import annotations

from django.contrib import messages
from django.db import IntegrityError
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from cdp.exceptions import RegularsError
from cdp.pages import page, show, user_of
from integrations.connecting.checking import while_somebody_waits
from integrations.connecting.connection_words import why_unreadable
from integrations.connecting.connections import declared
from integrations.connecting.keeping import connect, rename
from integrations.destinations import destinations
from integrations.exceptions import CredentialsUnreadable
from integrations.models import Connection, ConnectionState
from integrations.views.connections.forms import ConnectionForm, connection_form
from integrations.views.connections.found import remember
from integrations.views.connections.listing import kinds


@page("integrations.add_connection")
@require_safe
def choose(request: HttpRequest) -> HttpResponseBase:
    """Show the kinds of services, what each is for and what it is sent."""
    context = {"kinds": kinds()}
    return show(request, "connections/choose.html", context, title=_("Connect a service"))


@page("integrations.add_connection")
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest, kind: str) -> HttpResponseBase:
    """Ask for what the service wants to be told, test it and keep it."""
    if kind not in destinations:
        raise Http404
    connection = Connection(destination=kind, name=_free_name(str(destinations.get(kind).label)))
    return _form_page(request, connection)


@page("integrations.change_connection")
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Change what was entered; secrets that stay may be left empty."""
    return _form_page(request, get_object_or_404(Connection, pk=pk))


def _free_name(name: str) -> str:
    taken = set(Connection.objects.values_list("name", flat=True))
    names = [name, *(f"{name} {number}" for number in range(2, len(taken) + 3))]
    return next(one for one in names if one not in taken)


def _form_page(request: HttpRequest, connection: Connection) -> HttpResponseBase:
    destination = declared(connection)
    is_new, before = connection.pk is None, connection.name
    unreadable = why_unreadable(connection)
    form = connection_form(destination, connection, request.POST or None)
    error: RegularsError | None = None
    if request.method == "POST" and form.is_valid():
        answer, error = _store(request, connection, form, is_lost=unreadable is not None)
        if answer is not None:
            return answer
    context = {
        "connection": connection,
        "destination": destination,
        "form": form,
        "error": error,
        "unreadable": unreadable,
        "is_new": is_new,
        "is_live": not is_new and connection.state == ConnectionState.ACTIVE,
    }
    if is_new:
        title = _("Connect %(service)s") % {"service": destination.label}
    else:
        title = _("Settings of “%(name)s”") % {"name": before}
    return show(request, "connections/form.html", context, title=title)


def _store(
    request: HttpRequest, connection: Connection, form: ConnectionForm, *, is_lost: bool
) -> tuple[HttpResponseBase | None, RegularsError | None]:
    """Keep what was entered and go on to the page that says what came of it; else say why not."""
    now, user, was_new = timezone.now(), user_of(request), connection.pk is None
    if not was_new and form.changes_the_name_only and not is_lost:
        if form.called == connection.name:
            messages.info(request, _("Nothing was changed."))
        else:
            rename(connection, form.called, now=now, user=user)
            messages.success(request, _("The connection has its new name."))
        return redirect("connections:detail", connection.pk), None
    connection.name = form.called
    if is_lost:
        connection.credentials = ""
    try:
        finding = connect(
            connection,
            form.settings.cleaned_data,
            patience=while_somebody_waits(),
            now=now,
            user=user,
        )
    except CredentialsUnreadable as error:
        return None, error
    except IntegrityError:  # Somebody took the name while the service was asked.
        form.refuse_name()
        return None, None
    if finding.error is not None and connection.state == ConnectionState.ACTIVE:
        return None, finding.error
    if finding.error is not None:
        messages.warning(
            request,
            _("“%(name)s” does not work yet: %(error)s What you entered is kept.")
            % {"name": connection.name, "error": finding.error},
        )
        return redirect("connections:edit", connection.pk), None
    remember(request, connection, finding)
    return redirect("connections:detail", connection.pk), None
