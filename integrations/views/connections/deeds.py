"""What the buttons of a connection do: test, pause, resume, delete."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from cdp.pages import page, show, user_of
from integrations.connecting import keeping
from integrations.connecting.checking import note, probe, while_somebody_waits
from integrations.ledger import counts_of
from integrations.models import AudienceState, Connection, ConnectionState
from integrations.views.connections.found import remember


@page("integrations.change_connection")
@require_POST
def test(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Ask the service, note what it said and show it."""
    connection = get_object_or_404(Connection, pk=pk)
    finding = probe(connection, patience=while_somebody_waits())
    note(connection, finding, now=timezone.now())
    remember(request, connection, finding)
    if finding.is_good and connection.state == ConnectionState.STOPPED:
        messages.info(request, _("It is still stopped: press Resume to let it send again."))
    return redirect("connections:detail", pk)


@page("integrations.change_connection")
@require_POST
def pause(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Let nobody enter until somebody resumes."""
    connection = get_object_or_404(Connection, pk=pk)
    keeping.pause(connection, now=timezone.now(), user=user_of(request))
    if connection.state == ConnectionState.STOPPED:
        messages.info(request, _("It is stopped already: nothing is sent."))
        return redirect("connections:detail", pk)
    words = _(
        "“%(name)s” is paused: nobody is added to its audiences. Whoever withdraws consent or is "
        "erased is taken out all the same."
    )
    messages.success(request, words % {"name": connection.name})
    return redirect("connections:detail", pk)


@page("integrations.change_connection")
@require_POST
def resume(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Test the connection and, if it works, bring its audiences up to date."""
    connection = get_object_or_404(Connection, pk=pk)
    finding = keeping.resume(
        connection,
        patience=while_somebody_waits(),
        now=timezone.now(),
        user=user_of(request),
    )
    remember(request, connection, finding)
    if finding.is_good:
        words = _("“%(name)s” is in use again. Its audiences are being brought up to date.")
        messages.success(request, words % {"name": connection.name})
    return redirect("connections:detail", pk)


@page("integrations.delete_connection")
@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Say what goes and what stays, then delete; refuse while audiences are kept there."""
    connection = get_object_or_404(Connection, pk=pk)
    error: keeping.ConnectionInUse | None = None
    if request.method == "POST":
        name = connection.name
        try:
            keeping.delete(connection, now=timezone.now(), user=user_of(request))
        except keeping.ConnectionInUse as refused:
            error = refused
        else:
            messages.success(request, _("The connection “%(name)s” is deleted.") % {"name": name})
            return redirect("connections:list")
    audiences = connection.audiences.select_related("segment")
    ended = audiences.filter(state=AudienceState.ENDED)
    context = {
        "connection": connection,
        "live": list(audiences.exclude(state=AudienceState.ENDED)),
        "ended_count": ended.count(),
        "left_there": sum(counts.there for counts in counts_of(ended).values()),
        "error": error,
    }
    title = _("Delete “%(name)s”") % {"name": connection.name}
    status = 409 if error else 200
    return show(request, "connections/delete.html", context, title=title, status=status)
