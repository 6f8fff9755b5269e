"""What becomes of a run that met an error: it waits, or it stops what a person has to mend."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.utils.translation import gettext as _

from cdp.exceptions import RegularsError
from integrations.connecting.connections import note_failure
from integrations.exceptions import (
    AudienceGone,
    BadRequest,
    DestinationError,
    NotAuthorized,
    RateLimited,
    Unavailable,
)
from integrations.models import AudienceState, RunState
from integrations.sync.rows import forget_members
from integrations.sync.work import Outcome, Work

_FIRST_WAIT = 60
_LONGEST_WAIT = 3_600


class SyncFailed(RegularsError):
    """A run ended without having done what it was for."""


@dataclass
class Failed(Outcome):
    """The step met an error."""

    error: RegularsError

    def store(self, work: Work) -> None:
        """Put the run off if the same may succeed later; else end it, and stop what is wrong."""
        run, error = work.run, self.error
        run.error, run.hint = error.message[:1000], error.hint[:1000]
        if isinstance(error, DestinationError) and error.retry:
            _put_off(work, error)
            return
        if work.is_ending and isinstance(error, AudienceGone):
            _end_without_audience(work)
            return
        run.state, run.finished_at = RunState.FAILED, work.now
        # The next step ends the job with this error.
        work.place.epoch = work.job.epoch
        work.change(failed_at=work.now, next_run_at=None)
        if isinstance(error, NotAuthorized):
            note_failure(work.audience.connection, error, now=work.now)
        elif isinstance(error, BadRequest):
            work.change(error=run.error, hint=run.hint)
            if work.audience.state == AudienceState.ACTIVE:
                work.change(state=AudienceState.STOPPED)


def _end_without_audience(work: Work) -> None:
    """What was deleted over there holds nobody: an audience that ends has ended."""
    forget_members(work.audience, now=work.now)
    work.run.state, work.run.finished_at = RunState.DONE, work.now
    work.run.error = work.run.hint = ""
    work.change(state=AudienceState.ENDED, next_run_at=None, error="", hint="", failed_at=None)
    work.is_over, work.message = True, _("It was deleted over there, so nobody is in it any more.")


def _put_off(work: Work, error: DestinationError) -> None:
    """Let the run wait: as long as the service asks for, else longer each time."""
    asked = error.retry_after if isinstance(error, RateLimited | Unavailable) else None
    seconds = min(_FIRST_WAIT * 2 ** min(work.place.put_off, 6), _LONGEST_WAIT)
    work.place.put_off += 1
    until = work.now + timedelta(seconds=seconds if asked is None else max(asked, 1.0))
    said = _("%(error)s Regulars goes on by itself.") % {"error": error.message}
    work.wait(until, said)
