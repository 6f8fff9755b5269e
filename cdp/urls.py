"""Every address of the site."""

from __future__ import annotations

from django.contrib import admin
from django.urls import include, path

from cdp.views import health, home

handler403 = "cdp.views.errors.forbidden"
handler404 = "cdp.views.errors.not_found"
handler500 = "cdp.views.errors.broken"

urlpatterns = [
    path("", home.home, name="home"),
    path("first-steps/", home.first_steps, name="first_steps"),
    path("totals/", home.totals, name="totals"),
    path("customers/", include("cdp.views.customers.urls")),
    path("imports/", include("cdp.views.imports.urls")),
    path("jobs/", include("cdp.views.jobs.urls")),
    path("settings/", include("cdp.views.settings.urls")),
    path("users/", include("cdp.views.users.urls")),
    path("account/", include("cdp.views.account.urls")),
    path("audit/", include("cdp.views.audit.urls")),
    path("predictions/", include("analytics.urls")),
    path("segments/", include("segments.urls")),
    path("connections/", include("integrations.urls")),
    path("audiences/", include("integrations.views.audiences.urls")),
    path("s/", include("segments.views.links.urls")),
    path("hooks/", include("integrations.views.hooks.urls")),
    path("admin/", admin.site.urls),
    path("i18n/", include("django.conf.urls.i18n")),
    path("healthz", health.health, name="health"),
    path("healthz/worker", health.worker_health, name="worker_health"),
]
