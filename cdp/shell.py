"""The shell around every page: its menu, its looks, and which code it may run."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar, cast

from csp.constants import NONE, SELF, UNSAFE_EVAL, UNSAFE_INLINE
from csp.decorators import csp_replace
from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

Arguments = ParamSpec("Arguments")
Answer = TypeVar("Answer")

# Nothing from anywhere else, no inline code; pages outside the shell live with this.
STRICT_POLICY: dict[str, list[str]] = {
    "default-src": [NONE],
    "script-src": [SELF],
    "style-src": [SELF],
    "img-src": [SELF, "data:"],
    "font-src": [SELF],
    "connect-src": [SELF],
    "form-action": [SELF],
    "frame-ancestors": [NONE],
    "base-uri": [NONE],
}
# The shell's scripts evaluate the attributes of its own templates, and it sets its colours inline.
SHELL_POLICY: dict[str, list[str]] = {
    "script-src": [SELF, UNSAFE_EVAL],
    "style-src": [SELF, UNSAFE_INLINE],
}


def in_shell(view: Callable[Arguments, Answer]) -> Callable[Arguments, Answer]:
    """Let the shell's own scripts run on what a view answers."""
    return cast("Callable[Arguments, Answer]", csp_replace(SHELL_POLICY)(cast("Any", view)))


def _item(
    title: Any, icon: str, route: str, path: str, permission: str, *, but: str = ""
) -> dict[str, Any]:
    """Return a menu item that is shown to whoever has the permission and lit below its path,
    `but` the part of it that has an item of its own.
    """

    def is_allowed(request: HttpRequest) -> bool:
        return not permission or request.user.has_perm(permission)

    def is_active(request: HttpRequest) -> bool:
        if path == "/" or (but and request.path.startswith(but)):
            return request.path == path
        return request.path.startswith(path)

    return {
        "title": title,
        "icon": icon,
        "link": reverse_lazy(route),
        "permission": is_allowed,
        "active": is_active,
    }


MENU = [
    {
        "title": "",
        "items": [
            _item(_("Home"), "home", "home", "/", ""),
            _item(_("Customers"), "group", "customers:list", "/customers/", "cdp.view_customer"),
            _item(
                _("Segments"), "filter_alt", "segments:list", "/segments/", "segments.view_segment"
            ),
        ],
    },
    {
        "title": _("Destinations"),
        "items": [
            _item(
                _("Audiences"),
                "share",
                "audiences:list",
                "/audiences/",
                "integrations.view_audience",
            ),
            _item(
                _("Connections"),
                "cable",
                "connections:list",
                "/connections/",
                "integrations.view_connection",
            ),
        ],
    },
    {
        "title": _("Insights"),
        "items": [
            _item(
                _("Who wants what"),
                "interests",
                "predictions:interests",
                "/predictions/interests/",
                "cdp.view_customer",
            ),
            _item(
                _("Report card"),
                "fact_check",
                "predictions:report_card",
                "/predictions/",
                "cdp.view_customer",
                but="/predictions/interests/",
            ),
        ],
    },
    {
        "title": _("Data"),
        "items": [
            _item(_("Import"), "upload_file", "imports:list", "/imports/", "cdp.add_importrun"),
            _item(_("Jobs"), "pending_actions", "jobs:list", "/jobs/", "cdp.view_job"),
        ],
    },
    {
        "title": _("Administration"),
        "items": [
            _item(_("Settings"), "settings", "settings:shop", "/settings/", "cdp.change_shop"),
            _item(_("Users"), "badge", "users:list", "/users/", "cdp.change_user"),
            _item(_("Audit log"), "history", "audit:list", "/audit/", "cdp.view_auditentry"),
            _item(_("Raw tables"), "database", "admin:index", "/admin/", "cdp.view_raw_tables"),
        ],
    },
]

UNFOLD: dict[str, Any] = {
    "SITE_TITLE": "Regulars",
    "SITE_HEADER": "Regulars",
    "SITE_SUBHEADER": _("Who are the regulars?"),
    "SITE_SYMBOL": "storefront",
    "SITE_URL": "/",
    "SHOW_VIEW_ON_SITE": False,
    "SITE_FAVICONS": [
        {
            "rel": "icon",
            "type": "image/svg+xml",
            "href": lambda request: static("cdp/icon.svg"),
        }
    ],
    "STYLES": [
        lambda request: static("cdp/admin.css"),
        lambda request: static("cdp/pages.css"),
        lambda request: static("cdp/charts.css"),
    ],
    "SCRIPTS": [lambda request: static("cdp/shell.js")],
    "ACCOUNT": {
        "navigation": [{"title": _("Your account"), "link": reverse_lazy("account:profile")}]
    },
    "SIDEBAR": {"navigation": MENU},
}
