"""The addresses that services call, with or without the slash: a redirect would lose the call."""

from __future__ import annotations

from django.urls import path

from integrations.views.hooks import calls

app_name = "hooks"
urlpatterns = [
    path("<str:secret>/", calls.call, name="call"),
    path("<str:secret>", calls.call),
]
