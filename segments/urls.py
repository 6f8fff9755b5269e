"""Addresses of the segment pages."""

from __future__ import annotations

from django.urls import path

from segments.views import (
    actions,
    conditions,
    destinations,
    detail,
    exports,
    handouts,
    history,
    listing,
    members,
    suggested,
)
from segments.views.builder import fragments, pages

app_name = "segments"
urlpatterns = [
    path("", listing.segments, name="list"),
    path("new/", pages.new, name="new"),
    path("<int:pk>/edit/", pages.edit, name="edit"),
    path("builder/row/", fragments.row, name="builder_row"),
    path("builder/preview/", fragments.preview, name="builder_preview"),
    path("builder/funnel/", fragments.funnel, name="builder_funnel"),
    path("builder/values/", fragments.values, name="builder_values"),
    path("bulk/", actions.bulk, name="bulk"),
    path("suggested/", suggested.suggested, name="suggested"),
    path("suggested/create/", suggested.create, name="create_suggested"),
    path("<int:pk>/", detail.overview, name="detail"),
    path("<int:pk>/figures/", detail.figures, name="figures"),
    path("<int:pk>/overlap/", detail.overlap, name="overlap"),
    path("<int:pk>/members/", members.members, name="members"),
    path("<int:pk>/members/remove/", members.remove, name="remove_member"),
    path("<int:pk>/conditions/", conditions.conditions, name="conditions"),
    path("<int:pk>/conditions/effects/", conditions.effects, name="effects"),
    path("<int:pk>/history/", history.history, name="history"),
    path("<int:pk>/history/<int:run>/", history.run, name="run"),
    path("<int:pk>/destinations/", destinations.destinations, name="destinations"),
    path("<int:pk>/star/", actions.star, name="star"),
    path("<int:pk>/archive/", actions.archive, name="archive"),
    path("<int:pk>/refresh/", actions.refresh, name="refresh"),
    path("<int:pk>/snapshot/", actions.snapshot, name="snapshot"),
    path("<int:pk>/delete/", actions.delete, name="delete"),
    path("<int:pk>/handouts/", handouts.handouts, name="handouts"),
    path("<int:pk>/handouts/export/", handouts.start, name="export_start"),
    path("<int:pk>/handouts/link/", handouts.new_link, name="link_new"),
    path("exports/<int:pk>/", exports.export, name="export"),
    path("exports/<int:pk>/file/", exports.file, name="export_file"),
    path("links/<int:pk>/", handouts.link, name="link"),
    path("links/<int:pk>/rotate/", handouts.rotate, name="link_rotate"),
    path("links/<int:pk>/revoke/", handouts.revoke, name="link_revoke"),
]
