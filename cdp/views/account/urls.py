"""Addresses of the account pages and of the way in."""

from __future__ import annotations

from django.urls import path

from cdp.views.account import log_in, pages, password, two_step
from cdp.views.account.set_password import SetPassword

app_name = "account"
urlpatterns = [
    path("", pages.profile, name="profile"),
    path("password/", password.change, name="password"),
    path("sessions/end/", pages.end_other_sessions, name="end_sessions"),
    path("two-step/", two_step.set_up, name="two_step"),
    path("two-step/codes/", two_step.recovery_codes, name="recovery_codes"),
    path("two-step/remove/", two_step.remove, name="remove_two_step"),
    path("code/", log_in.code, name="code"),
    path("link/<uidb64>/<token>/", SetPassword.as_view(), name="set_password"),
]
