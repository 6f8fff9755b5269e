"""The address of secret links, with or without the slash: a redirect would repeat the secret."""

from __future__ import annotations

from django.urls import path

from segments.views.links import public

app_name = "links"
urlpatterns = [
    path("<str:secret>/", public.read, name="read"),
    path("<str:secret>", public.read),
]
