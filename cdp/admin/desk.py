"""Raw pages of what users keep, choose and did."""

from __future__ import annotations

from django.contrib import admin

from cdp import models
from cdp.site import DetailAdmin, RecordAdmin


@admin.register(models.AuditEntry)
class AuditEntryAdmin(RecordAdmin):
    list_display = ("occurred_at", "actor", "action", "subject", "details")
    list_filter = ("action", "occurred_at")
    search_fields = ("actor", "subject")


@admin.register(models.SavedView)
class SavedViewAdmin(DetailAdmin):
    list_display = ("name", "page", "user")
    list_select_related = ("user",)


@admin.register(models.Upload)
class UploadAdmin(DetailAdmin):
    list_display = ("file_name", "file_size", "user", "created_at")
    list_select_related = ("user",)


@admin.register(models.CustomerSelection)
class CustomerSelectionAdmin(DetailAdmin):
    list_display = ("__str__", "user", "created_at")
    list_select_related = ("user",)


@admin.register(models.SelectedCustomer)
class SelectedCustomerAdmin(DetailAdmin):
    list_display = ("selection", "customer")
    list_select_related = ("selection", "customer")
