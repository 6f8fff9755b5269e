"""Addresses of the pages about predictions."""

from __future__ import annotations

from django.urls import path

from analytics.views import interests, report_card, targets

app_name = "predictions"
urlpatterns = [
    path("", report_card.report_card, name="report_card"),
    path("interests/", interests.interests, name="interests"),
    path("interests/follow/", interests.follow, name="follow"),
    path("interests/<int:pk>/", targets.target, name="target"),
    path("interests/<int:pk>/unfollow/", targets.unfollow, name="unfollow"),
    path("<slug:prediction>/", report_card.detail, name="detail"),
]
