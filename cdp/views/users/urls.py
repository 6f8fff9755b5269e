"""Addresses of the users pages."""

from __future__ import annotations

from django.urls import path

from cdp.views.users import pages

app_name = "users"
urlpatterns = [
    path("", pages.first, name="list"),
]
