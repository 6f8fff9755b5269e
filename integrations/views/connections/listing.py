"""The list of connections: which service, whether it works, how many people are kept there."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponseBase
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from cdp.pages import page, show
from integrations.audience_words import Standing
from integrations.connecting.connection_words import connection_standing
from integrations.destinations import Destination, destinations
from integrations.models import AudienceMember, AudienceState, Connection, MemberState


@dataclass(frozen=True)
class Entry:
    """One row of the list."""

    connection: Connection
    destination: Destination
    standing: Standing
    audience_count: int
    people_there: int


@page("integrations.view_connection")
@require_safe
def connections(request: HttpRequest) -> HttpResponseBase:
    """Show every connection; there are few."""
    context = {"entries": [_entry(one) for one in _counted()], "kinds": kinds()}
    return show(request, "connections/list.html", context, title=_("Connections"))


def kinds() -> list[Destination]:
    """Return the kinds of services by name; those that are no service of their own come last."""
    return sorted(
        destinations, key=lambda one: (not one.keeps_audiences, not one.is_verified, str(one.label))
    )


def _counted() -> QuerySet[Connection]:
    there = AudienceMember.objects.filter(
        audience__connection=OuterRef("pk"), state=MemberState.IN
    ).order_by()
    people = there.values("audience__connection").annotate(count=Count("pk")).values("count")
    live = Count("audiences", filter=~Q(audiences__state=AudienceState.ENDED))
    return Connection.objects.annotate(
        audience_count=live, people_there=Coalesce(Subquery(people), 0)
    ).order_by("name")


def _entry(connection: Connection) -> Entry:
    return Entry(
        connection,
        destinations.get(connection.destination),
        connection_standing(connection),
        getattr(connection, "audience_count", 0),
        getattr(connection, "people_there", 0),
    )
