"""Addresses of the pages of connections."""

from __future__ import annotations

from django.urls import path

from integrations.views.connections import deeds, detail, editing, hook, listing

app_name = "connections"
urlpatterns = [
    path("", listing.connections, name="list"),
    path("new/", editing.choose, name="new"),
    path("new/<slug:kind>/", editing.new, name="connect"),
    path("<int:pk>/", detail.connection, name="detail"),
    path("<int:pk>/edit/", editing.edit, name="edit"),
    path("<int:pk>/test/", deeds.test, name="test"),
    path("<int:pk>/pause/", deeds.pause, name="pause"),
    path("<int:pk>/resume/", deeds.resume, name="resume"),
    path("<int:pk>/delete/", deeds.delete, name="delete"),
    path("<int:pk>/hook/make/", hook.make, name="hook_make"),
    path("<int:pk>/hook/close/", hook.close, name="hook_close"),
]
