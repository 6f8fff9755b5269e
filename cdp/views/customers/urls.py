"""Addresses of the customers pages."""

from __future__ import annotations

from django.urls import path

from cdp.views.customers import detail, listing

app_name = "customers"
urlpatterns = [
    path("", listing.customers, name="list"),
    path("<int:pk>/", detail.customer, name="detail"),
]
