"""Addresses of the jobs pages."""

from __future__ import annotations

from django.urls import path

from cdp.views.jobs import pages

app_name = "jobs"
urlpatterns = [
    path("", pages.first, name="list"),
]
