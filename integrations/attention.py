"""What needs somebody: connections and audiences that stand still, and many refused people."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import Max
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from analytics.charts.scale import figure
from integrations.audience_words import standing_of
from integrations.connecting.connection_words import connection_standing
from integrations.models import (
    Audience,
    AudienceState,
    Connection,
    ConnectionState,
    RunKind,
    RunState,
    SyncRun,
)

FEWEST_REFUSED = 10
LARGEST_SHARE_REFUSED = 0.05
LONGEST = 300


@dataclass(frozen=True)
class Trouble:
    """A connection or an audience with what is wrong and what to do."""

    thing: Connection | Audience
    text: str
    tone: str = "bad"


def troubles() -> list[Trouble]:
    """Return what needs somebody, the gravest first, in three queries; nothing if all is well."""
    found = [*_connections(), *_audiences()]
    return sorted(found, key=lambda one: (one.tone != "bad", isinstance(one.thing, Audience)))


def _connections() -> Iterator[Trouble]:
    for connection in Connection.objects.order_by("name"):
        standing = connection_standing(connection)
        if standing.needs_attention:
            text = _about(connection.name, standing.sentence, standing.hint)
            yield Trouble(connection, text, standing.tone)


def _audiences() -> Iterator[Trouble]:
    """Yield the audiences at connections that work: those of others wait for their connection."""
    live = Audience.objects.exclude(state=AudienceState.ENDED)
    audiences = list(live.select_related("connection", "segment").order_by("outside_name"))
    runs = _last_runs()
    for audience in audiences:
        if audience.connection.state == ConnectionState.STOPPED:
            continue
        standing = standing_of(audience)
        run = runs.get(audience.pk)
        if standing.needs_attention:
            text = _about(audience.outside_name, standing.sentence, standing.hint)
            yield Trouble(audience, text, standing.tone)
        elif run is not None and run.state == RunState.FAILED:
            text = _about(audience.outside_name, run.error, run.hint)
            yield Trouble(audience, text)
        elif run is not None and _refuses_many(run):
            words = ngettext(
                "“%(name)s”: the service refused %(count)s person in the last run. The audience's "
                "page says why.",
                "“%(name)s”: the service refused %(count)s people in the last run. The audience's "
                "page says why.",
                run.refused,
            )
            said = {"name": audience.outside_name, "count": figure(run.refused)}
            yield Trouble(audience, words % said, "warn")


def _about(name: str, sentence: str, hint: str) -> str:
    said = {"name": name, "sentence": Truncator(sentence).chars(LONGEST), "hint": hint}
    return (_("“%(name)s”: %(sentence)s %(hint)s") % said).strip()


def _refuses_many(run: SyncRun) -> bool:
    share = LARGEST_SHARE_REFUSED * (run.wanted or 0)
    return run.refused >= max(FEWEST_REFUSED, share)


def _last_runs() -> dict[int, SyncRun]:
    """Return the last run of each audience that has come to an end, dry runs aside."""
    over = SyncRun.objects.filter(state__in=(RunState.DONE, RunState.FAILED))
    over = over.exclude(kind=RunKind.DRY_RUN).order_by()
    latest = over.values("audience").annotate(latest=Max("pk")).values("latest")
    return {run.audience_id: run for run in SyncRun.objects.filter(pk__in=latest)}
