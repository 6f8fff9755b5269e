"""Addresses of the users pages."""

from __future__ import annotations

from django.urls import path

from cdp.views.users import pages

app_name = "users"
urlpatterns = [
    path("", pages.people, name="list"),
    path("new/", pages.invite, name="invite"),
    path("<int:pk>/", pages.detail, name="detail"),
    path("<int:pk>/role/", pages.change_role, name="change_role"),
    path("<int:pk>/link/", pages.make_link, name="make_link"),
    path("<int:pk>/<slug:deed>/", pages.act, name="act"),
]
