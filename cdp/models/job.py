"""Background work: jobs, what they rejected, the worker's heartbeat, and what ran on which day."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from cdp.models.user import User


class JobState(models.TextChoices):
    """Where a job stands; `waiting` is queued until a later moment."""

    QUEUED = "queued", _("queued")
    RUNNING = "running", _("running")
    WAITING = "waiting", _("waiting")
    DONE = "done", _("done")
    FAILED = "failed", _("failed")
    STUCK = "stuck", _("stuck")
    CANCELLED = "cancelled", _("cancelled")


LIVE_STATES = ("queued", "running", "waiting")


class JobQuerySet(models.QuerySet["Job"]):
    """Selections of jobs that the job engine works with."""

    def live(self) -> JobQuerySet:
        """Jobs that still have work to do."""
        return self.filter(state__in=LIVE_STATES)

    def visible_to(self, user: User) -> JobQuerySet:
        """A user's own jobs and the shop's (nobody's); with `cdp.view_every_job` all jobs."""
        if user.has_perm("cdp.view_every_job"):
            return self.all()
        return self.filter(Q(user=user) | Q(user__isnull=True))

    def steerable_by(self, user: User) -> JobQuerySet:
        """Jobs that a user may cancel and retry: their own; with `cdp.view_every_job` all jobs."""
        return self.all() if user.has_perm("cdp.view_every_job") else self.filter(user=user)

    def claimable(self, now: datetime) -> JobQuerySet:
        """Live jobs that nobody works on and that are due.

        A lease further ahead than any lease lasts was written by a wrong clock and does not count.
        """
        longest = now + timedelta(seconds=2 * settings.JOB_LEASE_SECONDS)
        return self.filter(
            Q(state=JobState.QUEUED)
            | Q(state=JobState.WAITING, next_attempt_at__isnull=True)
            | Q(state=JobState.WAITING, next_attempt_at__lte=now)
            | Q(state=JobState.RUNNING, lease_until__isnull=True)
            | Q(state=JobState.RUNNING, lease_until__lte=now)
            | Q(state=JobState.RUNNING, lease_until__gt=longest)
        )


class Job(models.Model):
    """A piece of long work that survives its worker: lease and epoch fence, checkpoint resumes.

    `kind` is a key of the job registry, `target` the id of the row it works on (or empty).
    `checkpoint` is text that only the kind reads. `attempts` counts claims without progress.
    `rerun_requested`: it was asked for again after it had begun, so another one follows it.
    """

    kind = models.CharField(_("kind"), max_length=40)
    target = models.CharField(_("target"), max_length=64, blank=True)
    state = models.CharField(
        _("state"), max_length=10, choices=JobState.choices, default=JobState.QUEUED
    )
    epoch = models.PositiveIntegerField(_("epoch"), default=0)
    lease_until = models.DateTimeField(_("lease until"), null=True, blank=True)
    checkpoint = models.TextField(_("checkpoint"), blank=True)
    done = models.PositiveBigIntegerField(_("done"), default=0)
    total = models.PositiveBigIntegerField(_("total"), null=True, blank=True)
    rejected = models.PositiveBigIntegerField(_("rejected"), default=0)
    message = models.CharField(_("message"), max_length=1000, blank=True)
    attempts = models.PositiveIntegerField(_("attempts without progress"), default=0)
    next_attempt_at = models.DateTimeField(_("next attempt"), null=True, blank=True)
    cancel_requested = models.BooleanField(_("cancel requested"), default=False)
    rerun_requested = models.BooleanField(_("another run requested"), default=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(_("created"))
    started_at = models.DateTimeField(_("started"), null=True, blank=True)
    progressed_at = models.DateTimeField(_("last progress"), null=True, blank=True)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)

    objects = JobQuerySet.as_manager()

    class Meta:
        verbose_name = _("job")
        verbose_name_plural = _("jobs")
        ordering = ("-pk",)
        permissions = [("view_every_job", "Can see and steer the jobs of all users")]
        constraints = [
            models.UniqueConstraint(
                fields=("kind", "target"),
                condition=Q(state__in=LIVE_STATES),
                name="job_one_live_per_target",
            ),
            models.CheckConstraint(condition=Q(state__in=JobState.values), name="job_state"),
        ]
        indexes = [models.Index(fields=("state", "lease_until"), name="job_state_lease")]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"

    @property
    def is_live(self) -> bool:
        """Whether the job still has work to do."""
        return self.state in LIVE_STATES


class JobRejection(models.Model):
    """A row that a job could not take: where it stood, why, and the row itself."""

    job = models.ForeignKey(
        Job, on_delete=models.CASCADE, related_name="rejections", db_index=False
    )
    position = models.PositiveBigIntegerField(_("line"))
    reason = models.CharField(_("reason"), max_length=500)
    content = models.TextField(_("row"), blank=True)

    class Meta:
        verbose_name = _("rejected row")
        verbose_name_plural = _("rejected rows")
        ordering = ("position",)
        constraints = [
            models.UniqueConstraint(fields=("job", "position"), name="job_rejection_once")
        ]

    def __str__(self) -> str:
        return f"line {self.position}"


class Heartbeat(models.Model):
    """The last sign of life of a background process."""

    name = models.CharField(_("name"), max_length=40, primary_key=True)
    beat_at = models.DateTimeField(_("last beat"))

    class Meta:
        verbose_name = _("heartbeat")
        verbose_name_plural = _("heartbeats")

    def __str__(self) -> str:
        return self.name


class DailyRun(models.Model):
    """A recurring task was started for a local date; the constraint forbids a second start."""

    name = models.CharField(_("name"), max_length=40)
    local_date = models.DateField(_("local date"))
    started_at = models.DateTimeField(_("started"))

    class Meta:
        verbose_name = _("daily run")
        verbose_name_plural = _("daily runs")
        constraints = [
            models.UniqueConstraint(fields=("name", "local_date"), name="daily_run_once")
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.local_date}"
