"""The list of audiences: where each stands, how many people it has, when it runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.core.paginator import Paginator
from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.http import HttpRequest, HttpResponseBase
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from cdp.models import Job, Shop
from cdp.pages import page, show
from integrations.audience_words import Standing, next_run_words, run_standing, standing_of
from integrations.connecting.connections import declared
from integrations.ledger import Counts, counts_of
from integrations.models import Audience, AudienceState, Connection, RunKind, SyncRun
from integrations.sync.requests import SYNC

ROWS_PER_PAGE = 50


@dataclass(frozen=True)
class Entry:
    """One row of the list; `wanted` is what the last run found, None before the first."""

    audience: Audience
    destination: str
    standing: Standing
    wanted: int | None
    counts: Counts
    last_run: SyncRun | None
    outcome: Standing | None
    next_run: str
    is_running: bool


@page("integrations.view_audience")
@require_safe
def audiences(request: HttpRequest) -> HttpResponseBase:
    """Show the audiences; those that have ended only when asked for."""
    shows_ended = request.GET.get("show") == "ended"
    search = request.GET.get("q", "").replace("\x00", "").strip()[:200]
    rows = Paginator(_found(search, shows_ended=shows_ended), ROWS_PER_PAGE).get_page(
        request.GET.get("page")
    )
    context = {
        "rows": rows,
        "entries": _entries(list(rows.object_list)),
        "search": search,
        "shows_ended": shows_ended,
        "is_empty": not Audience.objects.exists(),
        "has_connections": Connection.objects.exists(),
    }
    return show(request, "audiences/list.html", context, title=_("Audiences"))


def _found(search: str, *, shows_ended: bool) -> QuerySet[Audience]:
    found = Audience.objects.select_related("segment", "connection")
    ended = Q(state=AudienceState.ENDED)
    found = found.filter(ended if shows_ended else ~ended)
    if search:
        found = found.filter(
            Q(outside_name__icontains=search)
            | Q(segment__name__icontains=search)
            | Q(connection__name__icontains=search)
        )
    runs = SyncRun.objects.filter(audience=OuterRef("pk")).order_by("-pk")
    real = runs.exclude(kind__in=(RunKind.DRY_RUN, RunKind.END)).exclude(wanted=None)
    return found.annotate(
        last_run=Subquery(runs.values("pk")[:1]), wanted=Subquery(real.values("wanted")[:1])
    ).order_by("connection__name", "outside_name")


def _entries(shown: Sequence[Audience]) -> list[Entry]:
    counts = counts_of(shown)
    numbers = [getattr(audience, "last_run", None) for audience in shown]
    runs = SyncRun.objects.in_bulk([number for number in numbers if number])
    jobs = Job.objects.live().filter(kind=SYNC).values_list("target", flat=True)
    running, zone = set(jobs), Shop.objects.current().zone
    entries = []
    for audience, number in zip(shown, numbers, strict=True):
        run = runs.get(number) if number else None
        entries.append(
            Entry(
                audience,
                str(declared(audience.connection).label),
                standing_of(audience),
                getattr(audience, "wanted", None),
                counts[audience.pk],
                run,
                run_standing(run) if run else None,
                next_run_words(audience, zone=zone),
                str(audience.pk) in running,
            )
        )
    return entries
