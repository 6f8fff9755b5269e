"""Addresses of the customers pages."""

from __future__ import annotations

from django.urls import path

from cdp.views.customers import pages

app_name = "customers"
urlpatterns = [
    path("", pages.first, name="list"),
]
