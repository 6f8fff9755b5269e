"""What every page of our own is made with: who may open it, and the shell it is shown in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Concatenate, ParamSpec, cast

from django.contrib import admin
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from cdp.models import Shop, User
from cdp.shell import in_shell

Arguments = ParamSpec("Arguments")
View = Callable[Concatenate[HttpRequest, Arguments], HttpResponseBase]


def page(permission: str) -> Callable[[View[Arguments]], View[Arguments]]:
    """Open a view to users who have the permission ("" : to everybody who has logged in).

    Strangers are sent to log in, a script that asks for a part of a page is told so with 401.
    """

    def decorate(view: View[Arguments]) -> View[Arguments]:
        @wraps(view)
        def guarded(
            request: HttpRequest, *args: Arguments.args, **kwargs: Arguments.kwargs
        ) -> HttpResponseBase:
            if not admin.site.has_permission(request):
                if is_fragment(request):
                    return HttpResponse(
                        _("You are no longer logged in. Log in again in another tab."), status=401
                    )
                return redirect_to_login(request.get_full_path(), reverse("admin:login"))
            if permission and not request.user.has_perm(permission):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        guarded.permission = permission  # type: ignore[attr-defined]
        return never_cache(guarded)

    return decorate


def is_fragment(request: HttpRequest) -> bool:
    """Whether one of our scripts asks, which wants a part of a page and no shell around it."""
    return request.headers.get("X-Requested-With") == "regulars"


def user_of(request: HttpRequest) -> User:
    """Return the user behind a guarded page."""
    return cast("User", request.user)


def show(
    request: HttpRequest,
    template: str,
    context: Mapping[str, object] | None = None,
    *,
    title: str | Promise,
    status: int = 200,
) -> HttpResponseBase:
    """Return a page in the shell. The template extends `cdp/page.html`; it knows `shop` and
    `title`.
    """
    return _in_shell(request, template, {**(context or {}), "title": title}, status)


@in_shell
def _in_shell(
    request: HttpRequest, template: str, context: Mapping[str, object], status: int
) -> HttpResponseBase:
    shown = {**admin.site.each_context(request), "shop": Shop.objects.current(), **context}
    return TemplateResponse(request, template, shown, status=status)
