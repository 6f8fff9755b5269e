"""The daily look at every connection that is not paused: do the services still let us in?"""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from cdp.jobs.base import JobKind, Step, job_kinds
from cdp.jobs.key_list import keys_left, step_over
from cdp.models import Job
from integrations.connecting.checking import Finding, in_the_background, note, probe
from integrations.models import Connection, ConnectionState

Chunk = tuple[Connection | None, Finding | None]


@job_kinds.register
class CheckConnectionsJob(JobKind[Chunk]):
    """Tests one connection per chunk; the checkpoint lists those to do."""

    key = "check_connections"
    label = gettext_lazy("Test of the connections")

    def plan(self, job: Job, *, now: datetime) -> Step:
        """List the connections that something is sent to, stopped ones included."""
        asked = Connection.objects.exclude(state=ConnectionState.PAUSED).order_by("pk")
        keys = list(asked.values_list("pk", flat=True))
        return step_over(keys, done=0, total=len(keys), summary=_summary)

    def read(self, job: Job, *, now: datetime) -> Chunk:
        """Ask the service of the next connection."""
        connection = Connection.objects.filter(pk=keys_left(job)[0]).first()
        if connection is None:
            return None, None
        return connection, probe(connection, patience=in_the_background())

    def write(self, job: Job, chunk: Chunk, *, now: datetime) -> Step:
        """Note what the service said, unless the connection was deleted meanwhile."""
        asked, finding = chunk
        if asked is not None and finding is not None:
            connection = Connection.objects.select_for_update().filter(pk=asked.pk).first()
            if connection is not None:
                note(connection, finding, now=now)
        return step_over(keys_left(job)[1:], done=1, total=job.total, summary=_summary)


def _summary(total: int) -> str:
    if not total:
        return _("There is no connection to test.")
    said = ngettext("Tested %(count)s connection.", "Tested %(count)s connections.", total)
    failed = Connection.objects.exclude(state=ConnectionState.PAUSED).exclude(error="").count()
    if failed:
        said += " " + ngettext(
            "%(failed)s does not work; its page says why.",
            "%(failed)s do not work; their pages say why.",
            failed,
        )
    return said % {"count": total, "failed": failed}
