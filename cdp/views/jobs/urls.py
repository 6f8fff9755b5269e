"""Addresses of the jobs pages."""

from __future__ import annotations

from django.urls import path

from cdp.views.jobs import pages, rejections, steering

app_name = "jobs"
urlpatterns = [
    path("", pages.jobs, name="list"),
    path("<int:pk>/", pages.job, name="detail"),
    path("<int:pk>/state/", pages.state, name="state"),
    path("<int:pk>/cancel/", steering.cancel, name="cancel"),
    path("<int:pk>/retry/", steering.retry, name="retry"),
    path("<int:pk>/rejections/", rejections.download, name="rejections"),
]
