"""Addresses of the settings pages."""

from __future__ import annotations

from django.urls import path

from cdp.views.settings import pages

app_name = "settings"
urlpatterns = [
    path("", pages.shop, name="shop"),
    path("classification/", pages.classification, name="classification"),
]
