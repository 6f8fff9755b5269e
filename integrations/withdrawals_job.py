"""The job that reads unsubscribes at the services, page by page, and when it is due."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from cdp.exceptions import RegularsError
from cdp.jobs.base import JobKind, Step, job_kinds
from cdp.models import Job, JobState
from integrations.connecting.checking import clear
from integrations.connecting.connections import note_failure
from integrations.destinations import destinations
from integrations.destinations.base import Withdrawals
from integrations.exceptions import CredentialsUnreadable, DestinationError
from integrations.models import Connection, ConnectionState
from integrations.sync.lines import close_line, open_line
from integrations.withdrawals import take_withdrawals

KIND = "read_withdrawals"
EVERY = timedelta(minutes=15)
# Read again each time: services show some late, and pages may shift while they are read.
OVERLAP = timedelta(hours=1)
# Before any shop could have unsubscribed anybody: the first time everything is read.
BEGINNING = datetime(2001, 1, 1, tzinfo=UTC)
# Readings that found nothing would hide the other jobs.
KEPT = timedelta(hours=3)


@dataclass(frozen=True)
class Progress:
    """How far the reading has got: the connections left, and within the first one the next page.

    `since` and `began` are empty until its first page was read.
    """

    connections: tuple[int, ...]
    cursor: str = ""
    since: str = ""
    began: str = ""

    def stored(self) -> str:
        """Return the checkpoint text."""
        return json.dumps(asdict(self))

    @classmethod
    def restored(cls, text: str) -> Progress:
        """Return the progress that a checkpoint tells."""
        values = json.loads(text)
        return cls(tuple(values.pop("connections")), **values)


@dataclass(frozen=True)
class Chunk:
    """A page of withdrawals of one connection, or why there is none."""

    progress: Progress
    connection: Connection | None = None
    page: Withdrawals | None = None
    failure: RegularsError | None = None


@job_kinds.register
class ReadWithdrawalsJob(JobKind[Chunk]):
    """Takes in who unsubscribed at the services that tell it, from where the last reading ended.

    Without a target at all connections, else at the one with this key. `done` counts the
    customers for whom that was news; segments follow only if there are any. A connection that
    cannot be read does not keep the others from it.
    """

    key = KIND
    label = gettext_lazy("Unsubscribes")
    reruns = False

    def subjects(self, targets: Collection[str]) -> Mapping[str, str]:
        """Return the names of the connections."""
        keys = [target for target in targets if target.isdecimal()]
        named = Connection.objects.filter(pk__in=keys).values_list("pk", "name")
        return {str(pk): name for pk, name in named}

    def plan(self, job: Job, *, now: datetime) -> Step:
        """List the connections; forget the earlier readings that found nothing."""
        self.tidy(now=now)
        keys = [one.pk for one in _readable() if job.target in ("", str(one.pk))]
        return Step(checkpoint=Progress(tuple(keys)).stored())

    def read(self, job: Job, *, now: datetime) -> Chunk:
        """Ask a service for the next page."""
        progress = Progress.restored(job.checkpoint)
        keys = progress.connections[:1]
        connection = next((one for one in _readable() if one.pk in keys), None)
        if connection is None:
            return Chunk(progress)
        if not progress.began:
            until = connection.consents_read_until
            since = until - OVERLAP if until else BEGINNING
            progress = replace(progress, since=since.isoformat(), began=now.isoformat())
        try:
            line = open_line(job, connection)
            page = line.withdrawals(datetime.fromisoformat(progress.since), progress.cursor)
        except (DestinationError, CredentialsUnreadable) as error:
            return Chunk(progress, connection, failure=error)
        return Chunk(progress, connection, page)

    def write(self, job: Job, chunk: Chunk, *, now: datetime) -> Step:
        """Store the page; after the last one, the next reading begins where this one began."""
        progress, connection = chunk.progress, chunk.connection
        if not progress.connections:
            said = _("No connection that works tells who has unsubscribed.")
            return Step(checkpoint=job.checkpoint, message=said, is_finished=True)
        taken: set[int] = set()
        said = job.message
        if connection is not None and chunk.page is not None:
            taken = take_withdrawals(connection, chunk.page.found, now=now)
            if chunk.page.following:
                after = replace(progress, cursor=chunk.page.following)
                return Step(checkpoint=after.stored(), done=len(taken))
            _note_success(connection, datetime.fromisoformat(progress.began))
        elif connection is not None and chunk.failure is not None:
            said = f"{said} {_failed(connection, chunk.failure, now=now)}".strip()[:1000]
        after = Progress(progress.connections[1:])
        is_finished = not after.connections
        if is_finished:
            said = f"{said} {_summary(job.done + len(taken))}".strip()[:1000]
        return Step(
            checkpoint=after.stored(), done=len(taken), message=said, is_finished=is_finished
        )

    def is_followed(self, job: Job) -> bool:
        """Whether customers changed; the job in hand does not count its last step yet."""
        return Job.objects.filter(pk=job.pk, done__gt=0).exists()

    def is_due(self, *, now: datetime) -> bool:
        """Whether a quarter of an hour has passed, and there is a connection to read."""
        asked = Job.objects.filter(kind=KIND, target="", created_at__gt=now - EVERY)
        return not asked.exists() and bool(_readable())

    def clean_up(self, job: Job) -> None:
        """Hang up."""
        close_line()

    def tidy(self, *, now: datetime) -> None:
        """Forget the readings that found nothing, but the latest."""
        old = Job.objects.filter(kind=KIND, state=JobState.DONE, done=0)
        old.filter(finished_at__lt=now - KEPT).delete()


def _readable() -> list[Connection]:
    """Return the connections to services that tell who unsubscribed, unless they do not work.

    A paused one tells too: a pause keeps people from entering, not their choices from counting.
    """
    is_paused = Q(state=ConnectionState.PAUSED, checked_at__isnull=False, error="")
    working = Connection.objects.filter(Q(state=ConnectionState.ACTIVE) | is_paused)
    return [
        one
        for one in working.order_by("pk")
        if one.destination in destinations and destinations.get(one.destination).tells_withdrawals
    ]


def _note_success(connection: Connection, began: datetime) -> None:
    """Keep from when on to read next time, and that the service answers."""
    connection.consents_read_until = began
    clear(connection)
    connection.save(update_fields=["consents_read_until", "error", "hint", "failed_at"])


def _failed(connection: Connection, failure: RegularsError, *, now: datetime) -> str:
    """Return why there is no more to read; the next reading begins where this one did."""
    if isinstance(failure, DestinationError) and not failure.retry:
        note_failure(connection, failure, now=now)
    return _("The unsubscribes of “%(name)s” were not read to the end: %(reason)s") % {
        "name": connection.name,
        "reason": failure,
    }


def _summary(count: int) -> str:
    if not count:
        return _("Nobody new has unsubscribed.")
    return ngettext(
        "%(count)s customer has unsubscribed there and counts as withdrawn here.",
        "%(count)s customers have unsubscribed there and count as withdrawn here.",
        count,
    ) % {"count": count}
