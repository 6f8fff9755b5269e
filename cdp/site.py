"""The admin shell: what the plain pages of every app are built from."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any, ClassVar, cast

from django.contrib import messages
from django.contrib.auth.views import LogoutView
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from unfold.admin import ModelAdmin, TabularInline
from unfold.sites import UnfoldAdminSite

from cdp import second_factor
from cdp.shell import in_shell
from cdp.views.account.log_in import LogIn

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


class RegularsSite(UnfoldAdminSite):
    """The admin site. Its index, the list of all tables, is for whoever may look into them."""

    def has_permission(self, request: HttpRequest) -> bool:
        """Whether whoever asks is in: logged in, and with the code if one is asked of them."""
        return super().has_permission(request) and second_factor.is_let_in(request.user)

    def get_app_list(
        self, request: HttpRequest, app_label: str | None = None
    ) -> list[dict[str, Any]]:
        """Return the tables for those who may look into them."""
        return super().get_app_list(request, app_label) if may_look(request) else []

    def admin_view(
        self, view: Callable[..., HttpResponse], cacheable: bool = False
    ) -> Callable[..., HttpResponse]:
        """Close the raw tables to all but a few; let the shell's own scripts run there."""
        is_for_everybody = view in (self.logout, self.password_change, self.password_change_done)
        guarded = view if is_for_everybody else for_raw_tables(view)
        return in_shell(super().admin_view(guarded, cacheable))

    def login(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Ask for user name and password on a page of our own."""
        return cast("HttpResponse", LogIn.as_view()(request))

    def logout(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Log out and say so where one logs in."""
        answer = LogoutView.as_view(next_page=reverse("admin:login"))(request)
        messages.success(request, _("You have logged out."))
        return answer

    def password_change(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Lead to the page of our own."""
        return redirect("account:password")

    def password_change_done(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Lead to the page of our own."""
        return redirect("account:profile")


def may_look(request: HttpRequest) -> bool:
    """Whether the raw tables are open to whoever asks."""
    return request.user.has_perm("cdp.view_raw_tables")


def for_raw_tables(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Keep a page of the raw tables, contact data included, to those who may look into them."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        if not may_look(request):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return guarded


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


class SuperuserOnly:
    """Mixed into pages of tables whose rows give power: only superusers get in."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Whether the table appears in the list."""
        return bool(request.user.is_active and request.user.is_superuser)

    def has_view_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        """Whether this user may look."""
        return self.has_module_permission(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Whether this user may add rows."""
        return self.has_module_permission(request)

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        """Whether this user may change rows."""
        return self.has_module_permission(request)

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        """Whether this user may remove rows."""
        return self.has_module_permission(request)


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
