"""The job that reads unsubscribes at a connection, page by page, and when it is due."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from contextlib import closing
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta

from django.db.models import Max
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from cdp.jobs.base import JobKind, Step, job_kinds
from cdp.jobs.requests import enqueue
from cdp.models import Job, JobState
from integrations.connections import connected, note_failure
from integrations.destinations import destinations
from integrations.destinations.base import Withdrawals
from integrations.exceptions import CredentialsUnreadable, DestinationError
from integrations.models import Connection, ConnectionState
from integrations.withdrawals import take_withdrawals

KIND = "read_withdrawals"
EVERY = timedelta(minutes=15)
# Read again each time: services show some late, and pages may shift while they are read.
OVERLAP = timedelta(hours=1)
# Before any shop could have unsubscribed anybody: the first time everything is read.
BEGINNING = datetime(2001, 1, 1, tzinfo=UTC)
KEPT = timedelta(days=7)


@dataclass(frozen=True)
class Progress:
    """How far the reading has got: from which moment on, the next page, and when it began."""

    since: str
    began: str
    cursor: str = ""

    def stored(self) -> str:
        """Return the checkpoint text."""
        return json.dumps(asdict(self))

    @classmethod
    def restored(cls, text: str) -> Progress:
        """Return the progress that a checkpoint tells."""
        return cls(**json.loads(text))


@dataclass(frozen=True)
class Chunk:
    """A page of withdrawals, or why there is none."""

    connection: Connection | None
    page: Withdrawals | None = None
    failure: DestinationError | CredentialsUnreadable | None = None


@job_kinds.register
class ReadWithdrawalsJob(JobKind[Chunk]):
    """Takes in who unsubscribed at the connection with this key, from where the last one ended.

    `done` counts the customers for whom that was news; segments follow only if there are any.
    """

    key = KIND
    label = gettext_lazy("Unsubscribes")
    reruns = False

    def subjects(self, targets: Collection[str]) -> Mapping[str, str]:
        """Return the names of the connections."""
        named = Connection.objects.filter(pk__in=targets).values_list("pk", "name")
        return {str(pk): name for pk, name in named}

    def plan(self, job: Job, *, now: datetime) -> Step:
        """Begin a little before the last reading, or at the beginning of time."""
        connection = Connection.objects.filter(pk=job.target).first()
        until = connection.consents_read_until if connection else None
        since = until - OVERLAP if until else BEGINNING
        return Step(checkpoint=Progress(since.isoformat(), now.isoformat()).stored())

    def read(self, job: Job, *, now: datetime) -> Chunk:
        """Ask the service for the next page."""
        connection = Connection.objects.filter(pk=job.target).first()
        if connection is None or not may_read(connection):
            return Chunk(None)
        progress = Progress.restored(job.checkpoint)
        try:
            with closing(connected(connection)) as destination:
                since = datetime.fromisoformat(progress.since)
                return Chunk(connection, destination.withdrawals(since, progress.cursor))
        except (DestinationError, CredentialsUnreadable) as error:
            return Chunk(connection, failure=error)

    def write(self, job: Job, chunk: Chunk, *, now: datetime) -> Step:
        """Store the page; after the last one, the next reading begins where this one began."""
        connection = chunk.connection
        if connection is None:
            said = _("Nothing was read: the connection is not active, or tells no unsubscribes.")
            return Step(checkpoint=job.checkpoint, message=said, is_finished=True)
        if chunk.page is None:
            return _failed(job, connection, chunk.failure, now=now)
        progress = Progress.restored(job.checkpoint)
        taken = take_withdrawals(connection, chunk.page.found, now=now)
        after = replace(progress, cursor=chunk.page.following)
        if after.cursor:
            return Step(checkpoint=after.stored(), done=len(taken))
        Connection.objects.filter(pk=connection.pk).update(
            consents_read_until=datetime.fromisoformat(progress.began)
        )
        return Step(
            checkpoint=after.stored(),
            done=len(taken),
            message=_summary(job.done + len(taken)),
            is_finished=True,
        )

    def is_followed(self, job: Job) -> bool:
        """Whether customers changed."""
        return job.done > 0

    def tidy(self, *, now: datetime) -> None:
        """Forget the many that found nothing; they would hide the other jobs."""
        old = Job.objects.filter(kind=KIND, state=JobState.DONE, done=0)
        old.filter(finished_at__lt=now - KEPT).delete()


def may_read(connection: Connection) -> bool:
    """Return whether unsubscribes can be read there: it is active, and its service tells them."""
    return (
        connection.state == ConnectionState.ACTIVE
        and connection.destination in destinations
        and destinations.get(connection.destination).tells_withdrawals
    )


def ask_where_due(*, now: datetime) -> list[Job]:
    """Ask for a reading at each connection that has had none for a quarter of an hour."""
    asked = Job.objects.filter(kind=KIND, created_at__gt=now - EVERY)
    recent = set(asked.values("target").annotate(Max("pk")).values_list("target", flat=True))
    active = Connection.objects.filter(state=ConnectionState.ACTIVE)
    return [
        enqueue(KIND, str(connection.pk), now=now)
        for connection in active.order_by("pk")
        if may_read(connection) and str(connection.pk) not in recent
    ]


def _failed(
    job: Job,
    connection: Connection,
    failure: DestinationError | CredentialsUnreadable | None,
    *,
    now: datetime,
) -> Step:
    """Say why nothing more was read; the next reading begins where this one did."""
    if isinstance(failure, DestinationError) and not failure.retry:
        note_failure(connection, failure, now=now)
    said = _("The unsubscribes of “%(name)s” were not read to the end: %(reason)s") % {
        "name": connection.name,
        "reason": failure,
    }
    return Step(checkpoint=job.checkpoint, message=said[:1000], is_finished=True)


def _summary(count: int) -> str:
    if not count:
        return _("Nobody new has unsubscribed.")
    return ngettext(
        "%(count)s customer has unsubscribed there and counts as withdrawn here.",
        "%(count)s customers have unsubscribed there and count as withdrawn here.",
        count,
    ) % {"count": count}
