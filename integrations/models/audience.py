"""Audiences: one segment mirrored at one connection, and what was made of it over there."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from integrations.models.connection import Connection
from integrations.text_fields import LinesField
from segments.models import Segment

LARGEST_HOLDOUT = 50


class Schedule(models.TextChoices):
    """When an audience is brought up to date by itself."""

    REFRESH = "refresh", _("after every refresh of its segment")
    DAILY = "daily", _("once a day")
    MANUAL = "manual", _("only when somebody asks")


class AudienceState(models.TextChoices):
    """Whether people enter. Paused, stopped and ending ones still lose whoever may not be there.

    Stopped: the service refused something that a person has to mend. Ending: everybody is taken
    out; then it has ended.
    """

    ACTIVE = "active", _("active")
    PAUSED = "paused", _("paused")
    STOPPED = "stopped", _("stopped")
    ENDING = "ending", _("ending")
    ENDED = "ended", _("ended")


class Audience(models.Model):
    """A segment kept at a connection under a neutral name that outsiders may read.

    `remote_id` is the service's own number, empty until it was made. `holdout_percent` of the
    members are kept out to compare with. `profile_fields` are keys of
    `integrations.identity.profile_fields.PROFILE_FIELDS`. `brake_percent`: a run that would
    take out more of the people confirmed there stops and asks; then `held_removals` says how
    many, until somebody lets `released_removals` go. `next_run_at` is when it is looked at
    again without being asked.
    A segment that was deleted leaves NULL: nobody enters, and whoever may not be there leaves.
    """

    connection = models.ForeignKey(Connection, on_delete=models.PROTECT, related_name="audiences")
    segment = models.ForeignKey(
        Segment, on_delete=models.SET_NULL, null=True, blank=True, related_name="audiences"
    )
    outside_name = models.CharField(_("name over there"), max_length=80)
    remote_id = models.CharField(_("number over there"), max_length=200, blank=True)
    state = models.CharField(
        _("state"), max_length=7, choices=AudienceState.choices, default=AudienceState.ACTIVE
    )
    holdout_percent = models.PositiveSmallIntegerField(_("kept out to compare with"), default=0)
    profile_fields = LinesField(_("extra profile fields"))
    schedule = models.CharField(
        _("schedule"), max_length=7, choices=Schedule.choices, default=Schedule.REFRESH
    )
    daily_at = models.TimeField(_("time of day"), null=True, blank=True)
    brake_percent = models.PositiveSmallIntegerField(_("removal brake"), default=30)
    held_removals = models.PositiveIntegerField(_("removals held back"), default=0)
    released_removals = models.PositiveIntegerField(_("removals let go"), default=0)
    error = models.CharField(_("error"), max_length=1000, blank=True)
    hint = models.CharField(_("what to do"), max_length=1000, blank=True)
    failed_at = models.DateTimeField(_("failed"), null=True, blank=True)
    next_run_at = models.DateTimeField(_("next run"), null=True, blank=True)
    synced_at = models.DateTimeField(_("equal to its segment"), null=True, blank=True)
    sent_in_full_at = models.DateTimeField(_("sent in full"), null=True, blank=True)
    compared_at = models.DateTimeField(_("compared with the service"), null=True, blank=True)
    foreign_count = models.PositiveIntegerField(_("others found there"), null=True, blank=True)
    asked_kinds = models.CharField(max_length=60, blank=True, default="", editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(_("created"))

    class Meta:
        verbose_name = _("audience")
        verbose_name_plural = _("audiences")
        ordering = ("pk",)
        constraints = [
            models.UniqueConstraint(
                fields=("connection", "outside_name"), name="audience_outside_name_unique"
            ),
            models.UniqueConstraint(
                fields=("connection", "segment"),
                condition=~Q(state="ended"),
                name="audience_segment_unique",
            ),
            models.CheckConstraint(
                condition=Q(state__in=AudienceState.values), name="audience_state"
            ),
            models.CheckConstraint(
                condition=Q(schedule__in=Schedule.values)
                & (~Q(schedule="daily") | Q(daily_at__isnull=False)),
                name="audience_schedule",
            ),
            models.CheckConstraint(
                condition=Q(holdout_percent__lte=LARGEST_HOLDOUT, brake_percent__lte=100),
                name="audience_shares",
            ),
        ]
        indexes = [models.Index(fields=("next_run_at",), name="audience_next_run")]

    def __str__(self) -> str:
        return self.outside_name


class Lookalike(models.Model):
    """An audience of people who resemble ours, made once at a service that offers it."""

    audience = models.ForeignKey(Audience, on_delete=models.CASCADE, related_name="lookalikes")
    name = models.CharField(_("name over there"), max_length=80)
    country = models.CharField(_("country"), max_length=2)
    percent = models.PositiveSmallIntegerField(_("share of the country"))
    remote_id = models.CharField(_("number over there"), max_length=200)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(_("created"))

    class Meta:
        verbose_name = _("lookalike audience")
        verbose_name_plural = _("lookalike audiences")
        ordering = ("pk",)
        constraints = [
            models.UniqueConstraint(
                fields=("audience", "country", "percent"), name="lookalike_unique"
            ),
            models.CheckConstraint(condition=Q(percent__range=(1, 20)), name="lookalike_percent"),
        ]

    def __str__(self) -> str:
        return self.name
