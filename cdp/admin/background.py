"""Pages of imports, jobs and the queue behind them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from django.contrib import admin, messages
from django.db import models as orm
from django.http import HttpRequest
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django_q import admin as queue_admin
from django_q.models import Failure, OrmQ, Schedule, Success

from cdp import models
from cdp.exceptions import RegularsError
from cdp.jobs import requests
from cdp.site import DetailAdmin, PlainAdmin, RecordAdmin, RecordInline, SuperuserOnly, list_link


class ImportColumnInline(RecordInline):
    model = models.ImportColumn
    fields = ("position", "header", "field")


class ImportNoteInline(RecordInline):
    model = models.ImportNote
    fields = ("text", "count")


@admin.register(models.ImportRun)
class ImportRunAdmin(RecordAdmin):
    list_display = (
        "file_name",
        "kind",
        "source",
        "job",
        "new_count",
        "changed_count",
        "unchanged_count",
        "rejected_count",
        "created_at",
    )
    list_filter = ("kind", "is_dry_run", "created_at")
    list_select_related = ("job",)
    search_fields = ("file_name", "source")
    inlines = (ImportColumnInline, ImportNoteInline)


@admin.register(models.ImportColumn)
class ImportColumnAdmin(DetailAdmin):
    list_display = ("header", "field", "position", "run")
    list_select_related = ("run",)
    search_fields = ("header", "field")


@admin.register(models.ImportNote)
class ImportNoteAdmin(DetailAdmin):
    list_display = ("text", "count", "run")
    list_select_related = ("run",)
    search_fields = ("text", "key")


@admin.register(models.Job)
class JobAdmin(RecordAdmin):
    list_display = ("__str__", "state", "done", "total", "rejected", "message", "created_at")
    list_filter = ("state", "kind", "created_at")
    search_fields = ("kind", "target", "message")
    readonly_fields = ("rejected_rows",)
    actions = ("cancel_jobs", "retry_jobs")

    def has_steer_permission(self, request: HttpRequest) -> bool:
        """Whether this user may cancel and retry jobs."""
        return request.user.has_perm("cdp.change_job")

    @admin.display(description=_("rejected rows"))
    def rejected_rows(self, job: models.Job) -> SafeString:
        """Link to the list of what the job could not take."""
        return list_link(models.JobRejection, str(job.rejected), job__id__exact=job.pk)

    @admin.action(description=_("Cancel"), permissions=["steer"])
    def cancel_jobs(self, request: HttpRequest, jobs: orm.QuerySet[models.Job]) -> None:
        """Ask the chosen jobs to stop."""
        self._ask(request, jobs, partial(requests.cancel, now=timezone.now()))

    @admin.action(description=_("Retry"), permissions=["steer"])
    def retry_jobs(self, request: HttpRequest, jobs: orm.QuerySet[models.Job]) -> None:
        """Let the chosen jobs go on from where they stopped."""
        self._ask(request, jobs, partial(requests.retry, now=timezone.now()))

    def _ask(
        self,
        request: HttpRequest,
        jobs: orm.QuerySet[models.Job],
        what: Callable[[int], object],
    ) -> None:
        for job in jobs:
            try:
                what(job.pk)
            except RegularsError as error:
                self.message_user(request, str(error), messages.ERROR)


@admin.register(models.JobRejection)
class JobRejectionAdmin(RecordAdmin):
    list_display = ("job", "position", "reason")
    list_select_related = ("job",)
    search_fields = ("reason",)


@admin.register(models.Heartbeat)
class HeartbeatAdmin(DetailAdmin):
    list_display = ("name", "beat_at")


@admin.register(models.DailyRun)
class DailyRunAdmin(DetailAdmin):
    list_display = ("name", "local_date", "started_at")
    list_filter = ("name",)


class QueueTable(SuperuserOnly, PlainAdmin):
    """The queue's own tables are for whoever repairs the installation."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Refuse: tasks are made by jobs."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: orm.Model | None = None) -> bool:
        """Refuse: the queue is not to be typed over."""
        return False


class FinishedTaskAdmin(QueueTable, queue_admin.TaskAdmin):
    """Tasks that went well; jobs keep their own record, so few are kept here."""


class FailedTaskAdmin(QueueTable, queue_admin.FailAdmin):
    """Tasks that raised; the message is in the last column."""


class QueuedTaskAdmin(QueueTable, queue_admin.QueueAdmin):
    """Tasks that wait for a worker."""


# What recurs is declared in cdp.schedules; the library's schedules are switched off.
for queue_model in (Schedule, Success, Failure, OrmQ):
    admin.site.unregister(queue_model)
admin.site.register(Success, FinishedTaskAdmin)
admin.site.register(Failure, FailedTaskAdmin)
admin.site.register(OrmQ, QueuedTaskAdmin)
