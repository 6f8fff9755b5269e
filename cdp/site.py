"""The admin shell: what the plain pages of every app are built from."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar

from django.db import models
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.safestring import SafeString
from unfold.admin import ModelAdmin, TabularInline
from unfold.sites import UnfoldAdminSite

from cdp.shell import in_shell

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


class RegularsSite(UnfoldAdminSite):
    """The admin site. Its index, the list of all tables, is for whoever may look into them."""

    def admin_view(
        self, view: Callable[..., HttpResponse], cacheable: bool = False
    ) -> Callable[..., HttpResponse]:
        """Let the shell's own scripts run on its pages."""
        return in_shell(super().admin_view(view, cacheable))

    def login(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Let the shell's own scripts run on the page that asks for the password."""
        return in_shell(super().login)(request, extra_context)


def list_link(model: type[models.Model], text: StrOrPromise, **filters: int | str) -> SafeString:
    """Return a link to the list page of a model, narrowed by lookups."""
    name = f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist"
    return format_html('<a href="{}?{}">{}</a>', reverse(name), urlencode(filters), text)


class PlainAdmin(ModelAdmin):
    """A list and a page whose cost does not grow with the table."""

    list_per_page = 50
    show_full_result_count = False
    warn_unsaved_form = True


class RecordAdmin(PlainAdmin):
    """What the shop told us or what was computed from it: to be looked at, never typed over.

    `list_prefetch` names relations fetched after the page's rows were chosen, for tables whose join
    with another large one would make the database sort both.
    """

    list_prefetch: ClassVar[tuple[str, ...]] = ()

    def get_queryset(self, request: HttpRequest) -> models.QuerySet:
        """Fetch the named relations of the shown rows."""
        return super().get_queryset(request).prefetch_related(*self.list_prefetch)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Refuse: rows come in by import."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        """Refuse: the next import would undo it."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        """Refuse: a deleted row would come back with the next import."""
        return False


class DetailAdmin(RecordAdmin):
    """Rows that are seen on the page of what they belong to; their list is left out of the menu."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Keep the menu short; the list itself stays open to whoever may view it."""
        return False


class SingleRowAdmin(PlainAdmin):
    """The settings that exist once per installation."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Refuse a second row."""
        return not self.model._default_manager.exists()

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        """Refuse: the row would come back with its defaults."""
        return False


class RecordInline(TabularInline):
    """Rows below another one, read only; `related` names the other tables their columns show."""

    related: ClassVar[tuple[str, ...]] = ()
    extra = 0
    can_delete = False
    show_change_link = False

    def get_queryset(self, request: HttpRequest) -> models.QuerySet:
        """Fetch the other tables' columns with the rows."""
        return super().get_queryset(request).select_related(*self.related)

    def has_add_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        """Refuse: rows come in by import."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        """Refuse: the next import would undo it."""
        return False
