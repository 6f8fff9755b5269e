"""Addresses of the imports pages."""

from __future__ import annotations

from django.urls import path

from cdp.views.imports import pages

app_name = "imports"
urlpatterns = [
    path("", pages.first, name="list"),
]
