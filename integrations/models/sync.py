"""Runs that bring an audience in line with its segment, and the uploads they leave open."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from cdp.models import Job
from integrations.models.audience import Audience
from integrations.text_fields import GroupsField, LinesField


class RunKind(models.TextChoices):
    """What a run is for."""

    SYNC = "sync", _("bring up to date")
    DRY_RUN = "dry_run", _("dry run")
    FULL = "full", _("send everybody again")
    REPLACE = "replace", _("replace everybody")
    COMPARE = "compare", _("compare with the service")
    END = "end", _("take everybody out")


class RunState(models.TextChoices):
    """How far a run has got. `waiting`: the service works on it, or asked to come back later."""

    RUNNING = "running", _("running")
    WAITING = "waiting", _("waiting")
    DONE = "done", _("done")
    HELD = "held", _("held back")
    FAILED = "failed", _("failed")
    CANCELLED = "cancelled", _("cancelled")


class SyncRun(models.Model):
    """One run: what was wanted, what became of it, how many requests it took.

    `phase` is where it stands ("compare", "difference", "remove", "add", "settle", ...), `wanted`
    how many people belong in. A dry run fills `to_add` and `to_remove` (also of a real run) and
    `sample` with ids of customers to show ({"add": [...], "remove": [...]}), and sends nothing.
    `to_update` and `updated` count people who are there already and are sent anew. `place` tells
    how far the run has got (`integrations.sync.place`).
    """

    audience = models.ForeignKey(
        Audience, on_delete=models.CASCADE, related_name="runs", db_index=False
    )
    job = models.ForeignKey(Job, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    kind = models.CharField(_("kind"), max_length=8, choices=RunKind.choices, default=RunKind.SYNC)
    state = models.CharField(
        _("state"), max_length=9, choices=RunState.choices, default=RunState.RUNNING
    )
    phase = models.CharField(_("step"), max_length=20, blank=True)
    started_at = models.DateTimeField(_("started"))
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)
    wanted = models.PositiveIntegerField(_("wanted"), null=True, blank=True)
    held_out = models.PositiveIntegerField(_("kept out to compare with"), default=0)
    to_add = models.PositiveIntegerField(_("to add"), default=0)
    to_remove = models.PositiveIntegerField(_("to remove"), default=0)
    to_update = models.PositiveIntegerField(_("to update"), default=0)
    added = models.PositiveIntegerField(_("added"), default=0)
    updated = models.PositiveIntegerField(_("updated"), default=0)
    removed = models.PositiveIntegerField(_("removed"), default=0)
    refused = models.PositiveIntegerField(_("refused"), default=0)
    repaired = models.PositiveIntegerField(_("repaired"), default=0)
    requests = models.PositiveIntegerField(_("requests"), default=0)
    sample = GroupsField()
    place = models.TextField(blank=True)
    notes = LinesField(_("notes"))
    error = models.CharField(_("error"), max_length=1000, blank=True)
    hint = models.CharField(_("what to do"), max_length=1000, blank=True)

    class Meta:
        verbose_name = _("sync run")
        verbose_name_plural = _("sync runs")
        ordering = ("-pk",)
        constraints = [
            models.UniqueConstraint(
                fields=("audience",),
                condition=Q(state__in=("running", "waiting")),
                name="sync_run_one_live",
            ),
            models.CheckConstraint(condition=Q(kind__in=RunKind.values), name="sync_run_kind"),
            models.CheckConstraint(condition=Q(state__in=RunState.values), name="sync_run_state"),
        ]
        indexes = [models.Index(fields=("audience", "started_at"), name="sync_run_started")]

    def __str__(self) -> str:
        return f"run {self.pk} of audience {self.audience_id}"


class BatchVerb(models.TextChoices):
    """What was asked for the people of a batch."""

    ADD = "add", _("add")
    REMOVE = "remove", _("remove")


class SyncBatch(models.Model):
    """An upload that the service took and works on: its ticket, and when to ask again."""

    audience = models.ForeignKey(
        Audience, on_delete=models.CASCADE, related_name="batches", db_index=False
    )
    run = models.ForeignKey(
        SyncRun, on_delete=models.SET_NULL, null=True, blank=True, related_name="batches"
    )
    verb = models.CharField(_("what"), max_length=6, choices=BatchVerb.choices)
    ticket = models.CharField(max_length=2000)
    sent_at = models.DateTimeField(_("sent"))
    looks = models.PositiveSmallIntegerField(default=0)
    look_at = models.DateTimeField(_("asked again"))

    class Meta:
        verbose_name = _("open upload")
        verbose_name_plural = _("open uploads")
        ordering = ("pk",)
        constraints = [
            models.CheckConstraint(condition=Q(verb__in=BatchVerb.values), name="sync_batch_verb")
        ]
        indexes = [models.Index(fields=("audience", "look_at"), name="sync_batch_look")]

    def __str__(self) -> str:
        return f"batch {self.pk} of audience {self.audience_id}"
