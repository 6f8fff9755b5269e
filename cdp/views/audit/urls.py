"""Addresses of the audit pages."""

from __future__ import annotations

from django.urls import path

from cdp.views.audit import pages

app_name = "audit"
urlpatterns = [
    path("", pages.entries, name="list"),
]
