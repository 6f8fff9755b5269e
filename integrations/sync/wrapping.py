"""The phases that end a run: what the service does once all is confirmed, then the record."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import Min, Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cdp.models import Shop
from integrations.destinations import Receipt
from integrations.identity.people import Person
from integrations.identity.portraits import AT_ONCE, persons
from integrations.models import AudienceState, ConnectionState, MemberState, RunState, Schedule
from integrations.sync.difference import MOST_TRIES
from integrations.sync.moments import next_daily
from integrations.sync.place import Phase
from integrations.sync.work import Move, Outcome, Work
from integrations.wanted import THERE

# So often an audience that ends asks for people the service does not let go.
LAST_TRIES = 3


def read_wrapping(work: Work) -> Outcome:
    """Let the service finish a run that changed something."""
    run = work.run
    if not work.audience.remote_id or not (run.added or run.updated or run.removed):
        return Move(Phase.FINISH)
    line = work.open()
    people = _everybody(work) if line.needs_everybody else iter(())
    return Wrapped(line.finish(work.audience.remote_id, people))


def _everybody(work: Work) -> Iterator[Person]:
    """Yield all who are in, as they are now; whom the brake holds is in, too."""
    there = Q(state=MemberState.IN) | Q(state__in=THERE, confirmed_at__isnull=False)
    purpose, after = work.kind.purpose, 0
    while True:
        rows = work.audience.members.filter(there, customer__gt=after)
        keys = list(rows.order_by("customer_id").values_list("customer_id", flat=True)[:AT_ONCE])
        if not keys:
            return
        people = persons([key for key in keys if key is not None], fields=work.fields)
        yield from (one for one in people if purpose in one.consents)
        after = keys[-1] or 0


@dataclass
class Wrapped(Outcome):
    """The service has finished."""

    receipt: Receipt

    def store(self, work: Work) -> None:
        """Keep what it said."""
        for text in (*self.receipt.notes, *self.receipt.problems):
            work.note(text)
        work.place.go_to(Phase.FINISH)


@dataclass
class Finished(Outcome):
    """Everything that could be done is done."""

    def store(self, work: Work) -> None:
        """End the run, and say of the audience how it stands."""
        run, audience = work.run, work.audience
        run.finished_at, run.error, run.hint = work.now, "", ""
        work.place.put_off = 0
        if work.place.is_held:
            run.state = RunState.HELD
            work.message = _held(audience.held_removals)
        else:
            run.state = RunState.DONE
            work.message = _summary(work)
            work.change(held_removals=0, released_removals=0)
            if work.follows:
                work.change(synced_at=work.now)
                if work.is_full or audience.sent_in_full_at is None:
                    work.change(sent_in_full_at=run.started_at)
        if audience.state == AudienceState.ACTIVE:
            work.change(error="", hint="", failed_at=None)
        if work.is_ending and _has_ended(work):
            work.change(state=AudienceState.ENDED)
        if audience.connection.error and audience.connection.state != ConnectionState.STOPPED:
            audience.connection.error = audience.connection.hint = ""
            audience.connection.save(update_fields=["error", "hint"])
        plan_next(work)
        work.is_over = True


def read_end(work: Work) -> Outcome:
    """Nothing is left to ask."""
    return Finished()


def _has_ended(work: Work) -> bool:
    """Whether everybody is out, or whoever is left will not be let go."""
    left = work.audience.members.filter(state__in=THERE)
    return not left.filter(tries__lt=LAST_TRIES).exists()


def plan_next(work: Work) -> None:
    """Say when the audience is looked at again by itself: its time of day, or the next retry."""
    audience, moments = work.audience, []
    if audience.state == AudienceState.ACTIVE and audience.schedule == Schedule.DAILY:
        zone = Shop.objects.current().zone
        if audience.daily_at is not None:
            moments.append(next_daily(audience.daily_at, zone, after=work.now))
    if audience.schedule != Schedule.MANUAL or audience.state == AudienceState.ENDING:
        left = audience.members.filter(
            state__in=(MemberState.ERROR, MemberState.PENDING_REMOVE), tries__lt=MOST_TRIES
        )
        retry = left.filter(retry_at__gt=work.now).aggregate(first=Min("retry_at"))["first"]
        moments += [retry] if retry else []
    work.change(next_run_at=min(moments, default=None))


def _held(count: int) -> str:
    return ngettext(
        "Held back: %(count)s person would be removed, which is more than the brake allows.",
        "Held back: %(count)s people would be removed, which is more than the brake allows.",
        count,
    ) % {"count": count}


def _summary(work: Work) -> str:
    run = work.run
    if not (run.added or run.updated or run.removed or run.refused):
        return _("Nothing had to be changed.")
    return _("%(added)s added, %(updated)s updated, %(removed)s removed, %(refused)s refused.") % {
        "added": run.added,
        "updated": run.updated,
        "removed": run.removed,
        "refused": run.refused,
    }
