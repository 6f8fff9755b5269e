"""Addresses of the customers pages."""

from __future__ import annotations

from django.urls import path

from cdp.views.customers import chosen, detail, listing, saved_views

app_name = "customers"
urlpatterns = [
    path("", listing.customers, name="list"),
    path("<int:pk>/", detail.customer, name="detail"),
    path("<int:pk>/orders/<int:order>/", detail.order, name="order"),
    path("<int:pk>/tags/", detail.tags, name="own_tags"),
    path("views/save/", saved_views.save, name="save_view"),
    path("views/<int:pk>/delete/", saved_views.delete, name="delete_view"),
    path("choose/", chosen.choose, name="choose"),
    path("chosen/<int:pk>/", chosen.selection, name="selection"),
    path("chosen/<int:pk>/tag/", chosen.tag, name="tag"),
    path("chosen/<int:pk>/list/", chosen.enlist, name="enlist"),
    path("chosen/<int:pk>/export/", chosen.export, name="export"),
    path("chosen/<int:pk>/undo/", chosen.undo, name="undo"),
]
