"""Lookalikes: audiences of people who resemble ours, made over there by a job."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cdp.exceptions import RegularsError
from cdp.jobs.base import JobKind, Step, job_kinds
from cdp.jobs.requests import enqueue
from cdp.models import Job, JobState, User
from integrations.audiences import record_change
from integrations.connecting.connections import connected, note_failure
from integrations.exceptions import NotAuthorized
from integrations.models import Audience, Lookalike

KIND = "lookalike"
_NAME_LENGTH = 80


@dataclass(frozen=True)
class Wish:
    """A lookalike to be made: of an audience, in a country, of a share of its people in percent."""

    audience: int
    country: str
    percent: int

    def __str__(self) -> str:
        return f"{self.audience}:{self.country}:{self.percent}"

    @classmethod
    def of(cls, target: str) -> Wish:
        """Return the wish that a job works on."""
        audience, country, percent = target.split(":")
        return cls(int(audience), country, int(percent))


class LookalikeRefused(RegularsError):
    """A lookalike cannot be made."""


def ask_for_lookalike(
    audience: Audience, *, country: str, percent: int, user: User, now: datetime
) -> Job:
    """Return the job that makes a lookalike; raise `LookalikeRefused` with what is in the way."""
    if not audience.remote_id:
        raise LookalikeRefused(
            _("The audience has not been made over there yet."),
            hint=_("Sync it first; a lookalike needs at least a hundred people there."),
        )
    if audience.lookalikes.filter(country=country, percent=percent).exists():
        raise LookalikeRefused(_("There is a lookalike of this country and share already."))
    wish = Wish(audience.pk, country, percent)
    with transaction.atomic():
        record_change(
            audience, "lookalike", f"country={country}, percent={percent}", user=user, now=now
        )
        return enqueue(KIND, str(wish), now=now, user=user)


def lookalike_jobs(audience: Audience) -> list[Job]:
    """Return which of the last three jobs for an audience still make a lookalike, or could not."""
    jobs = Job.objects.filter(kind=KIND, target__startswith=f"{audience.pk}:")
    return [job for job in jobs.order_by("-pk")[:3] if job.state != JobState.DONE]


def name_of(audience: Audience, wish: Wish) -> str:
    """Return what the lookalike is called over there."""
    ending = f" ({wish.country} {wish.percent} %)"
    start = _("Lookalike of %(name)s") % {"name": audience.outside_name}
    return f"{start[: _NAME_LENGTH - len(ending)]}{ending}"


@job_kinds.register
class LookalikeJob(JobKind[str]):
    """Makes one lookalike; its target is the wish. One that exists over there is taken over."""

    key = KIND
    label = gettext_lazy("lookalike audience")
    reruns = False

    def subjects(self, targets: Collection[str]) -> Mapping[str, str]:
        """Return the names of the audiences."""
        keys = {target: Wish.of(target).audience for target in targets}
        names = dict(
            Audience.objects.filter(pk__in=keys.values()).values_list("pk", "outside_name")
        )
        return {target: names.get(key, "") for target, key in keys.items()}

    def plan(self, job: Job, *, now: datetime) -> Step:
        """There is one thing to do."""
        return Step(total=1)

    def read(self, job: Job, *, now: datetime) -> str:
        """Make the lookalike over there and return its number."""
        wish = Wish.of(job.target)
        audience = Audience.objects.select_related("connection").get(pk=wish.audience)
        destination = connected(audience.connection)
        try:
            return destination.make_lookalike(
                name_of(audience, wish),
                audience.remote_id,
                country=wish.country,
                ratio=wish.percent / 100,
            )
        except NotAuthorized as error:
            note_failure(audience.connection, error, now=now)
            raise
        finally:
            destination.close()

    def write(self, job: Job, chunk: str, *, now: datetime) -> Step:
        """Store the lookalike."""
        wish = Wish.of(job.target)
        audience = Audience.objects.get(pk=wish.audience)
        Lookalike.objects.get_or_create(
            audience=audience,
            country=wish.country,
            percent=wish.percent,
            defaults={
                "name": name_of(audience, wish),
                "remote_id": chunk,
                "user": job.user,
                "created_at": now,
            },
        )
        return Step(done=1, is_finished=True)
