"""Addresses of the pages of audiences."""

from __future__ import annotations

from django.urls import path

from integrations.views.audiences import actions, detail, ending, files, listing, making, people

app_name = "audiences"
urlpatterns = [
    path("", listing.audiences, name="list"),
    path("new/", making.new, name="new"),
    path("reach/", making.reach, name="reach"),
    path("<int:pk>/", detail.ledger, name="detail"),
    path("<int:pk>/edit/", making.edit, name="edit"),
    path("<int:pk>/people/", people.people, name="people"),
    path("<int:pk>/people/person/", people.person, name="person"),
    path("<int:pk>/runs/", detail.runs, name="runs"),
    path("<int:pk>/runs/<int:run>/", detail.run, name="run"),
    path("<int:pk>/files/<str:name>/", files.file, name="file"),
    path("<int:pk>/start/", actions.start, name="start"),
    path("<int:pk>/pause/", actions.pause_it, name="pause"),
    path("<int:pk>/resume/", actions.resume_it, name="resume"),
    path("<int:pk>/release/", actions.release, name="release"),
    path("<int:pk>/again/", actions.again, name="again"),
    path("<int:pk>/lookalike/", actions.lookalike, name="lookalike"),
    path("<int:pk>/replace/", ending.replace, name="replace"),
    path("<int:pk>/end/", ending.end_it, name="end"),
]
