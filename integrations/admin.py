"""The plain pages of audiences, their people, runs and open uploads: to look at, nothing else.

Identifiers that were sent, tickets and credentials have no column and no field here.
"""

from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from cdp.site import DetailAdmin, RecordAdmin
from integrations import models


@admin.register(models.Audience)
class AudienceAdmin(RecordAdmin):
    list_display = ("outside_name", "connection", "segment", "state", "schedule", "synced_at")
    list_filter = ("state", "schedule")
    list_select_related = ("connection", "segment")
    search_fields = ("outside_name",)


@admin.register(models.SyncRun)
class SyncRunAdmin(RecordAdmin):
    list_display = (
        "id",
        "audience",
        "kind",
        "state",
        "phase",
        "started_at",
        "finished_at",
        "wanted",
        "added",
        "removed",
        "refused",
        "requests",
    )
    list_filter = ("kind", "state")
    list_select_related = ("audience",)
    exclude = ("sample", "place")

    def get_queryset(self, request: HttpRequest) -> QuerySet[models.SyncRun]:
        """Leave out what a run keeps for itself, which may be large."""
        return super().get_queryset(request).defer("sample", "place")


@admin.register(models.AudienceMember)
class AudienceMemberAdmin(RecordAdmin):
    list_display = ("id", "audience", "customer_id", "state", "reason", "tries", "changed_at")
    list_filter = ("state",)
    list_select_related = ("audience",)
    ordering = ("pk",)
    fields = (
        "audience",
        "customer_id",
        "state",
        "reason",
        "returns",
        "tries",
        "retry_at",
        "confirmed_at",
        "seen_at",
        "changed_at",
    )


@admin.register(models.SyncBatch)
class SyncBatchAdmin(DetailAdmin):
    list_display = ("id", "audience", "verb", "sent_at", "looks", "look_at")
    list_select_related = ("audience",)
    exclude = ("ticket",)


@admin.register(models.Lookalike)
class LookalikeAdmin(DetailAdmin):
    list_display = ("name", "audience", "country", "percent", "created_at")
    list_select_related = ("audience",)
