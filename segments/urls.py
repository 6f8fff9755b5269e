"""Addresses of the segment pages."""

from __future__ import annotations

from django.urls import path

from segments.views import overview

app_name = "segments"
urlpatterns = [
    path("", overview.first, name="list"),
]
