"""Configuration of the analytics app."""

from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AnalyticsConfig(AppConfig):
    """What is computed from the record."""

    name = "analytics"
    verbose_name = _("Analytics")
