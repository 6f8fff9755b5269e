"""Addresses of the account pages."""

from __future__ import annotations

from django.urls import path

from cdp.views.account import pages

app_name = "account"
urlpatterns = [
    path("", pages.first, name="profile"),
]
