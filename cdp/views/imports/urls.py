"""Addresses of the imports pages."""

from __future__ import annotations

from django.urls import path

from cdp.views.imports import list as first
from cdp.views.imports import mapping, run, upload

app_name = "imports"
urlpatterns = [
    path("", first.imports, name="list"),
    path("upload/", upload.upload, name="upload"),
    path("examples/<slug:kind>.csv", first.example_file, name="example"),
    path("uploads/<int:pk>/", mapping.mapping, name="mapping"),
    path("uploads/<int:pk>/import/", run.start, name="start"),
    path("uploads/<int:pk>/delete/", first.discard, name="discard"),
    path("<int:pk>/", run.detail, name="detail"),
    path("<int:pk>/rejects/", run.rejects, name="rejects"),
]
