"""The ledger of an audience, its runs, and what one of them did or would do."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from analytics.charts import BarChart, bar_chart
from analytics.charts.scale import figure
from cdp.models import Customer
from cdp.pages import page
from integrations.audience_words import Standing, run_standing
from integrations.connecting.connections import declared
from integrations.identity.profile_fields import PROFILE_FIELDS
from integrations.ledger import Ledger, ledger_of
from integrations.lookalikes import lookalike_jobs
from integrations.models import Audience, RunKind, SyncRun
from integrations.stored_files import FILE_RIGHT, files_of
from integrations.views.audiences.forms import LookalikeForm
from integrations.views.audiences.frame import audience_of, show_audience

SHOWN_RUNS = 5
RUNS_PER_PAGE = 30


@dataclass(frozen=True)
class ShownRun:
    """A run with its outcome in words and how long it took."""

    run: SyncRun
    outcome: Standing
    seconds: int | None


@page("integrations.view_audience")
@require_safe
def ledger(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Show who belongs in, who is there, what is left to do, and what can be done."""
    return show_ledger(request, audience_of(pk))


def show_ledger(
    request: HttpRequest,
    audience: Audience,
    *,
    lookalike_form: LookalikeForm | None = None,
    status: int = 200,
) -> HttpResponseBase:
    """Return the ledger, with what was wrong about a lookalike that was asked for."""
    found = ledger_of(audience)
    latest = shown_runs(audience.runs.select_related("user")[:SHOWN_RUNS])
    is_dry = bool(latest) and latest[0].run.kind == RunKind.DRY_RUN
    context: dict[str, object] = {
        "ledger": found,
        "chart": _chart(audience, found),
        "runs": latest,
        "dry_run": latest[0] if is_dry else None,
        "fields": [
            PROFILE_FIELDS[key].label for key in audience.profile_fields if key in PROFILE_FIELDS
        ],
    }
    if request.user.has_perm(FILE_RIGHT):
        context["files"] = files_of(audience)
    if declared(audience.connection).makes_lookalikes:
        context["lookalikes"] = list(audience.lookalikes.all())
        context["lookalike_jobs"] = lookalike_jobs(audience)
        context["lookalike_form"] = lookalike_form or LookalikeForm()
    return show_audience(
        request, "audiences/ledger.html", audience, context, tab="ledger", status=status
    )


def _chart(audience: Audience, found: Ledger) -> BarChart:
    reach = found.reach
    rows = [
        (_("Belong in"), reach.wanted),
        (_("Without consent"), reach.without_consent),
        (_("Without address or number"), reach.without_identifier),
        (_("Kept out to compare with"), reach.held_out),
    ]
    title = _("Members of the segment: %(count)s") % {"count": figure(reach.members)}
    return bar_chart(rows, title=title)


def shown_runs(runs: Iterable[SyncRun]) -> list[ShownRun]:
    """Return the runs as pages show them."""
    return [ShownRun(run, run_standing(run), _seconds(run)) for run in runs]


def _seconds(run: SyncRun) -> int | None:
    if run.finished_at is None:
        return None
    return max(round((run.finished_at - run.started_at).total_seconds()), 0)


@page("integrations.view_audience")
@require_safe
def runs(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Show all runs, the latest first."""
    audience = audience_of(pk)
    rows = Paginator(audience.runs.select_related("user"), RUNS_PER_PAGE).get_page(
        request.GET.get("page")
    )
    context = {"rows": rows, "runs": shown_runs(rows)}
    return show_audience(request, "audiences/runs.html", audience, context, tab="runs")


@page("integrations.view_audience")
@require_safe
def run(request: HttpRequest, pk: int, run: int) -> HttpResponseBase:
    """Show one run: its figures, some of the people, what was noted, what it would have held."""
    audience = audience_of(pk)
    found = get_object_or_404(audience.runs.select_related("user"), pk=run)
    context = {
        "shown": shown_runs([found])[0],
        "is_dry": found.kind == RunKind.DRY_RUN,
        "is_latest": not audience.runs.filter(pk__gt=found.pk).exists(),
        "to_add": _people(found, "add"),
        "to_remove": _people(found, "remove"),
    }
    return show_audience(request, "audiences/run.html", audience, context, tab="runs")


def _people(run: SyncRun, which: str) -> list[Customer]:
    """Return the sample of a run, in its order, without those who were deleted since."""
    keys = [int(key) for key in run.sample.get(which, ())]
    found = Customer.objects.in_bulk(keys)
    return [found[key] for key in keys if key in found]
